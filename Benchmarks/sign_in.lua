-- Signs people in, one after the other, each from an address of its own: wrk -t 1 -s sign_in.lua URL -- PASSWORD PEOPLE
dofile((debug.getinfo(1).source:match("@(.*/)") or "") .. "get.lua")

local password, people, turn = "", 1, 0
function init(arguments)
    password, people = arguments[1], tonumber(arguments[2])
end

function request()
    turn = (turn + 1) % people
    local headers = { ["Content-Type"] = "application/json", ["X-Forwarded-For"] = string.format("10.1.%d.%d", turn / 250, turn % 250 + 1) }
    return wrk.format("POST", nil, headers, string.format(
        '{"username": "bench%d@alder.example", "password": "%s", "take_over": true}', turn, password))
end
