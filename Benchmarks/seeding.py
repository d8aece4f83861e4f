"""Data directories for the measurements: an account with as many sessions as wanted, some of them one user's own.

What a client can make quickly enough is made through the API (enterprise, account, keys, people, one session). That session is then the
template of all others, which go in by plain SQL, ids and times one after the other: the same rows that the API writes for a session, in
`sessions`, `session_words` and `session_events`, but no history, which nothing here reads. The words are checked against the template's,
so that a change of the schema or of the search stops the seeding instead of measuring something else.
"""

import concurrent.futures
import hashlib
import json
import random
import re
import shutil
import sqlite3
import string

from machine import OLIVE, PASSWORD, ROOT, Latchkey, api, run_latchkey

OWN = 2_000
PEOPLE = 200
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
PAIRS = [a + b for a in CROCKFORD for b in CROCKFORD]
TABLES = ("sessions", "session_words", "session_events")

FIRST = "Kari Jonas Amelie Tomasz Priya Ingrid Luca Sofia Mehmet Anna Björn Chloe Daan Elif Farid Greta Hugo Ines Jakub Lena".split()
LAST = "Nordahl Weber Dupont Zielinski Nair Kristoffersen Moretti Herrera Yildiz Lindqvist Haas Olsen Petrov Quist Rossi Silva Thorn".split()
VEHICLES = [
    ("Volvo", "XC60"), ("Volkswagen", "Golf"), ("Toyota", "Yaris"), ("Tesla", "Model 3"), ("Ford", "Transit"), ("BMW", "i3"),
    ("Renault", "Zoe"), ("Peugeot", "208"), ("Mercedes-Benz", "Vito"), ("Skoda", "Octavia")]


def words(session):
    """The words that a session is found by, each once, in the order of the server's."""
    compact = session["code"].replace("-", "")
    texts = [session["code"], compact] + [session[column] for column in ("first_name", "last_name", "phone", "email", "vin")]
    texts += [session["year"] and str(session["year"])] + [session[column] for column in ("make", "model", "reference")]
    return list(dict.fromkeys(word for text in texts if text for word in re.findall(r"[^\W_]+", text.lower())))


def session_id(milliseconds, chance):
    """A UUIDv7 as the server writes it."""
    bits = milliseconds << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62)
    return "ses_" + "".join(PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10))


def code(number):
    number = (number * 7_919_393 + 12_345) % len(CODE_ALPHABET) ** 5
    digits = ""
    for _ in range(5):
        number, digit = divmod(number, len(CODE_ALPHABET))
        digits += CODE_ALPHABET[digit]
    return digits


def seed(folder, sessions, own=OWN):
    """A directory as described above; one that is there already is used again while it still fits."""
    facts = folder.with_suffix(".json")
    schema = fingerprint()
    if facts.exists() and folder.exists():
        known = json.loads(facts.read_text())
        if known["schema"] == schema and known["wanted"] == sessions and sessions <= count(folder) <= sessions * 1.2 + 1000:
            return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"seeding {folder.name}: {sessions} sessions", flush=True)
    known = make_by_api(folder) | {"schema": schema, "wanted": sessions}
    make_by_sql(folder, known, sessions, own)
    facts.write_text(json.dumps(known))
    return known


def fingerprint():
    """Of what decides how a session is stored; with another one, directories are seeded anew."""
    texts = [path.read_bytes() for path in sorted((ROOT / "Sources").rglob("*.swift")) if path.stem.endswith(("Migrations", "SessionSearch"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def count(folder):
    with sqlite3.connect(folder / "latchkey.db") as database:
        found = database.execute("SELECT count(*) FROM sessions").fetchone()[0]
    database.close()
    return found


def make_by_api(folder):
    run_latchkey(
        "init", "--data", folder, "--enterprise", "Alder Inspections", "--email", OLIVE, "--password-stdin", input=PASSWORD + "\n")
    with Latchkey(folder) as server:
        olive = api(server, "POST", "/logins", {"username": OLIVE, "password": PASSWORD})["token"]
        account = api(server, "POST", "/accounts", {"name": "North branch"}, olive)["id"]
        inside = api(server, "POST", f"/accounts/{account}/switch", {}, olive)["token"]
        keys = [api(server, "POST", "/api-keys", {"name": name, "mode": "live"}, inside)["id"] for name in ("Road checks", "Fleet returns")]
        roles = {role["name"]: role["id"] for role in api(server, "GET", "/roles?limit=200", None, inside)["items"]}

        def person(username, role, held):
            body = {
                "email": username, "first_name": "Una", "last_name": "Berg", "roles": [roles[role]], "api_keys": held, "password": PASSWORD}
            return api(server, "POST", "/users", body, inside)["id"]

        una, adam = person("una@alder.example", "USER", keys), person("adam@alder.example", "ADMIN", "all")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            people = list(pool.map(lambda number: person(f"bench{number}@alder.example", "USER", keys), range(PEOPLE)))
        token = api(server, "POST", "/logins", {"username": "una@alder.example", "password": PASSWORD})["token"]
        template = api(server, "POST", "/sessions", {
            "api_key": keys[0], "reference": "C-0000001", "contact": {"first_name": "Kari", "last_name": "Nordahl", "phone": "+4740098700"},
            "vehicle": {"vin": "1M8GDM9AXKP042788", "make": "Volvo", "model": "XC60", "year": 2021}}, token)["id"]
    return {"account": account, "keys": keys, "una": una, "adam": adam, "people": people, "template": template}


def make_by_sql(folder, known, sessions, own):
    database = sqlite3.connect(folder / "latchkey.db", isolation_level=None)
    database.row_factory = sqlite3.Row
    for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -1000000"):
        database.execute("PRAGMA " + pragma)
    template = dict(database.execute("SELECT * FROM sessions WHERE id = ?", (known["template"],)).fetchone())
    stored = sorted(word for (word,) in database.execute("SELECT word FROM session_words WHERE session = ?", (known["template"],)))
    if stored != sorted(words(template)):
        raise SystemExit(f"seeding: a session's words are not what they were: {stored}")
    event = dict(database.execute("SELECT * FROM session_events WHERE session = ?", (known["template"],)).fetchone())
    indexes = [
        dict(row) for row in database.execute(
            f"SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {TABLES}")]
    for index in indexes:
        database.execute(f"DROP INDEX {index['name']}")
    database.execute("BEGIN")
    database.execute("CREATE TEMP TABLE found (word TEXT, session TEXT)")
    made = rows(template, event, known, sessions - 1, own)
    while batch := [row for _, row in zip(range(20_000), made)]:
        insert(database, "sessions", [session for session, _ in batch])
        insert(database, "session_events", [event for _, event in batch])
        database.executemany(
            "INSERT INTO found VALUES (?, ?)", [(word, session["id"]) for session, _ in batch for word in words(session)])
    # In the order of the index, which is many times quicker than in the order of the sessions.
    database.execute(
        "INSERT INTO session_words (account, word, session) SELECT ?, word, session FROM found ORDER BY word, session", (known["account"],))
    for index in indexes:
        database.execute(index["sql"])
    database.execute("COMMIT")
    database.execute("PRAGMA locking_mode = NORMAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


def insert(database, table, found):
    columns = list(found[0])
    marks = ", ".join("?" * len(columns))
    database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", [tuple(row.values()) for row in found])


def rows(template, event, known, sessions, own):
    """Sessions older than the template, the oldest first, evenly spread over 200 days; every so many-th is Una's own."""
    chance = random.Random(2)
    step = max(1, 200 * 86_400_000 // max(1, sessions))
    every = max(1, sessions // own)
    for number in range(sessions):
        at = template["created_at"] - (sessions - number) * step
        owner = known["una"] if number % every == 0 else chance.choice(known["people"])
        make, model = chance.choice(VEHICLES)
        session = template | {
            "id": session_id(at, chance), "code": template["code"][:3] + code(number), "owner": owner, "created_at": at,
            "api_key": known["keys"][number // every % 2 if owner == known["una"] else number % 2], "make": make, "model": model,
            "first_name": chance.choice(FIRST), "last_name": chance.choice(LAST), "phone": f"+474{chance.randrange(10**7):07}",
            "vin": "".join(chance.choices("ABCDEFGHJKLMNPRSTUVWXYZ" + string.digits, k=17)), "year": 2000 + chance.randrange(26),
            "reference": f"C-{number:07}"}
        if session["code"] == template["code"]:
            continue
        yield session, event | {"session": session["id"], "id": "evt" + session["id"][3:], "at": at}
