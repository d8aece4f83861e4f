"""Somebody who comes through nginx with a program: a person's login or a device's token."""

import json
import threading
import time

import requests

from support.server import Api


class Guest:
    def __init__(self, origin, token=None):
        self.origin, self.token = origin, token
        self.http = requests.Session()
        self.http.trust_env = False
        self.api = Api(origin, token)

    @classmethod
    def sign_in(cls, origin, username, password):
        answer = Api(origin).post("/logins", {"username": username, "password": password, "take_over": True}, expect=201)
        return cls(origin, answer["token"])

    def ask(self, path, method="GET", expect=None, headers=None, **options):
        """The answer at this path below /dashboard/, or its JSON after the status was found to be that."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | (headers or {})
        answer = self.http.request(method, f"{self.origin}/dashboard/{path}", headers=headers, timeout=30, allow_redirects=False, **options)
        if expect is None:
            return answer
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} and not {expect}\n{answer.text[:1000]}"
        return answer.json() if answer.content else None

    def page(self, path, expect=200):
        """A page's text, as a browser would ask for it."""
        answer = self.ask(path, headers={"Accept": "text/html"})
        assert answer.status_code == expect, f"{path}: {answer.status_code} and not {expect}\n{answer.text[:1000]}"
        return answer.text

    def switch(self, number, what, value, expect=200):
        return self.ask(f"rooms/{number}/{what}", "POST", expect=expect, json={"value": value})

    def rooms(self, **parameters):
        return [room["number"] for room in self.ask("api/rooms", expect=200, params=parameters)["rooms"]]

    # MARK: as a device

    def access_token(self, credentials, expect=200):
        answer = self.http.post(
            f"{self.origin}/oauth/token", data={"grant_type": "client_credentials"}, auth=(credentials["client_id"], credentials["client_secret"]), timeout=30)
        assert answer.status_code == expect, answer.text
        return answer.json().get("access_token")

    def reads(self, number, expect=200, **reading):
        return self.ask(f"devices/rooms/{number}", "POST", expect=expect, json={"temperature": 21.5} | reading)


class Listener:
    """An open page's stream: `told` are names and data of what came, `ended_at` when the connection was over."""

    def __init__(self, guest, headers=None):
        self.told, self.ended_at = [], None
        headers = {"Authorization": f"Bearer {guest.token}"} | (headers or {})
        self.answer = requests.get(f"{guest.origin}/dashboard/stream", headers=headers, stream=True, timeout=30)
        assert self.answer.status_code == 200, self.answer.text
        assert self.answer.headers["Content-Type"] == "text/event-stream"
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        self.waits_for_life()

    def _listen(self):
        name = None
        self.lines = 0
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                self.lines += 1
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.told.append((name, json.loads(line.removeprefix("data: "))))
        except requests.RequestException:
            pass
        self.ended_at = time.monotonic()

    def waits_for_life(self):
        """Until the stream has looked once more whether its login lives."""
        seen = getattr(self, "lines", 0)
        self.until(lambda: getattr(self, "lines", 0) > seen + 1)

    def until(self, holds, seconds=10):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"never came; told were {self.told}"
            time.sleep(0.01)

    def heard(self, name, where=lambda data: True):
        """The first thing of this name, once it was told."""
        self.until(lambda: any(one == name and where(data) for one, data in self.told))
        return next(data for one, data in self.told if one == name and where(data))

    def rooms(self):
        return {data["number"] for name, data in self.told if name == "room"}
