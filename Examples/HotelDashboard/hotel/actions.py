"""What people change. Judged in this order: the screen, the room, the function at this place, and then what was sent."""

from aiohttp import web

from hotel import look
from hotel.door import Refused, needs, wants_json
from hotel.keys import BUILDING, LATCHKEY, UNITS, VISITOR
from hotel.screens import found

COLDEST, WARMEST = 15.0, 28.0


async def sent(request, name):
    """One field, from a form or from JSON, as text."""
    try:
        fields = await request.json() if request.content_type == "application/json" else await request.post()
        value = fields.get(name, "")
    except (ValueError, AttributeError, LookupError):
        raise Refused(400, "Not understood", "The request is not what it says it is.") from None
    if isinstance(value, bool):
        return "on" if value else "off"
    return value.strip() if isinstance(value, str) else str(value)


def wrong(detail):
    return Refused(422, "That does not work", detail)


def switched(value):
    if value not in ("on", "off"):
        raise wrong("Say on or off.")
    return value == "on"


def heated(value):
    try:
        degrees = float(value)
    except ValueError:
        raise wrong("Give a temperature in °C.") from None
    if not COLDEST <= degrees <= WARMEST:
        raise wrong(f"Between {COLDEST:.0f} and {WARMEST:.0f} °C.")
    return degrees


def named(value):
    if len(value) > 100:
        raise wrong("A name has at most 100 characters.")
    return value


# What is in the path, the room's attribute, and how the value is read.
CHANGES = {"lighting": ("light", switched), "curtains": ("curtains", switched), "hvac": ("target", heated), "check-in": ("guest", named)}


@needs("control-center", "full")
async def change_room(request):
    """`POST /rooms/{number}/{what}` with `value`."""
    building, visitor, what = request.app[BUILDING], request[VISITOR], request.match_info["what"]
    if what not in CHANGES:
        raise Refused(404, "Not found", "There is nothing here.")
    room = found(request)
    await must(request, look.WRITING[what], room.place)
    attribute, read = CHANGES[what]
    setattr(room, attribute, read(await sent(request, "value")))
    if what == "check-in":
        room.occupied = bool(room.guest)
    building.tell(room)
    if wants_json(request):
        return web.json_response(look.room(room, visitor))
    raise web.HTTPSeeOther(back(request, f"/dashboard/rooms/{room.number}"))


async def acknowledge(request):
    """Of a room's alert, or of the building's systems."""
    building, visitor = request.app[BUILDING], request[VISITOR]
    if not visitor.may("pulse"):
        raise Refused(403, "Not yours to see", "Your profile does not include this.")
    alert = building.alerts.get(request.match_info["id"])
    if alert is None or not visitor.sees_alert(alert):
        raise Refused(404, "Not found", "There is no such alert.")
    await must(request, "room-alerts" if alert.room else "system-alerts", alert.room.place if alert.room else None)
    alert.acknowledged_by = visitor.name or visitor.username
    building.tell(alert)
    if wants_json(request):
        return web.json_response(look.alert(alert))
    raise web.HTTPSeeOther(back(request, "/dashboard/pulse"))


@needs("configuration", "full")
async def configure(request):
    """The temperature that a floor's empty rooms return to; of floors that the visitor holds whole."""
    building, visitor = request.app[BUILDING], request[VISITOR]
    floor = next((one for one in look.floors(building, visitor) if str(one.number) == request.match_info["floor"]), None)
    if floor is None:
        raise Refused(404, "Not found", "There is no such floor.")
    await must(request, "hvac", floor.place)
    floor.target = heated(await sent(request, "value"))
    for room in look.rooms(building, visitor, floor.number):
        if not room.guest:
            room.target = floor.target
            building.tell(room)
    raise web.HTTPSeeOther("/dashboard/configuration")


@needs("dashboard-settings")
async def choose_units(request):
    """One's own choice, which needs no more than the page."""
    value = await sent(request, "value")
    if value not in ("C", "F"):
        raise wrong("Celsius or Fahrenheit.")
    request.app[UNITS][request[VISITOR].id] = value
    raise web.HTTPSeeOther("/dashboard/dashboard-settings")


async def must(request, function, place):
    """Latchkey's word on this function at this place, asked now."""
    allowed, reason = await request.app[LATCHKEY].may(request[VISITOR], function, "write", place)
    if not allowed:
        raise Refused(403, "Not yours to change", f"Your profile does not include this here ({reason or 'refused'}).")


def back(request, otherwise):
    """The dashboard's page that sent it."""
    came = request.headers.get("Referer", "")
    at = came.find("/dashboard/")
    return came[at:] if at > 0 and came.count("//") == 1 else otherwise
