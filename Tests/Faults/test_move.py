"""An installation that outgrows its file: moved to PostgreSQL, with everything that was in it."""

import json
import sqlite3

import pytest
import requests

from support.postgres import Postgres
from support.server import Server, init, latchkey, temporary_folder

from .branch import PASSWORD, Branch, require_intact_history
from .test_backup import send
from .test_cli import fails


@pytest.fixture(scope="module")
def postgres():
    with Postgres("fsync=off") as server:
        yield server


@pytest.fixture
def elsewhere():
    with temporary_folder() as folder:
        yield folder


def counts(data):
    database = sqlite3.connect(f"file:{data}/latchkey.db?mode=ro", uri=True)
    names = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names if name not in ("migrations", "leases")}


def test_everything_moves(data, postgres, elsewhere):
    init(data)
    with Server(data) as server:
        branch = Branch(server, people=2)
        api = branch.people[0].api
        # Names that sort and compare otherwise elsewhere, a switched login (which points at its parent), groups within groups.
        branch.olive.post("/groups", {"name": "Zürich ß"}, expect=201)
        outer = branch.olive.post("/groups", {"name": "abc"}, expect=201)["id"]
        inner = branch.olive.post("/groups", {"name": "ABD", "parent": outer}, expect=201)["id"]
        branch.olive.patch(f"/groups/{branch.olive.items('/groups')[-1]['id']}", {"parent": inner}, expect=200)
        sessions = []
        for number in range(5):
            session = api.post("/sessions", branch.session(f"Ünï {number}"), expect=201)
            path = session["capture_url"][session["capture_url"].index("/c/"):]
            requests.post(f"{server.url}{path}/start", json={}, headers={"Accept": "application/json"}, timeout=60)
            photo = send(session["capture_url"], "vin", f"p{number}")(server).json()["id"]
            sessions.append((session, photo, api.get(f"/sessions/{session['id']}/photos/{photo}/image").content))
        listed = api.items("/sessions", limit=200)
        history = branch.inside.items("/history", limit=200)
        assert "is held" in fails("move", "--from", data, "--to", postgres.url(postgres.database()), "--data", elsewhere / "new")
    before = counts(data)

    url = postgres.url(postgres.database())
    said = latchkey("move", "--from", data, "--to", url, "--data", elsewhere / "new").stdout
    assert f"{sum(before.values())} rows" in said and "15 files" in said and "every chain intact" in said
    assert counts(data) == before
    with Server(elsewhere / "new", "--database", url) as moved:
        # Whoever was signed in still is; what they see is the same, and goes on.
        api = moved.api(branch.people[0].api.token)
        assert api.items("/sessions", limit=200) == listed
        assert moved.api(branch.inside.token).items("/history", limit=200) == history
        for session, photo, content in sessions:
            assert api.get(f"/sessions/{session['id']}/photos/{photo}/image").content == content
            answer = send(session["capture_url"], "interior", "more")(moved)
            assert answer.status_code == 201, answer.text
        assert len(api.items("/sessions", search="ünï")) == 5
        moved.sign_in(branch.people[1].username, PASSWORD, take_over=True)
        found = {finding["what"]: finding for finding in json.loads(
            latchkey("doctor", "--data", elsewhere / "new", "--database", url, "--json").stdout)}
        assert {finding["level"] for finding in found.values()} <= {"ok", "warning"}, found
        assert "PostgreSQL" in fails("backup", elsewhere / "b", "--data", elsewhere / "new", "--database", url)
    assert "already" in fails("move", "--from", data, "--to", url, "--data", elsewhere / "again")
    assert not (elsewhere / "again").exists()


def test_what_cannot_be_moved_is_refused(data, postgres, elsewhere):
    init(data)
    assert "cannot be used" in fails("move", "--from", data, "--to", "postgres://nobody@127.0.0.1:1/x", "--data", elsewhere / "new")
    assert "no Latchkey" in fails("move", "--from", elsewhere / "nothing", "--to", postgres.url(postgres.database()), "--data", elsewhere / "new")
    (elsewhere / "full").mkdir()
    (elsewhere / "full" / "file").write_text("x")
    assert "not empty" in fails("move", "--from", data, "--to", postgres.url(postgres.database()), "--data", elsewhere / "full")
    assert "postgres://" in fails("move", "--from", data, "--to", "mysql://x", "--data", elsewhere / "new")
