"""Events as they happen, over a real connection: they arrive, they end with the login, and they hold nothing up."""

import json
import signal
import threading
import time

import requests

from support.server import init


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


def test_a_session_arrives_where_it_is_seen_and_nowhere_else(server, cast):
    una, uwe = Listener(server, cast.una.api.token), Listener(server, cast.uwe.api.token)
    session = cast.una.api.post("/sessions", {"api_key": cast.road.id}, expect=201)["id"]
    assert una.heard("session") == [{"id": session}]
    assert uwe.heard("session", seconds=0.5) == []


def test_a_closed_login_is_told_and_its_stream_ends(server, cast):
    listener = Listener(server, cast.una.api.token)
    cast.north.inside.post(f"/users/{cast.una.id}/disable", expect=200)
    assert [ended["reason"] for ended in listener.heard("ended")] == ["disabled"]
    assert listener.is_over.wait(5)


def test_many_who_listen_do_not_hold_up_the_end_of_the_server(data, serve):
    init(data)
    own = serve(data)
    olive = own.sign_in()
    listeners = [Listener(own, olive.token) for _ in range(20)]
    started = time.monotonic()
    own.process.send_signal(signal.SIGTERM)
    assert own.process.wait(20) == 0
    assert time.monotonic() - started < 10
    assert all(listener.is_over.wait(5) for listener in listeners)
