-- One POST again and again: wrk -s post.lua URL -- TYPE BODY
dofile((debug.getinfo(1).source:match("@(.*/)") or "") .. "get.lua")

function init(arguments)
    wrk.method, wrk.body, wrk.headers["Content-Type"] = "POST", arguments[2], arguments[1]
end
