"""What an open page is told as it happens. nginx asks Latchkey once, when a stream begins; from there on the stream asks by itself, twice a
second, and ends with the login. Each time it learns anew what the visitor sees."""

import asyncio
import json
import time

from aiohttp import web

from hotel import look
from hotel.building import Alert
from hotel.keys import BUILDING, LATCHKEY, STOPPING, VISITOR
from hotel.latchkey import Unavailable

EVERY = 0.5


class Basket:
    """What has changed since it was last emptied; of what changed twice, only the last state is told."""

    def __init__(self):
        self._things, self._filled = {}, asyncio.Event()

    def put(self, thing):
        self._things[id(thing)] = thing
        self._filled.set()

    async def empty(self, within):
        """What there is, once there is something or the time is over."""
        try:
            await asyncio.wait_for(self._filled.wait(), within)
        except asyncio.TimeoutError:
            pass
        things, self._things = list(self._things.values()), {}
        self._filled.clear()
        return things


async def stream(request):
    """`room` and `alert` with what is new, `access` when the visitor holds something else than before, `over` when the login has ended."""
    building, latchkey, visitor = request.app[BUILDING], request.app[LATCHKEY], request[VISITOR]
    credentials = {name: request.headers[name] for name in ("Cookie", "Authorization") if name in request.headers}
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    basket, asked_at = Basket(), time.monotonic()
    building.changes.add(basket)
    try:
        await response.write(b"retry: 2000\n\n")
        while not request.app[STOPPING].is_set():
            changed = await basket.empty(EVERY)
            if time.monotonic() - asked_at >= EVERY or changed:
                asked_at, now = time.monotonic(), await latchkey.verify(credentials)
                if now is None or now.id != visitor.id or now.account != building.account:
                    await response.write(event("over", {"reason": "ended"}))
                    return response
                if now != visitor:
                    await response.write(event("access", {}))
                    visitor = now
            for thing in changed:
                if told := told_of(thing, visitor):
                    await response.write(told)
            # For whoever has gone without a word.
            await response.write(b": still here\n\n")
    except (Unavailable, ConnectionError):
        pass  # Nobody knows whether this login lives, and the page has to come again; or the page has gone.
    finally:
        building.changes.discard(basket)
    return response


def told_of(thing, visitor):
    if isinstance(thing, Alert):
        return event("alert", look.alert(thing)) if visitor.sees_alert(thing) else None
    if visitor.sees(thing) and any(visitor.may(screen) for screen in ("control-center", "pulse")):
        return event("room", look.room(thing, visitor))
    return None


def event(name, data):
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
