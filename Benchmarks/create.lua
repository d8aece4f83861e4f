-- Makes sessions: wrk -s create.lua URL -- TOKEN KEY
dofile((debug.getinfo(1).source:match("@(.*/)") or "") .. "get.lua")

local threads = 0
function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local headers, made, key = {}, 0, ""
function init(arguments)
    headers["Authorization"] = "Bearer " .. arguments[1]
    headers["Content-Type"] = "application/json"
    key = arguments[2]
end

function request()
    made = made + 1
    local reference = string.format("C-%d%06d", number, made)
    return wrk.format("POST", nil, headers, '{"api_key": "' .. key .. '", "reference": "' .. reference ..
        '", "contact": {"first_name": "Kari", "last_name": "Nordahl", "phone": "+4740098700"},' ..
        ' "vehicle": {"make": "Volvo", "model": "XC60", "year": 2021}}')
end
