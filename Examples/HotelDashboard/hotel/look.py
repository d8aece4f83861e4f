"""What a visitor sees of the hotel: the one place where rooms, alerts and sums are left out."""

WRITING = {"lighting": "lighting", "curtains": "curtains", "hvac": "hvac", "check-in": "check-in"}


async def controls(latchkey, visitor, rooms):
    """What the visitor may switch in each of these rooms, `{number: {what}}`, all in one request."""
    if not visitor.may("control-center", "full"):
        return {room.number: set() for room in rooms}
    questions = [(room, what) for room in rooms for what in WRITING]
    answers = await latchkey.may_each(visitor, [(WRITING[what], "write", room.place) for room, what in questions])
    found = {room.number: set() for room in rooms}
    for (room, what), may in zip(questions, answers):
        if may:
            found[room.number].add(what)
    return found


def rooms(building, visitor, floor=None, search=""):
    """The rooms that the visitor sees, on one floor, or with these words in number, floor, or guest where they may know guests."""
    words = search.casefold().split()

    def text(room):
        return f"{room.number} {room.floor.name} {room.guest if 'check-in' in visitor.functions else ''}".casefold()

    return [
        room for room in building.rooms.values()
        if visitor.sees(room) and (floor is None or room.floor.number == floor) and all(word in text(room) for word in words)]


def floors(building, visitor):
    """The floors of which the visitor sees a room."""
    seen = {room.floor.number for room in rooms(building, visitor)}
    return [floor for floor in building.floors if floor.number in seen]


def alerts(building, visitor):
    """What stands, the newest first."""
    return [alert for alert in reversed(building.alerts.values()) if not alert.acknowledged_by and visitor.sees_alert(alert)]


def room(one, visitor):
    """A room that this visitor sees, as it is told to programs."""
    told = {
        "number": one.number, "floor": one.floor.number, "light": one.light, "curtains": one.curtains, "target": one.target,
        "temperature": round(one.temperature, 1), "silent": one.is_silent}
    if "occupancy" in visitor.functions:
        told["occupied"] = one.occupied
    if "check-in" in visitor.functions:
        told["guest"] = one.guest
    if "energy" in visitor.functions:
        told["energy"] = round(one.energy, 2)
    return told


def alert(one):
    return {"id": one.id, "text": one.text, "room": one.room.number if one.room else None, "acknowledged_by": one.acknowledged_by}


def report(building, visitor):
    """A line for each floor, over the rooms that the visitor sees and no others."""
    lines = []
    for floor in floors(building, visitor):
        found = rooms(building, visitor, floor.number)
        line = {
            "floor": floor.name, "rooms": len(found), "lights": sum(room.light for room in found),
            "temperature": round(sum(room.temperature for room in found) / len(found), 1)}
        if "occupancy" in visitor.functions:
            line["occupied"] = sum(room.occupied for room in found)
        if "energy" in visitor.functions:
            line["energy"] = round(sum(room.energy for room in found), 1)
        lines.append(line)
    return lines
