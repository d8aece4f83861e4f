"""Data directories with many people: an account whose catalogue has 30 screens, 40 profiles that grant ten of them each, one that everybody
holds, a house with 5,000 places, and as many users as wanted.

Account, catalogue, profiles, places of one floor, and one user are made through the API. That user is the template of all others, who go in by
plain SQL: the same rows that the API writes for them, but no history, which nothing here reads.
"""

import contextlib
import json
import random
import shutil
import sqlite3

from machine import OLIVE, PASSWORD, Latchkey, api, run_latchkey
from seeding import FIRST, LAST, fingerprint, insert, session_id

SCREENS = [f"screen-{number:02}" for number in range(30)]
PROFILES, FLOORS = 40, 25
ADAM = "adam@alder.example"
HOTEL = ("pulse", "control-center", "reporting", "configuration", "dashboard-settings")


def crowd(folder, users):
    """A directory as described above; one that is there already is used again while it still fits."""
    facts = folder.with_suffix(".json")
    schema = fingerprint()
    if facts.exists() and folder.exists():
        known = json.loads(facts.read_text())
        if known["schema"] == schema and known["wanted"] == users:
            return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"seeding {folder.name}: {users} users", flush=True)
    known = make_by_api(folder) | {"schema": schema, "wanted": users}
    make_by_sql(folder, known, users - 2)
    facts.write_text(json.dumps(known))
    return known


def make_by_api(folder):
    run_latchkey(
        "init", "--data", folder, "--enterprise", "Alder Hotels", "--email", OLIVE, "--password-stdin", input=PASSWORD + "\n")
    chance = random.Random(5)
    with Latchkey(folder) as server:
        olive = api(server, "POST", "/logins", {"username": OLIVE, "password": PASSWORD})["token"]
        account = api(server, "POST", "/accounts", {"name": "Grand Harbour", "catalogue": "hotel"}, olive)["id"]
        inside = api(server, "POST", f"/accounts/{account}/switch", {}, olive)["token"]
        catalogue = api(server, "GET", "/catalogue", None, inside)
        own = [{"id": screen, "label": screen.replace("-", " ").title()} for screen in SCREENS]
        functions = [{name: one[name] for name in ("id", "label") if name in one} for one in catalogue["functions"]]
        # The ready one's screens stay, since its built-in profiles grant them.
        kept = [{"id": one["id"], "label": one["label"]} for one in catalogue["screens"] if one["id"] in HOTEL]
        api(server, "PUT", "/catalogue", {"screens": (kept + own)[:30], "functions": functions}, inside)

        def role(name, screens):
            body = {"name": name, "description": "As many hold it.", "screens": {screen: {"level": level} for screen, level in screens.items()}}
            return api(server, "POST", "/roles", body, inside)["id"]

        screens = SCREENS[:30 - len(kept)]
        everybody = role("Everybody", {screens[0]: "read", screens[1]: "full"})
        profiles = [
            role(f"Profile {number:02}", {screen: chance.choice(("read", "full")) for screen in chance.sample(screens, 10)}) for number in range(PROFILES)]
        house = api(server, "POST", "/places", {"name": "House", "kind": "building"}, inside)["id"]
        floors = [api(server, "POST", "/places", {"name": f"Floor {number}", "kind": "floor", "parent": house}, inside)["id"] for number in range(FLOORS)]
        manager = next(one["id"] for one in api(server, "GET", "/roles?limit=200", None, inside)["items"] if one["name"] == "Project Admin")

        def person(username, roles, places):
            return api(server, "POST", "/users", {
                "username": username, "email": f"{username.split('@')[0]}@alder.example", "first_name": "Firstname", "last_name": "Lastname",
                "roles": roles, "places": places, "password": PASSWORD}, inside)["id"]

        adam, template = person(ADAM, [manager], "all"), person("templateuser", [everybody, profiles[0]], floors[:2])
        room = api(server, "POST", "/places", {"name": "0000", "kind": "room", "parent": floors[0]}, inside)["id"]
    return {
        "account": account, "everybody": everybody, "profiles": profiles, "floors": floors, "adam": adam, "template": template, "room": room,
        "screens": screens}




def make_by_sql(folder, known, users):
    database = sqlite3.connect(folder / "latchkey.db", isolation_level=None)
    database.row_factory = sqlite3.Row
    for pragma in ("journal_mode = DELETE", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -500000"):
        database.execute("PRAGMA " + pragma)

    def rows_of(table, column, value):
        return [dict(row) for row in database.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))]

    (template,), (name,) = rows_of("users", "id", known["template"]), rows_of("usernames", "holder", known["template"])
    role, place, room = rows_of("user_roles", "user_id", known["template"])[0], rows_of("user_places", "user_id", known["template"])[0], \
        rows_of("places", "id", known["room"])[0]
    chance = random.Random(6)
    database.execute("BEGIN")
    rooms = [
        room | {"id": session_id(room["created_at"] + number, chance).replace("ses_", "plc_"), "name": f"{number:04}", "name_key": f"{number:04}",
                "parent": known["floors"][number % FLOORS]} for number in range(1, 4_970)]
    insert(database, "places", rooms)
    for start in range(0, users, 10_000):
        made, names, roles, places, words = [], [], [], [], []
        for number in range(start, min(users, start + 10_000)):
            at = template["created_at"] - (users - number) * 1_000
            one, username = session_id(at, chance).replace("ses_", "usr_"), f"bench{number:06}"
            first, last = chance.choice(FIRST), chance.choice(LAST)
            search = template["search"].replace("templateuser", username).replace("firstname", first.lower()).replace("lastname", last.lower())
            made.append(template | {
                "id": one, "username": username, "email": f"{username}@alder.example", "email_key": f"{username}@alder.example", "first_name": first,
                "last_name": last, "search": search, "created_at": at})
            words += [{"account": template["account"], "word": word, "user_id": one} for word in sorted({word[:64] for word in search.split()})]
            names.append(name | {"name_key": username, "holder": one})
            roles += [role | {"user_id": one, "role": held} for held in (known["everybody"], *chance.sample(known["profiles"], 2))]
            places += [place | {"user_id": one, "place": held} for held in chance.sample(known["floors"], 2)]
        for table, found in (("users", made), ("usernames", names), ("user_roles", roles), ("user_places", places), ("user_words", words)):
            insert(database, table, found)
    database.execute("COMMIT")
    database.execute("PRAGMA locking_mode = NORMAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def aggregate(folder, known):
    """The one statement that says how many hold which profiles beside this one."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/latchkey.db?mode=ro", uri=True)) as database:
        return database.execute("""
            SELECT held, count(*) FROM (
                SELECT group_concat(o.role) AS held FROM user_roles h
                JOIN user_roles o ON o.account = h.account AND o.user_id = h.user_id
                WHERE h.account = ? AND h.role = ? GROUP BY h.user_id) AS each_one
            GROUP BY held""", (known["account"], known["everybody"])).fetchall()
