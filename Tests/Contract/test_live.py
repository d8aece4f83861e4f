"""Events as they happen, over a real connection: they arrive, they end with the login, and they hold nothing up."""

import signal
import time

from support.live import Listener
from support.server import init


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
