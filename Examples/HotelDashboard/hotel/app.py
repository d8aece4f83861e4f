"""The application put together."""

import asyncio

from aiohttp import web

from hotel import actions, devices, door, screens
from hotel.keys import BUILDING, LATCHKEY, ORIGIN, STOPPING, UNITS
from hotel.latchkey import Latchkey
from hotel.pages_of import HERE
from hotel.stream import stream


def application(building, origin, latchkey_url, client_id, client_secret):
    """`origin` is what people see in the address bar."""
    app = web.Application(middlewares=[door.answer_refusals, door.let_in], client_max_size=16_384)
    app[BUILDING], app[ORIGIN], app[UNITS] = building, origin, {}

    async def with_latchkey(app):
        async with Latchkey(latchkey_url, client_id, client_secret) as latchkey:
            app[LATCHKEY], app[STOPPING] = latchkey, asyncio.Event()
            yield

    async def stop(app):
        app[STOPPING].set()

    app.cleanup_ctx.append(with_latchkey)
    app.on_shutdown.append(stop)
    app.add_routes([
        web.get("/dashboard/", screens.start),
        web.get("/dashboard/pulse", screens.pulse),
        web.get("/dashboard/control-center", screens.control_center),
        web.get("/dashboard/rooms/{number}", screens.room),
        web.post("/dashboard/rooms/{number}/{what}", actions.change_room),
        web.post("/dashboard/alerts/{id}/acknowledge", actions.acknowledge),
        web.get("/dashboard/reporting", screens.reporting),
        web.get("/dashboard/reporting.csv", screens.reporting_csv),
        web.get("/dashboard/configuration", screens.configuration),
        web.post("/dashboard/configuration/{floor}", actions.configure),
        web.get("/dashboard/dashboard-settings", screens.settings),
        web.post("/dashboard/dashboard-settings", actions.choose_units),
        web.get("/dashboard/stream", stream),
        web.get("/dashboard/api/me", screens.me_api),
        web.get("/dashboard/api/rooms", screens.rooms_api),
        web.get("/dashboard/api/rooms/{number}", screens.room_api),
        web.get("/dashboard/api/alerts", screens.alerts_api),
        web.get("/dashboard/api/report", screens.report_api),
        web.get("/dashboard/devices/rooms/{number}", devices.wanted),
        web.post("/dashboard/devices/rooms/{number}", devices.report),
        web.static("/dashboard/static/", HERE / "static"),
    ])
    return app
