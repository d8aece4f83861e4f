"""A hotel in an empty Latchkey, made by its public API: places, profiles, people, and integrations for the dashboard and the rooms."""

import json
import os

import requests

OLIVE = "olive@alder.example"
FLOORS, ROOMS = 3, 8

# What Front office and Engineering may see is a screen; what may be switched in a room is a function, and these profiles give those.
ROOM_CONTROLS = {
    "name": "Room controls", "description": "Switches light, curtains and heating, checks guests in and answers rooms' alerts.", "screens": {},
    "functions": {"lighting": "full", "curtains": "full", "hvac": "full", "check-in": "full", "occupancy": "full", "room-status": "read",
                  "room-alerts": "full"}}
BUILDING_SYSTEMS = {
    "name": "Building systems", "description": "Answers alerts of the building's systems and sees what it uses.", "screens": {},
    "functions": {"system-alerts": "full", "energy": "full"}}

# Username, first name, profiles, floors ("all" for current and future ones), and what one finds when signed in as them.
PEOPLE = [
    ("adam", "Adam", ["Project Admin"], "all", "everything, and who else may do what"),
    ("una", "Una", ["Front office", "Room controls"], [1], "floor 1 alone: Pulse and Control center"),
    ("uwe", "Uwe", ["Front office", "Room controls"], [2], "floor 2 alone, otherwise as Una"),
    ("rita", "Rita", ["Housekeeping"], [1], "floor 1, to look at and not to touch"),
    ("emil", "Emil", ["Engineering", "Room controls", "Building systems"], "all", "control, configuration and reports of all floors"),
    ("rune", "Rune", ["Reporting only"], [1, 2], "reports about floors 1 and 2"),
]


class Api:
    """Latchkey's API with somebody's token."""

    def __init__(self, url, token=None):
        self.url, self.session = url, requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None):
        answer = self.session.request(method, f"{self.url}/api/v1{path}", json=body, timeout=30)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def post(self, path, body=None):
        return self.ask("POST", path, {} if body is None else body)

    def sign_in(self, username, password):
        return Api(self.url, self.post("/logins", {"username": username, "password": password, "take_over": True})["token"])


def switched(olive, account):
    return Api(olive.url, olive.post(f"/accounts/{account}/switch")["token"])


def places(inside, name):
    """The tree of one building; answers the dashboard's plan of it."""
    house = inside.post("/places", {"name": name, "kind": "building"})["id"]
    plan = {"name": name, "place": house, "floors": []}
    for number in range(1, FLOORS + 1):
        floor = inside.post("/places", {"name": f"Floor {number}", "kind": "floor", "parent": house})["id"]
        rooms = [
            {"number": room, "place": inside.post("/places", {"name": room, "kind": "room", "parent": floor})["id"]}
            for room in (f"{number}{door:02}" for door in range(1, ROOMS + 1))]
        plan["floors"].append({"number": number, "name": f"Floor {number}", "place": floor, "rooms": rooms})
    return plan


def person(inside, roles, floors, username, first, profiles, where):
    """A user with a password of the server's making; answers it."""
    made = inside.post("/users", {
        "username": username, "email": f"{username}@alder.example", "first_name": first, "last_name": "Berg",
        "roles": [roles[profile] for profile in profiles], "places": where if where == "all" else [floors[number] for number in where],
        "generate_password": True, "must_change": False})
    return made["generated_password"]


def seed(url, olives_password, folder):
    """Makes everything, and writes into the folder what the dashboard and the rooms need, and the people with their passwords."""
    olive = Api(url).sign_in(OLIVE, olives_password)
    account = olive.post("/accounts", {"name": "Grand Harbour", "catalogue": "hotel"})["id"]
    inside = switched(olive, account)
    plan = places(inside, "Grand Harbour") | {"account": account}
    roles = {role["name"]: role["id"] for role in inside.ask("GET", "/roles?limit=200")["items"]}
    for role in (ROOM_CONTROLS, BUILDING_SYSTEMS):
        roles[role["name"]] = inside.post("/roles", role)["id"]
    floors = {floor["number"]: floor["place"] for floor in plan["floors"]}
    people = [{"username": OLIVE, "password": olives_password, "finds": "Latchkey's enterprise console: she is nobody in the hotel"}]
    for username, first, profiles, where, finds in PEOPLE:
        people.append({"username": username, "password": person(inside, roles, floors, username, first, profiles, where), "finds": finds})

    def integration(name, client_id, functions):
        made = inside.post("/integrations", {"name": name, "client_id": client_id, "functions": functions})
        return {"id": made["id"], "client_id": client_id, "client_secret": made["client_secret"]}

    kept = {
        "plan": plan, "people": people,
        "dashboard": integration("Hotel dashboard", "hotel-dashboard", {"decisions": "read", "users": "read"}),
        "devices": integration("Room controllers", "room-controllers", {"room-status": "full", "room-alerts": "full"})}
    other = olive.post("/accounts", {"name": "South Quay", "catalogue": "hotel"})["id"]
    theirs = switched(olive, other)
    roles = {role["name"]: role["id"] for role in theirs.ask("GET", "/roles?limit=200")["items"]}
    password = person(theirs, roles, {}, "mallory", "Mallory", ["Project Admin"], "all")
    people.append({"username": "mallory", "password": password, "finds": "nothing: she is of another hotel"})
    folder.mkdir(mode=0o700)
    for name, value in kept.items():
        with open(os.open(folder / f"{name}.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
    return kept
