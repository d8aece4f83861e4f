-- Asks for decisions: wrk -s access.lua URL -- TOKEN BODY
dofile((debug.getinfo(1).source:match("@(.*/)") or "") .. "get.lua")

local headers, body = {}, ""
function init(arguments)
    headers["Authorization"] = "Bearer " .. arguments[1]
    headers["Content-Type"] = "application/json"
    body = arguments[2]
end

function request()
    return wrk.format("POST", nil, headers, body)
end
