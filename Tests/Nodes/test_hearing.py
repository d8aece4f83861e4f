"""A node that does not hear the others, or did not for a while, remembers nothing that they may have ended; and it hears what happens on them."""

import contextlib
import itertools
import os
import signal
import time

import pytest

from Contract.cast import Branch
from support.live import Listener

NUMBERS = itertools.count(1)


@pytest.fixture
def branch(nodes):
    return Branch(nodes.a, nodes.a.sign_in(), f"Hearing{next(NUMBERS)} branch")


@pytest.fixture
def listening(nodes, postgres):
    """The processes of the database that hand announcements over to the nodes."""
    def find():
        database = nodes.database
        return {int(pid) for pid in postgres.rows(
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND query IN ('SELECT 1', 'LISTEN latchkey')", database)}
    return find


@contextlib.contextmanager
def frozen(processes):
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def refused_within(node, api, seconds):
    """After how long the node refuses this login, which it let in so far."""
    began = time.monotonic()
    while node.api(api.token).get("/me").status_code == 200:
        assert time.monotonic() - began < seconds, f"let in after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_node_that_hears_nothing_looks_each_time(nodes, branch, listening, times):
    una = branch.user("Una", branch.role("USER"))
    pids = listening()
    assert len(pids) == 2
    assert nodes.b.api(una.api.token).get("/me").status_code == 200
    with frozen(pids):
        branch.inside.post(f"/users/{una.id}/disable", expect=200)
        times.append(refused_within(nodes.b, una.api, seconds=5))
        # It goes on, slower.
        uwe = branch.user("Uwe", branch.role("USER"))
        for node in nodes.all:
            assert node.api(uwe.api.token).get("/me").status_code == 200
        time.sleep(1)
        branch.inside.post(f"/users/{uwe.id}/disable", expect=200)
        assert nodes.b.api(uwe.api.token).get("/me").status_code == 401, "it believed what it could not have heard is over"


def test_a_node_whose_way_was_cut_forgets_what_it_knew(nodes, postgres, branch, listening, times):
    una = branch.user("Una", branch.role("USER"))
    pids = listening()
    assert nodes.b.api(una.api.token).get("/me").status_code == 200
    for pid in pids:
        postgres.run(f"SELECT pg_terminate_backend({pid})")
    branch.inside.post(f"/users/{una.id}/disable", expect=200)
    times.append(refused_within(nodes.b, una.api, seconds=5))
    deadline = time.monotonic() + 10
    while len(listening() - pids) < 2:
        assert time.monotonic() < deadline, "a node does not listen again"
        time.sleep(0.05)
    assert nodes.b.api(una.api.token).get("/me").status_code == 401


def test_what_happens_on_one_is_told_on_the_other(nodes, branch):
    key = branch.key("Road checks")
    una, uwe = (branch.user(name, branch.role("USER"), [key]) for name in ("Una", "Uwe"))
    listeners = [Listener(nodes.b, person.api.token) for person in (una, uwe)]
    session = una.api.post("/sessions", {"api_key": key.id}, expect=201)["id"]
    assert listeners[0].heard("session") == [{"id": session}]
    branch.inside.post(f"/users/{una.id}/disable", expect=200)
    assert [ended["reason"] for ended in listeners[0].heard("ended")] == ["disabled"]
    assert listeners[0].is_over.wait(5)
    assert listeners[1].heard("session", seconds=0) == []
    branch.inside.post(f"/users/{uwe.id}/disable", expect=200)
    assert listeners[1].is_over.wait(5)
