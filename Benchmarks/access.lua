-- Asks for decisions: wrk -s access.lua URL -- TOKEN BODY
dofile((debug.getinfo(1).source:match("@(.*/)") or "") .. "get.lua")

local asked = ""
function init(arguments)
    -- Written once: what wrk itself takes is not what is measured.
    asked = wrk.format("POST", nil, {
        ["Host"] = wrk.host .. ":" .. wrk.port, ["Authorization"] = "Bearer " .. arguments[1], ["Content-Type"] = "application/json"
    }, arguments[2])
end

function request()
    return asked
end
