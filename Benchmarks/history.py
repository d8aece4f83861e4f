"""How long a history takes that is long: a page of one user's, a day of the account's, and a user as they were, among ten million entries and
among ten thousand.

Account and people are made through the API. The entries of others go before theirs by plain SQL, with times that rise; a fixed number of them is
about one user, evenly spread. Their hashes are of the right length and prove nothing, since nothing here verifies them.
"""

import datetime
import json
import os
import random
import shutil
import sqlite3
import time

from machine import Latchkey, milliseconds, wrk
from seeding import fingerprint, make_by_api, session_id

OWN = 400
YEAR = 365 * 86_400_000
INDEXES = ("history_by_subject", "history_by_actor", "history_by_action", "history_by_kind")


def long_history(folder, entries):
    """A directory as described above; one that is there already is used again while it still fits."""
    facts = folder.with_suffix(".json")
    schema = fingerprint()
    if facts.exists() and folder.exists():
        known = json.loads(facts.read_text())
        if known["schema"] == schema and known["wanted"] == entries:
            return known
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"seeding {folder.name}: {entries} entries of history", flush=True)
    known = make_by_api(folder) | {"schema": schema, "wanted": entries}
    known |= make_by_sql(folder, known, entries)
    facts.write_text(json.dumps(known))
    return known


def make_by_sql(folder, known, entries):
    account, una, adam = known["account"], known["una"], known["adam"]
    database = sqlite3.connect(folder / "latchkey.db", isolation_level=None)
    for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -500000"):
        database.execute("PRAGMA " + pragma)
    rules = [
        (name, text) for name, text in database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('history', 'history_details') OR type = 'index' AND name IN "
            f"({', '.join('?' * len(INDEXES))})", INDEXES)]
    for name, text in rules:
        database.execute(f"DROP {text.split()[1]} {name}")
    begin = int(time.time() * 1000) - YEAR
    step = (YEAR - 86_400_000) / entries
    chance = random.Random(7)
    every = max(1, entries // OWN)

    def details(subject, changes):
        return json.dumps({
            "actor": "Adam Moss", "subject": subject, "changes": changes, "address": "192.0.2.7", "request_id": "req_01m7yqvgr0fe388s6wnswqs63d"})

    filler = details("NB-7KQ4M", [{"field": "status", "from": "CONFIRM", "to": "COMPLETE"}])
    role = next(database.execute("SELECT role FROM user_roles WHERE user_id = ?", (una,)))[0]
    own = [
        details("Una Berg", [{"field": "first_name", "from": "Una", "to": "Unna"}, {"field": "roles", "from": [role], "to": [role]}]),
        details("Una Berg", [{"field": "first_name", "from": "Unna", "to": "Una"}])]

    def rows():
        for number in range(entries):
            at = int(begin + number * step)
            is_own = number % every == 0
            yield (
                account, number + 1, "his_" + session_id(at, chance)[4:], at, "user", adam, "user.changed" if is_own else "session.completed",
                "user" if is_own else "session", una if is_own else session_id(at, chance), b"d" * 32, b"p" * 32, b"h" * 32)

    database.execute("BEGIN")
    moved = next(database.execute("SELECT count(*) FROM history WHERE chain = ?", (account,)))[0]
    for table in ("history", "history_details", "history_heads"):
        database.execute(f"UPDATE {table} SET seq = seq + ? WHERE chain = ?", (entries, account))
    database.executemany(
        "INSERT INTO history (chain, seq, id, at, actor_kind, actor_id, action, subject_kind, subject_id, details_hash, previous, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows())
    database.executemany(
        "INSERT INTO history_details (chain, seq, salt, details) VALUES (?, ?, ?, ?)",
        ((account, number + 1, b"s" * 16, own[number // every % 2] if number % every == 0 else filler) for number in range(entries)))
    database.execute("UPDATE users SET created_at = ? WHERE id = ?", (begin, una))
    for _, text in rules:
        database.execute(text)
    database.execute("COMMIT")
    database.execute("PRAGMA locking_mode = NORMAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.close()
    print(f"  {moved} entries of its own come last; {os.path.getsize(folder / 'latchkey.db') / 1e6:,.0f} MB", flush=True)
    return {"began": begin}


def moment(known, share):
    """A moment of the year that was seeded, as the API writes it."""
    at = datetime.datetime.fromtimestamp((known["began"] + YEAR * share) / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def history(bench, work):
    size, small_size = (40_000, 4_000) if bench.quick else (10_000_000, 10_000)
    known = {name: long_history(work / f"history-{count}", count) for name, count in (("big", size), ("small", small_size))}
    with Latchkey(work / f"history-{size}") as big, Latchkey(work / f"history-{small_size}") as small:
        servers = {"big": big, "small": small}
        tokens = {name: {"Authorization": f"Bearer {server.sign_in('adam@alder.example')}"} for name, server in servers.items()}

        def each(name, path):
            """Seconds for one answer to a client that is alone."""
            return wrk(servers[name].url + "/api/v1" + path, headers=tokens[name], connections=1, threads=1, seconds=bench.seconds)["median"]

        cases = (
            ("a page of a user's history", lambda facts: f"/users/{facts['una']}/history"),
            ("a user as they were half a year ago", lambda facts: f"/users/{facts['una']}/as-of?at={moment(facts, 0.5)}"),
            ("a page of the account's history of half a year ago", lambda facts: f"/history?to={moment(facts, 0.5)}"),
            ("a page of what somebody did, of one action, half a year ago", lambda facts:
                f"/history?actor={facts['adam']}&action=user.changed&to={moment(facts, 0.5)}"))
        for what, path in cases:
            paths = {name: path(facts) for name, facts in known.items()}
            each("big", paths["big"]), each("small", paths["small"])
            got = bench.turns(big=lambda: each("big", paths["big"]), small=lambda: each("small", paths["small"]))
            bench.row(
                f"{what}, among {size:,} entries to among {small_size:,}", got["big"] / got["small"], "at most 1.5", most=1.5,
                figures=f"{milliseconds(got['big'])} to {milliseconds(got['small'])}")
