"""Pages from the templates in `pages/`. Jinja escapes whatever is put into them."""

import pathlib
import time

import jinja2
from aiohttp import web

from hotel.keys import BUILDING, UNITS, VISITOR

HERE = pathlib.Path(__file__).parent
# The menu, in its order: what it shows is what the visitor holds.
SCREENS = {
    "pulse": "Pulse", "control-center": "Control center", "reporting": "Reporting", "configuration": "Configuration",
    "dashboard-settings": "Dashboard settings"}


def degrees(celsius, units="C"):
    return f"{celsius:.1f} °C" if units == "C" else f"{celsius * 9 / 5 + 32:.0f} °F"


def ago(moment):
    minutes = int((time.time() - moment) / 60)
    return "now" if minutes < 1 else f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h ago"


TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "pages"), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
TEMPLATES.filters.update(degrees=degrees, ago=ago)


def page(request, name, status=200, **values):
    """A whole page with the menu of this visitor, who may be none."""
    visitor, building = request.get(VISITOR), request.app[BUILDING]
    menu = [(screen, label) for screen, label in SCREENS.items() if visitor and visitor.may(screen)]
    units = request.app[UNITS].get(visitor.id, "C") if visitor else "C"
    text = TEMPLATES.get_template(name).render(
        visitor=visitor, building=building, menu=menu, here=values.pop("here", ""), units=units, **values)
    return web.Response(text=text, content_type="text/html", status=status)
