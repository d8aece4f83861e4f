"""kill -9 in the middle of twenty bursts of writes: whatever was acknowledged is there afterwards, and all is whole."""

import random
import threading
import time

import requests

from .branch import Branch, require_intact_history, require_whole
from support.server import init

BURSTS, CLIENTS = 20, 8


class Writer(threading.Thread):
    """One client that makes sessions and edits one user as fast as it is answered, until the server is gone."""

    def __init__(self, server, branch, burst, number):
        super().__init__(daemon=True)
        self.branch, self.name_ = branch, f"burst {burst} client {number}"
        self.person = branch.people[number]
        self.makes, self.edits = server.api(self.person.api.token), server.api(branch.inside.token)
        self.made, self.edited, self.tried, self.failure = {}, None, None, None

    def run(self):
        for turn in range(1_000_000):
            try:
                reference = f"{self.name_} turn {turn}"
                self.made[self.makes.post("/sessions", self.branch.session(reference), expect=201)["id"]] = reference
                self.tried = f"{self.name_} turn {turn}"
                self.edits.patch(f"/users/{self.person.id}", {"last_name": self.tried}, expect=200)
                self.edited = self.tried
            except requests.RequestException:
                return
            except AssertionError as failure:
                self.failure = failure
                return


def test_nothing_acknowledged_is_lost(data, serve):
    init(data, test_clock=False)
    server = serve(data)
    branch = Branch(server, people=CLIENTS)
    chance = random.Random(20)
    acknowledged = {}
    for burst in range(BURSTS):
        writers = [Writer(server, branch, burst, number) for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + 30
        while not all(writer.made for writer in writers) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.25))
        server.kill()
        for writer in writers:
            writer.join(60)
            assert writer.failure is None, writer.failure
            assert writer.made, "nothing was acknowledged: this burst shows nothing"
        require_whole(data)
        server.start()
        require_intact_history(server)
        for writer in writers:
            acknowledged |= writer.made
            for session, reference in writer.made.items():
                assert writer.makes.get(f"/sessions/{session}", expect=200)["reference"] == reference
            last_name = writer.edits.get(f"/users/{writer.person.id}", expect=200)["last_name"]
            # Of the edit that was under way nobody was told anything: it may have happened or not.
            assert writer.edited is None or last_name in (writer.edited, writer.tried)
    # Nothing of earlier bursts went with a later crash, and each reference is there once.
    found = {session["id"]: session["reference"] for session in branch.inside.items("/sessions", limit=200)}
    assert acknowledged.items() <= found.items()
    assert len(set(found.values())) == len(found)
    assert server.stop() == 0
    require_whole(data)
