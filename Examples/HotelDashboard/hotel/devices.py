"""What the rooms' own controllers say and ask: integrations of Latchkey, whose tokens are introspected for each request."""

import json

from aiohttp import web

from hotel.door import Refused
from hotel.keys import BUILDING, LATCHKEY


async def device(request, function, level):
    """The device that asks, if it may do this."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = await request.app[LATCHKEY].introspect(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        raise Refused(401, "No token", "Send a live access token of an integration.")
    if not found.may(function, level):
        raise Refused(403, "Not for this device", f"The integration lacks {function} at {level}.")
    return found


def found(request):
    room = request.app[BUILDING].rooms.get(request.match_info["number"])
    if room is None:
        raise Refused(404, "Not found", "There is no such room.")
    return room


async def wanted(request):
    """What a room's controller has to bring about."""
    await device(request, "room-status", "read")
    room = found(request)
    return web.json_response({"light": room.light, "curtains": room.curtains, "target": room.target})


async def report(request):
    """What a room's controller has measured: `temperature`, `occupied`, `energy`, and `alert` where something is wrong."""
    await device(request, "room-status", "full")
    room, building = found(request), request.app[BUILDING]
    try:
        said = await request.json()
        temperature, energy, occupied, alert = said["temperature"], said.get("energy", room.energy), said.get("occupied"), said.get("alert")
        fits = -50 < temperature < 80 and 0 <= energy < 1e6 and occupied in (None, True, False) and (alert is None or 0 < len(alert) <= 200)
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        fits = False
    if not fits:
        raise Refused(422, "Not a reading", "A reading has a temperature, and perhaps occupied, energy and alert.")
    if alert:
        await device(request, "room-alerts", "full")
        building.raise_alert(alert, room)
    room.note(temperature, energy, occupied)
    building.tell(room)
    return web.json_response({"light": room.light, "curtains": room.curtains, "target": room.target})
