"""How the server ends, and what it refuses to begin on."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import time

import pytest
import requests

from .branch import Branch, require_whole
from support.server import binary, environment, free_port, init, temporary_folder


class HalfSent:
    """A request whose body has arrived by half, so that the server is certainly at work on it."""

    def __init__(self, server, token, path, body):
        body = json.dumps(body).encode()
        head = (
            f"POST /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        self.rest = body[10:]
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.sendall(head.encode() + body[:10])

    def finish(self):
        """Sends the rest; answers everything that comes until the server closes."""
        self.socket.sendall(self.rest)
        answer = b""
        while part := self.socket.recv(65536):
            answer += part
        return answer.decode()


def refused(data, listen=None):
    """Starts a server that must not start; answers what it says to the operator."""
    done = subprocess.run(
        [binary(), "serve", "--data", str(data), "--listen", listen or f"127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, env=environment())
    assert done.returncode > 0, f"it ended with {done.returncode}: {done.stdout}{done.stderr}"
    assert "Fatal error" not in done.stderr
    return done.stderr


def log_of(data):
    log = data / "latchkey.db-wal"
    return log.read_bytes() if log.exists() else b""


def test_sigterm_finishes_what_is_under_way(fresh):
    branch = Branch(fresh)
    requests_ = [HalfSent(fresh, branch.una.token, "/sessions", branch.session(f"under way {number}")) for number in range(4)]
    time.sleep(0.3)
    fresh.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    for request in requests_:
        assert request.finish().startswith("HTTP/1.1 201 ")
    assert fresh.process.wait(30) == 0
    assert not log_of(fresh.data), "the write-ahead log was left behind"
    require_whole(fresh.data)
    fresh.start()
    references = {session["reference"] for session in branch.una.items("/sessions")}
    assert references == {f"under way {number}" for number in range(4)}


def test_draining_says_not_ready_and_goes_on_answering(data, serve):
    init(data)
    server = serve(data, "--drain-seconds", "2")
    api = server.sign_in()
    server.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 2
    while (ready := server.api().get("/readyz")).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ready.status_code == 503 and int(ready.headers["Retry-After"]) > 0
    assert api.get("/me").status_code == 200
    assert server.process.wait(40) == 0
    with pytest.raises(requests.ConnectionError):
        server.api().get("/readyz")


def test_idle_connections_do_not_hold_up_the_end(fresh):
    api = fresh.sign_in()
    api.get("/me", expect=200)
    idle = [socket.create_connection(("127.0.0.1", fresh.port)) for _ in range(8)]
    fresh.process.send_signal(signal.SIGTERM)
    assert fresh.process.wait(30) == 0
    for connection in idle:
        connection.close()


def test_a_second_signal_hurries(data, serve):
    init(data)
    server = serve(data, "--drain-seconds", "60")
    branch = Branch(server)
    session = branch.una.post("/sessions", branch.session("before"), expect=201)["id"]
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert server.process.poll() is None
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    server.flags = ()
    server.start()
    branch.una.get(f"/sessions/{session}", expect=200)


def test_a_second_server_on_the_same_directory_is_refused(fresh):
    message = refused(fresh.data)
    assert str(fresh.pid) in message and "one" in message, message
    assert fresh.api().get("/readyz").status_code == 200


@pytest.fixture
def stopped(data):
    """A data directory that was set up and is not being served."""
    init(data)
    with contextlib.closing(sqlite3.connect(data / "latchkey.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return data


def test_a_missing_master_key_is_refused_and_never_made_anew(stopped):
    (stopped / "master.key").rename(stopped / "elsewhere.key")
    assert "master key" in refused(stopped)
    assert not (stopped / "master.key").exists()
    assert stat.S_IMODE((stopped / "elsewhere.key").stat().st_mode) == 0o600


def test_another_installations_master_key_is_refused(stopped, serve):
    other = stopped.with_name("other")
    init(other)
    before = tables(stopped)
    shutil.copy(stopped / "master.key", stopped / "elsewhere.key")
    shutil.copy(other / "master.key", stopped / "master.key")
    assert "not the master key" in refused(stopped)
    assert tables(stopped) == before
    # Its own key, from elsewhere, is taken.
    server = serve(stopped, env={"LATCHKEY_MASTER_KEY_FILE": stopped / "elsewhere.key"})
    server.sign_in()


def test_a_damaged_master_key_is_refused(stopped):
    (stopped / "master.key").write_text("1 this is no key\n")
    assert "master key" in refused(stopped)


def tables(data):
    with contextlib.closing(sqlite3.connect(f"file:{data}/latchkey.db?mode=ro", uri=True)) as database:
        return list(database.iterdump())


def test_loose_file_modes_are_tightened(stopped, serve):
    server = serve(stopped)
    server.sign_in()
    server.kill()  # so that the write-ahead log stays
    os.chmod(stopped, 0o755)
    for path in stopped.iterdir():
        if not path.is_socket():
            os.chmod(path, 0o644)
    server.start()
    assert stat.S_IMODE(stopped.stat().st_mode) == 0o700
    assert stat.S_IMODE((stopped / "blobs").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in stopped.iterdir() if not path.is_dir()}
    private = {name: mode for name, mode in modes.items() if name != "test-clock"}
    assert {"latchkey.db", "latchkey.db-wal", "latchkey.db-shm", "master.key", "lock", "control.sock"} <= private.keys()
    assert {name: oct(mode) for name, mode in private.items() if mode != 0o600} == {}


def test_new_files_are_private_whatever_the_umask(data):
    old = os.umask(0)
    try:
        init(data)
    finally:
        os.umask(old)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.iterdir() if not path.is_dir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*") if path.is_dir()} == {0o700}


def test_a_newer_schema_is_refused(stopped):
    with contextlib.closing(sqlite3.connect(stopped / "latchkey.db")) as database, database:
        database.execute("INSERT INTO migrations (number, name, checksum, applied_at) VALUES (9999, 'of tomorrow', 'x', 0)")
    before = tables(stopped)
    message = refused(stopped)
    assert "newer" in message, message
    assert tables(stopped) == before


def test_a_directory_that_is_none_is_refused(data):
    data.write_text("a file")
    assert str(data) in refused(data)


def test_a_taken_port_is_refused_in_words(fresh):
    with temporary_folder() as folder:
        init(folder / "data")
        message = refused(folder / "data", listen=f"127.0.0.1:{fresh.port}")
    assert "in use" in message and str(fresh.port) in message, message
