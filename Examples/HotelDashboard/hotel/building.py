"""The hotel itself: floors, rooms, what they report, and who wants to know when that changes. Nothing here knows of people."""

import dataclasses
import itertools
import json
import pathlib
import time


@dataclasses.dataclass(eq=False)
class Floor:
    number: int
    name: str
    place: str  # Latchkey's id of it
    target: float = 21.0  # the temperature that empty rooms return to


@dataclasses.dataclass(eq=False)
class Room:
    number: str
    floor: Floor
    place: str
    above: frozenset  # its place and all that contain it: a grant of one of these reaches the room
    light: bool = False
    curtains: bool = True  # open
    target: float = 21.0
    temperature: float = 20.0
    occupied: bool = False
    guest: str = ""
    energy: float = 0.0  # kWh since the start of the day
    seen_at: float = 0.0

    def note(self, temperature, energy, occupied=None):
        """What its controller has measured."""
        self.temperature, self.energy, self.seen_at = temperature, energy, time.time()
        if occupied is not None:
            self.occupied = occupied

    @property
    def is_silent(self):
        return time.time() - self.seen_at > 30


@dataclasses.dataclass(eq=False)
class Alert:
    id: str
    text: str
    at: float
    room: Room | None  # none: it is about the building's systems
    acknowledged_by: str = ""


class Building:
    """`changes` are the baskets of those who listen: whatever changes is put in each."""

    KEPT = 200

    def __init__(self, name, account, place, floors):
        self.name, self.account, self.place, self.floors = name, account, place, floors
        self.rooms, self.alerts, self.changes = {}, {}, set()
        self._numbers = itertools.count(1)

    @classmethod
    def load(cls, path):
        """From the file that says how the hotel's rooms are called in Latchkey's tree of places."""
        plan = json.loads(pathlib.Path(path).read_text())
        building = cls(plan["name"], plan["account"], plan["place"], [])
        for entry in plan["floors"]:
            floor = Floor(entry["number"], entry["name"], entry["place"])
            building.floors.append(floor)
            for room in entry["rooms"]:
                above = frozenset({plan["place"], floor.place, room["place"]})
                building.rooms[room["number"]] = Room(room["number"], floor, room["place"], above)
        return building

    def tell(self, thing):
        """Says to all listeners that a room or an alert has changed."""
        for basket in self.changes:
            basket.put(thing)

    def raise_alert(self, text, room=None):
        """One alert for one thing: it is not raised again while it stands."""
        for alert in self.alerts.values():
            if alert.text == text and alert.room is room and not alert.acknowledged_by:
                return alert
        alert = Alert(f"a{next(self._numbers)}", text, time.time(), room)
        self.alerts[alert.id] = alert
        for old in list(self.alerts)[:-self.KEPT]:
            del self.alerts[old]
        self.tell(alert)
        return alert
