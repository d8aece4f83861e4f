"""Backups that are made while people work, and restored elsewhere."""

import io
import json
import shutil
import sqlite3
import subprocess
import threading

import pytest
import requests
from PIL import Image

from support.server import Server, init, latchkey, temporary_folder

from .branch import PASSWORD, Branch, require_intact_history, require_whole
from .test_cli import fails


def jpeg(seed):
    file = io.BytesIO()
    Image.effect_noise((640, 480), 30 + seed).convert("RGB").save(file, "JPEG", quality=85)
    return file.getvalue()


def send(capture_url, step, name):
    path = capture_url[capture_url.index("/c/"):]
    return lambda server: requests.post(
        f"{server.url}{path}/photos", data={"step": step, "photo_id": name}, files={"file": ("x.jpg", jpeg(len(name)), "image/jpeg")},
        headers={"Accept": "application/json"}, timeout=60)


@pytest.fixture
def elsewhere():
    with temporary_folder() as folder:
        yield folder


class Busy(threading.Thread):
    """Makes sessions with a photo each until it is told to stop; knows what was acknowledged."""

    def __init__(self, server, branch, number):
        super().__init__(daemon=True)
        self.server, self.branch, self.number = server, branch, number
        self.api = branch.people[number].api
        self.made, self.pending, self.stopped, self.failure = {}, set(), threading.Event(), None

    def run(self):
        turn = 0
        try:
            while not self.stopped.is_set():
                turn += 1
                session = self.api.post("/sessions", self.branch.session(f"{self.number}-{turn}"), expect=201)
                self.pending.add(session["id"])
                path = session["capture_url"][session["capture_url"].index("/c/"):]
                started = requests.post(
                    f"{self.server.url}{path}/start", json={}, headers={"Accept": "application/json"}, timeout=60)
                assert started.status_code == 200, started.text
                answer = send(session["capture_url"], "vin", f"p{turn}")(self.server)
                assert answer.status_code == 201, answer.text
                self.made[session["id"]] = answer.json()["id"]
        except (AssertionError, requests.RequestException) as failure:
            self.failure = failure


def test_a_backup_under_load_is_whole_elsewhere(data, serve, elsewhere):
    init(data, test_clock=False)
    server = serve(data)
    branch = Branch(server, people=3)
    # Revoked before the backup: dead in the restored installation too.
    gone = branch.people[2]
    branch.inside.post(f"/users/{gone.id}/disable", expect=200)
    old = branch.inside.post(f"/api-keys/{branch.key}/rotate", {"overlap_hours": 0}, expect=200)["secret"]
    dead_secret, branch.secret = branch.secret, old
    busy = [Busy(server, branch, number) for number in range(2)]
    for thread in busy:
        thread.start()
    while not all(len(thread.made) >= 3 or thread.failure for thread in busy):
        threading.Event().wait(0.05)
    before = {session: photo for thread in busy for session, photo in dict(thread.made).items()}
    backup = elsewhere / "backup"
    said = latchkey("backup", backup, "--data", data).stdout
    assert "keep it apart" in said and not (backup / "master.key").exists()
    after = sum(len(thread.made) for thread in busy)
    while sum(len(thread.made) for thread in busy) < after + 2 and not any(thread.failure for thread in busy):
        threading.Event().wait(0.05)  # it went on while and after it was backed up
    for thread in busy:
        thread.stopped.set()
        thread.join(60)
        assert thread.failure is None, thread.failure
    assert len(before) >= 6

    checked = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=backup, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert all(path.stat().st_mode & 0o077 == 0 for path in backup.rglob("*")) and backup.stat().st_mode & 0o077 == 0

    restored = elsewhere / "restored"
    assert "--master-key" in fails("restore", backup, "--data", restored)
    assert not restored.exists()
    said = latchkey("restore", backup, "--data", restored, "--master-key", data / "master.key").stdout
    assert "intact" in said and "logins" in said
    require_whole(restored)
    with Server(restored) as other:
        require_intact_history(other)
        # Nobody is signed in by it; those who sign in find what was acknowledged before the backup, photos too.
        assert other.api(branch.people[0].api.token).get("/me").status_code == 401
        for thread in busy:
            api = other.sign_in(thread.branch.people[thread.number].username, PASSWORD)
            mine = {session["id"] for session in api.items("/sessions", limit=200)}
            wanted = {session for session in before if session in thread.made}
            assert wanted <= mine <= thread.pending
            for session in wanted:
                image = api.get(f"/sessions/{session}/photos/{before[session]}/image")
                assert image.status_code == 200 and image.content[:3] == b"\xff\xd8\xff"
                original = thread.api.get(f"/sessions/{session}/photos/{before[session]}/image")
                assert image.content == original.content
        other.api().post("/logins", {"username": gone.username, "password": PASSWORD}, expect=401)
        assert other.api(dead_secret).get("/sessions").status_code == 401
        assert other.api(branch.secret).get("/sessions").status_code == 200
        doctor = latchkey("doctor", "--data", restored).stdout
        assert "wrong" not in doctor and "photos" in doctor


def test_a_closed_installation_with_its_key(data, serve, elsewhere):
    init(data)
    with Server(data) as server:
        branch = Branch(server)
        token = branch.people[0].api.token
        machine = branch.inside.post("/integrations", {"name": "M", "client_id": "m", "functions": {"users": "read"}}, expect=201)

        def ask(server):
            form = {"grant_type": "client_credentials", "client_id": "m", "client_secret": machine["client_secret"]}
            return requests.post(f"{server.api().base}/oauth/token", form, timeout=30).json()["access_token"]

        machines = ask(server)
    said = latchkey("backup", elsewhere / "b", "--data", data, "--with-master-key").stdout
    assert "has everything" in said
    latchkey("restore", elsewhere / "b", "--data", elsewhere / "r", "--keep-logins")
    with Server(elsewhere / "r") as other:
        assert other.api(token).get("/me").status_code == 200
        assert other.api(machines).get("/users").status_code == 200
        require_intact_history(other)
    said = latchkey("restore", elsewhere / "b", "--data", elsewhere / "again").stdout
    assert "1 access tokens" in said
    with Server(elsewhere / "again") as other:
        assert other.api(machines).get("/users").status_code == 401
        assert other.api(ask(other)).get("/users").status_code == 200


def test_what_is_no_whole_backup_is_refused(data, elsewhere):
    init(data)
    latchkey("backup", elsewhere / "b", "--data", data, "--with-master-key")
    assert "not empty" in fails("backup", elsewhere / "b", "--data", data)
    for file in ("latchkey.db", "master.key", "SHA256SUMS"):
        copy = elsewhere / ("copy-" + file)
        shutil.copytree(elsewhere / "b", copy)
        content = bytearray((copy / file).read_bytes())
        content[-2] ^= 1
        (copy / file).write_bytes(content)
        assert "changed" in fails("restore", copy, "--data", elsewhere / "r")
        (copy / file).unlink()
        assert "missing" in fails("restore", copy, "--data", elsewhere / "r")
        assert not (elsewhere / "r").exists() and not (elsewhere / "r.restoring").exists()
    (elsewhere / "b" / "manifest.json").unlink()
    assert "no backup" in fails("restore", elsewhere / "b", "--data", elsewhere / "r")
    assert "no backup" in fails("restore", elsewhere / "nothing", "--data", elsewhere / "r")


def test_a_restore_goes_into_an_empty_place_and_with_its_own_key(data, elsewhere):
    init(data)
    latchkey("backup", elsewhere / "b", "--data", data)
    assert "not empty" in fails("restore", elsewhere / "b", "--data", data, "--master-key", data / "master.key")
    other = elsewhere / "other"
    init(other)
    assert "not the master key" in fails("restore", elsewhere / "b", "--data", elsewhere / "r", "--master-key", other / "master.key")
    assert not (elsewhere / "r").exists() and not (elsewhere / "r.restoring").exists()
    (elsewhere / "r").mkdir(mode=0o700)
    latchkey("restore", elsewhere / "b", "--data", elsewhere / "r", "--master-key", data / "master.key")


# MARK: doctor


def findings(data, status):
    done = latchkey("doctor", "--data", data, "--json", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return {finding["what"]: finding for finding in json.loads(done.stdout)}


def test_the_doctor_finds_nothing_where_all_is_well(data, serve):
    init(data, test_clock=False)
    assert {finding["level"] for finding in findings(data, 0).values()} <= {"ok", "warning"}
    with Server(data) as server:
        Branch(server)
        found = findings(data, 0)
        assert {"schema", "history", "photos", "master key", "clock", "database", "rights", "versions"} <= set(found)
        assert found["history"]["level"] == "ok"


def test_the_doctor_names_what_is_wrong(data, serve):
    init(data, test_clock=False)
    with Server(data) as server:
        branch = Branch(server)
        api = branch.people[0].api
        session = api.post("/sessions", branch.session("S"), expect=201)
        path = session["capture_url"][session["capture_url"].index("/c/"):]
        requests.post(f"{server.url}{path}/start", json={}, headers={"Accept": "application/json"}, timeout=60)
        assert send(session["capture_url"], "vin", "p")(server).status_code == 201
    files = [path for path in (data / "blobs").rglob("*") if path.is_file() and len(path.name) == 40]
    files[0].rename(data / "kept")
    found = findings(data, 1)
    assert found["photos"]["level"] == "wrong" and "1 of 1 photos lack a file" in found["photos"]["detail"]
    (data / "kept").rename(files[0])

    (data / "master.key").chmod(0o644)
    assert "chmod" in findings(data, 1)["rights"]["detail"]
    (data / "master.key").chmod(0o600)

    database = sqlite3.connect(data / "latchkey.db")
    database.execute("DROP TRIGGER history_details_no_update")
    database.execute("UPDATE history_details SET details = '{}' WHERE rowid = (SELECT min(rowid) FROM history_details)")
    database.execute("UPDATE sessions SET owner = 'usr_01m7yq5hm0enzte5nxv5xnfjee'")
    database.commit()
    database.close()
    found = findings(data, 1)
    assert found["history"]["level"] == "wrong" and "details were changed" in found["history"]["detail"]
    assert found["database"]["level"] == "wrong" and "sessions points at" in found["database"]["detail"]
