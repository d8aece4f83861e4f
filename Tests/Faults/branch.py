"""A branch to break: an account with an API key and as many USERs as a test wants, made by API."""

import contextlib
import dataclasses
import sqlite3
import shutil
import tempfile
import pathlib

from support.server import Api

PASSWORD = "Amber-kettle-orchard-58"


@dataclasses.dataclass
class Person:
    id: str
    username: str
    api: Api


class Branch:
    """North branch on this server; `inside` is Olive switched into it, `people` its signed-in USERs."""

    def __init__(self, server, people=1):
        self.server = server
        self.olive = server.sign_in()
        self.account = self.olive.post("/accounts", {"name": "North branch"}, expect=201)["id"]
        self.inside = server.api(self.olive.post(f"/accounts/{self.account}/switch", {}, expect=201)["token"])
        made = self.inside.post("/api-keys", {"name": "Road checks", "mode": "live"}, expect=201)
        self.key, self.secret = made["id"], made["secret"]
        self.user_role = next(role["id"] for role in self.inside.items("/roles") if role["name"] == "USER")
        self.people = [self._person(number) for number in range(people)]

    def _person(self, number):
        username = f"una{number}@alder.example"
        user = self.inside.post(
            "/users",
            {"email": username, "first_name": "Una", "last_name": "Berg", "roles": [self.user_role], "api_keys": [self.key], "password": PASSWORD},
            expect=201)
        return Person(user["id"], username, self.server.sign_in(username, PASSWORD))

    @property
    def una(self):
        return self.people[0].api

    def session(self, reference):
        """What a USER sends to make a session that can be recognised."""
        return {"api_key": self.key, "reference": reference, "contact": {"first_name": "Kari", "last_name": "Nordahl"}}


def copy_of(data):
    """A folder with a copy of a database and its log, as a crash left them."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="latchkey-copy-"))
    for name in ("latchkey.db", "latchkey.db-wal"):
        if (pathlib.Path(data) / name).exists():
            shutil.copy(pathlib.Path(data) / name, folder / name)
    return folder


def require_whole(data):
    """Checks a copy of the database, so that recovering it is left to the server."""
    folder = copy_of(data)
    try:
        with contextlib.closing(sqlite3.connect(folder / "latchkey.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        shutil.rmtree(folder)


def require_intact_history(server):
    done = server.command("history", "verify")
    lines = done.stdout.splitlines()
    assert lines and all(line.startswith("intact ") for line in lines), done.stdout
