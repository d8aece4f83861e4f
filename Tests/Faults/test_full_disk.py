"""A full disk: writes are refused in a way that clients understand, everything else goes on, and space alone brings writes back."""

import contextlib
import os
import subprocess
import time

import pytest

from .branch import PASSWORD, Branch, require_intact_history, require_whole
from support.server import init, temporary_folder

SIZE = 12 * 1024 * 1024


@pytest.fixture
def disk():
    """A small disk of its own (mounting needs root, which CI is)."""
    with temporary_folder() as folder:
        mount = folder / "disk"
        mount.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "latchkey-test", mount], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
        try:
            yield mount
        finally:
            subprocess.run(["umount", "-l", mount], check=True)


def fill(disk):
    """Takes every byte that is free."""
    with open(disk / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            for size in (64 * 1024, 4096, 1):
                with contextlib.suppress(OSError):
                    filler.write(bytes(size))
                    break
            else:
                return


def write_until_full(branch, made, seconds=60):
    """Makes sessions, taking what the server frees by itself, until it refuses; answers the refusal."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = branch.una.post("/sessions", branch.session(f"session {len(made)}"))
        if answer.status_code == 201:
            made[answer.json()["id"]] = answer.json()["reference"]
            continue
        return answer
    raise AssertionError("the disk was full and writes went on")


def test_writes_are_refused_and_come_back(disk, serve):
    init(disk)
    clock = disk / "test-clock"
    clock.write_text("0 ")  # its page is taken now, and as long as it will be
    server = serve(disk)
    branch = Branch(server)
    una, made = branch.people[0], {}

    fill(disk)
    refusal = write_until_full(branch, made)
    assert refusal.status_code == 503, refusal.text
    assert int(refusal.headers["Retry-After"]) > 0
    assert refusal.headers["Content-Type"].startswith("application/problem+json")
    assert refusal.json()["code"] == "unavailable"

    for path in ("/me", "/sessions", "/sessions/count", "/livez"):
        assert branch.una.get(path).status_code == 200, path
    # Activity is due to be written down by now; that it cannot be is no reason to refuse a read.
    with open(clock, "r+") as file:
        file.write("60")
    time.sleep(0.3)
    for path in ("/me", "/sessions"):
        assert branch.una.get(path).status_code == 200, f"{path} after a minute"
    # These write: they may be refused, as long as it is in the same words and the process lives.
    for answer in (
        branch.una.delete("/logins/current"),
        server.api().post("/logins", {"username": una.username, "password": "wrong"}),
        branch.inside.patch(f"/users/{una.id}", {"last_name": "Full"}),
        branch.inside.post("/api-keys", {"name": "Full", "mode": "test"}),
    ):
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        assert answer.status_code != 503 or "Retry-After" in answer.headers
    assert server.process.poll() is None

    os.truncate(disk / "filler", 0)
    deadline = time.monotonic() + 30
    signing_in = {"username": una.username, "password": PASSWORD, "take_over": True}
    while (answer := server.api().post("/logins", signing_in)).status_code != 201:
        assert time.monotonic() < deadline, f"writes did not come back with the space: {answer.text}"
        time.sleep(0.1)
    again = server.api(answer.json()["token"])
    again.post("/sessions", branch.session("after"), expect=201)
    for session, reference in made.items():
        assert again.get(f"/sessions/{session}", expect=200)["reference"] == reference
    references = [session["reference"] for session in again.items("/sessions", limit=200)]
    assert len(references) == len(set(references)), "a refused write was done all the same"
    require_intact_history(server)
    assert server.stop() == 0
    require_whole(disk)
