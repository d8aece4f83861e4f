"""The five screens and a room's own page."""

import csv
import io

from aiohttp import web

from hotel import look
from hotel.door import Refused, needs
from hotel.keys import BUILDING, LATCHKEY, UNITS, VISITOR
from hotel.pages_of import SCREENS, page


async def start(request):
    """The first screen that the visitor holds."""
    for screen in SCREENS:
        if request[VISITOR].may(screen):
            raise web.HTTPSeeOther(f"/dashboard/{screen}")
    raise Refused(403, "Nothing here for you yet", "Your profile has no screen of this dashboard.")


def seen(request):
    """What a handler begins with."""
    return request.app[BUILDING], request[VISITOR]


def found(request):
    """The room in the path; one that the visitor does not see is as one that is not there."""
    room = request.app[BUILDING].rooms.get(request.match_info["number"])
    if room is None or not request[VISITOR].sees(room):
        raise Refused(404, "Not found", "There is no such room.")
    return room


def floor_of(request):
    asked = request.query.get("floor", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else None


@needs("pulse")
async def pulse(request):
    building, visitor = seen(request)
    rooms = look.rooms(building, visitor)
    may = dict(zip(("room-alerts", "system-alerts"), await request.app[LATCHKEY].may_each(
        visitor, [("room-alerts", "write", None), ("system-alerts", "write", None)])))
    return page(
        request, "pulse.html", here="pulse", rooms=rooms, alerts=look.alerts(building, visitor), may=may,
        mean=sum(room.temperature for room in rooms) / len(rooms) if rooms else None)


@needs("control-center")
async def control_center(request):
    building, visitor = seen(request)
    floor, search = floor_of(request), request.query.get("search", "")[:100]
    rooms = look.rooms(building, visitor, floor, search)
    return page(
        request, "control_center.html", here="control-center", rooms=rooms, floors=look.floors(building, visitor), floor=floor, search=search,
        may=await look.controls(request.app[LATCHKEY], visitor, rooms))


@needs("control-center")
async def room(request):
    building, visitor = seen(request)
    one = found(request)
    alerts = [alert for alert in look.alerts(building, visitor) if alert.room is one]
    may = await look.controls(request.app[LATCHKEY], visitor, [one])
    return page(request, "room.html", here="control-center", room=one, alerts=alerts, may=may[one.number])


@needs("reporting")
async def reporting(request):
    building, visitor = seen(request)
    return page(request, "reporting.html", here="reporting", lines=look.report(building, visitor))


@needs("reporting")
async def reporting_csv(request):
    lines = look.report(*seen(request))
    text = io.StringIO()
    if lines:
        writer = csv.DictWriter(text, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    return web.Response(
        text=text.getvalue(), content_type="text/csv", headers={"Content-Disposition": 'attachment; filename="hotel.csv"'})


@needs("configuration")
async def configuration(request):
    visitor = request[VISITOR]
    return page(
        request, "configuration.html", here="configuration", floors=look.floors(request.app[BUILDING], visitor),
        may=visitor.may("configuration", "full"))


@needs("dashboard-settings")
async def settings(request):
    """One's own units, and for those who may change the dashboard: who else may do what, and where."""
    building, visitor = request.app[BUILDING], request[VISITOR]
    function, number, people = request.query.get("function"), request.query.get("room"), None
    rooms = look.rooms(building, visitor)
    if function and visitor.may("dashboard-settings", "full"):
        place = next((room.place for room in rooms if room.number == number), None)
        if function not in look.WRITING or (number and place is None):
            raise Refused(422, "No such thing", "There is no such function or room.")
        people = await request.app[LATCHKEY].who_may(function, "write", place)
    return page(
        request, "settings.html", here="dashboard-settings", rooms=rooms, functions=list(look.WRITING), function=function, number=number, people=people,
        may=visitor.may("dashboard-settings", "full"), chosen=request.app[UNITS].get(visitor.id, "C"))


# MARK: The same for programs


@needs("control-center")
async def rooms_api(request):
    building, visitor = seen(request)
    rooms = look.rooms(building, visitor, floor_of(request), request.query.get("search", "")[:100])
    return web.json_response({"rooms": [look.room(one, visitor) for one in rooms]})


@needs("control-center")
async def room_api(request):
    return web.json_response(look.room(found(request), request[VISITOR]))


@needs("pulse")
async def alerts_api(request):
    building, visitor = seen(request)
    return web.json_response({"alerts": [look.alert(one) for one in look.alerts(building, visitor)]})


@needs("reporting")
async def report_api(request):
    return web.json_response({"floors": look.report(*seen(request))})


async def me_api(request):
    """Who is here: what a page asks when its stream has broken."""
    visitor = request[VISITOR]
    return web.json_response({"id": visitor.id, "username": visitor.username, "name": visitor.name, "screens": visitor.screens})
