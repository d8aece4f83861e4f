"""What the application and a request carry along."""

import asyncio

from aiohttp import web

from hotel.building import Building
from hotel.latchkey import Latchkey

BUILDING = web.AppKey("building", Building)
LATCHKEY = web.AppKey("latchkey", Latchkey)
STOPPING = web.AppKey("stopping", asyncio.Event)
ORIGIN = web.AppKey("origin", str)
UNITS = web.AppKey("units", dict)
VISITOR = "visitor"
