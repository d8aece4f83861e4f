"""Who is at the door, as nginx says after it has asked Latchkey: the one place that reads those headers."""

import dataclasses
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Visitor:
    """A person, and what they hold: levels by screen and by function; `places` is None for all of them, current and future."""

    id: str
    username: str
    name: str
    account: str
    screens: dict
    functions: dict
    places: frozenset | None

    @classmethod
    def of(cls, headers):
        """The visitor in the headers of `/auth/verify`; none where they name nobody, or a machine."""
        if not headers.get("Latchkey-User-Id") or headers.get("Latchkey-Kind") == "integration":
            return None
        places = headers.get("Latchkey-Places", "")
        return cls(
            id=headers["Latchkey-User-Id"], username=decoded(headers.get("Remote-User", "")), name=decoded(headers.get("Latchkey-Name", "")),
            account=headers.get("Latchkey-Account", ""), screens=levels(headers.get("Latchkey-Screens", "")),
            functions=levels(headers.get("Latchkey-Functions", "")), places=None if places == "all" else frozenset(listed(places)))

    def may(self, screen, level="read"):
        held = self.screens.get(screen)
        return held == "full" or (held == "read" and level == "read")

    def sees(self, room):
        """Whether one of their places is the room or contains it."""
        return self.places is None or not self.places.isdisjoint(room.above)

    def sees_alert(self, alert):
        """Whether it is about something that they see, and they hold the function."""
        if alert.room is None:
            return "system-alerts" in self.functions
        return "room-alerts" in self.functions and self.sees(alert.room)


def decoded(text):
    """Latchkey writes as %XX what does not fit into a header."""
    return urllib.parse.unquote(text)


def listed(text):
    return [decoded(part) for part in text.split(",") if part]


def levels(text):
    """`pulse=read,control-center=full`"""
    return {decoded(name): level for name, equals, level in (part.partition("=") for part in text.split(",")) if equals}
