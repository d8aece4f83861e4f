"""Somebody who listens to events as they happen, over a real connection."""

import json
import threading
import time

import requests


class Listener:
    """Somebody who listens to `/events`; `told` are the names and data of what came."""

    def __init__(self, server, token):
        self.told, self.is_over = [], threading.Event()
        self.answer = requests.get(f"{server.url}/events", headers={"Authorization": f"Bearer {token}"}, stream=True, timeout=30)
        assert self.answer.status_code == 200, self.answer.text
        assert self.answer.headers["Content-Type"] == "text/event-stream" and "no-store" in self.answer.headers["Cache-Control"]
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        name = None
        for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self.told.append((name, json.loads(line.removeprefix("data: "))))
        self.is_over.set()

    def heard(self, name, seconds=5):
        """What was told under this name, once there is something."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and name not in [told for told, _ in self.told]:
            time.sleep(0.01)
        return [data for told, data in self.told if told == name]
