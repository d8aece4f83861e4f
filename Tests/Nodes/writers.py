"""People who make sessions whatever happens, and ask again, by `Idempotency-Key`, where they got no answer."""

import threading
import time

import requests


class Writer(threading.Thread):
    """Makes session after session on these nodes in turn, until `stopped`. `made` are those that were acknowledged, by reference."""

    def __init__(self, nodes, token, key, number):
        super().__init__(daemon=True)
        self.apis = [node.api(token) for node in nodes]
        self.key, self.number = key, number
        self.made, self.failure, self.stopped = {}, None, threading.Event()
        self.answered_at, self.asked_again = [], 0

    def run(self):
        try:
            while not self.stopped.is_set():
                reference = f"{self.number}-{len(self.made)}"
                self.made[reference] = self._make(reference)
                self.answered_at.append(time.monotonic())
                time.sleep(0.01)
        except AssertionError as failure:
            self.failure = failure

    def _make(self, reference):
        """Not given up, also when it is stopped: whoever has asked wants to know."""
        deadline = time.monotonic() + 40
        for turn in range(1_000_000):
            try:
                answer = self.apis[(self.number + turn) % len(self.apis)].post(
                    "/sessions", {"api_key": self.key, "reference": reference}, headers={"Idempotency-Key": reference}, timeout=15)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code != 503:
                assert answer.status_code == 201, f"{reference}: {answer.status_code} {answer.text}"
                return answer.json()["id"]
            assert answer is None or "Retry-After" in answer.headers
            assert time.monotonic() < deadline, f"{reference} was refused for 40 s"
            self.asked_again += 1
            time.sleep(0.1)


def require_everything_once(writers, api):
    """Nothing that was acknowledged is lost, and nothing was done twice."""
    for writer in writers:
        assert writer.failure is None, writer.failure
        assert writer.made, "nothing was acknowledged: this shows nothing"
    found = [(session["reference"], session["id"]) for session in api.items("/sessions", limit=200)]
    made = {pair for writer in writers for pair in writer.made.items()}
    assert made <= set(found), f"acknowledged and lost: {made - set(found)}"
    assert len(found) == len(made), f"made twice, or by nobody: {set(found) - made}"
