"""What every request passes: who is it, may they be here, does it come from a page of ours; and how a refusal looks."""

import functools
import logging

from aiohttp import web

from hotel.keys import BUILDING, ORIGIN, VISITOR
from hotel.latchkey import Unavailable
from hotel.pages_of import page
from hotel.visitor import Visitor

OPEN = ("/dashboard/static/", "/dashboard/devices/")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}


class Refused(Exception):
    """An answer that is not what was asked for."""

    def __init__(self, status, title, detail):
        self.status, self.title, self.detail = status, title, detail


def wants_json(request):
    return request.path.startswith(("/dashboard/api/", "/dashboard/devices/")) or "application/json" in request.headers.get("Accept", "")


@web.middleware
async def answer_refusals(request, handler):
    """Says what was refused, to programs in JSON and to people on a page; nothing of this application is kept by browsers."""
    try:
        answer = await handler(request)
    except Refused as refusal:
        answer = refused(request, refusal)
    except Unavailable as error:
        logging.warning("Latchkey is not there: %s", error)
        answer = refused(request, Refused(503, "Not now", "The dashboard cannot ask what you may do, so nothing is shown. Try again in a moment."))
    except web.HTTPNotFound:
        answer = refused(request, Refused(404, "Not found", "There is nothing here."))
    if not answer.prepared:
        answer.headers.update(HEADERS)
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def refused(request, refusal):
    if wants_json(request):
        return web.json_response({"title": refusal.title, "detail": refusal.detail}, status=refusal.status)
    return page(request, "refused.html", status=refusal.status, title=refusal.title, detail=refusal.detail)


@web.middleware
async def let_in(request, handler):
    """Only nginx can reach this program, and it has asked Latchkey: what it says of the visitor is true."""
    if request.path.startswith(OPEN):
        return await handler(request)
    visitor = Visitor.of(request.headers)
    if visitor is None:
        raise Refused(401, "Sign in", "Nobody is signed in here.")
    if visitor.account != request.app[BUILDING].account:
        raise Refused(403, "Another house", "You are signed in, but not as somebody of this hotel.")
    request[VISITOR] = visitor
    if request.method not in ("GET", "HEAD") and not is_from_here(request):
        raise Refused(403, "From elsewhere", "This was sent by a page that is not the dashboard's.")
    return await handler(request)


def is_from_here(request):
    """Whether a page of this very origin sent it, or no browser did."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") in (None, request.app[ORIGIN])


def needs(screen, level="read"):
    """A handler for those who hold this screen at this level; 403 before anything is looked up."""

    def wrap(handler):
        @functools.wraps(handler)
        async def judged(request):
            if not request[VISITOR].may(screen, level):
                raise Refused(403, "Not yours to see" if level == "read" else "Not yours to change", "Your profile does not include this.")
            return await handler(request)

        return judged

    return wrap
