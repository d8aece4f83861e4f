"""Work that comes by itself is done once, however many nodes there are to do it, and whichever of them is killed meanwhile."""

import collections
import time

import pytest

from Contract.cast import Branch
from support.mail import Sink
from support.nodes import Nodes, at_once


@pytest.fixture
def sink():
    with Sink(delay=0.05) as sink:
        yield sink


@pytest.fixture
def nodes(postgres, folder, sink):
    with Nodes(folder, postgres, "--mail", f"smtp://127.0.0.1:{sink.port}") as running:
        yield running


@pytest.fixture
def branch(nodes):
    return Branch(nodes.a, nodes.a.sign_in(), "North branch")


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"it did not come true within {seconds} s"
        time.sleep(0.05)


def test_each_session_past_its_deadline_is_marked_once(nodes, postgres, branch):
    key = branch.key("Short", session_expiry="1h")
    made = set()
    for _ in range(14):
        made |= set(at_once(16, lambda number: nodes.all[number % 2].api(key.secret).post("/sessions", {}, expect=201)["id"]))
    nodes.move_clock(minutes=61)  # and within 15 s both look

    def marked():
        return postgres.rows("SELECT session FROM session_events WHERE type = 'session.expired'", nodes.database)

    wait_for(lambda: len(marked()) >= len(made))
    time.sleep(1)
    assert sorted(marked()) == sorted(made)
    inside = nodes.b.api(nodes.b.sign_in().post(f"/accounts/{branch.id}/switch", {}, expect=201)["token"])
    entries = [entry["subject"]["id"] for entry in inside.items("/history", action="session.expired", limit=200)]
    assert sorted(entries) == sorted(made)
    assert nodes.a.command("history", "verify").stdout.count("intact ") >= 2


def test_each_mail_is_sent_once_whichever_node_is_killed(nodes, postgres, branch, sink):
    role, wanted = branch.role("USER"), set()

    def order(burst):
        def user(number):
            email = f"pia{burst}n{number}@mail.example"
            body = {"email": email, "first_name": "Pia", "last_name": "Berg", "roles": [role], "api_keys": []}
            nodes.all[number % 2].api(branch.inside.token).post("/users", body, expect=201)
            return email
        wanted.update(at_once(20, user))

    def states():
        return collections.Counter(postgres.rows("SELECT state FROM outbox", nodes.database))

    def only_the_dead_hold():
        """Nothing has moved for two seconds, and a mail takes 0.05."""
        before = states()
        time.sleep(2)
        return states() == before

    for burst, killed in enumerate(nodes.all):
        order(burst)
        sink.wait(len(wanted) - 16)
        killed.kill()
        # The other goes on, and takes over what the killed one had taken when its lease is over.
        other, = set(nodes.all) - {killed}
        order_without = states()
        assert order_without["waiting"] + order_without["taken"] + order_without["handing"] > 0, "too late: nothing was under way"
        wait_for(lambda: states()["waiting"] == 0 and only_the_dead_hold())
        # Leases are by the database's time, which no test moves: so they are moved.
        postgres.run("UPDATE outbox SET leased_until = leased_until - 360000 WHERE leased_until IS NOT NULL", nodes.database)
        wait_for(lambda: not {"waiting", "taken", "handing"} & states().keys())
        assert other.process.poll() is None
        killed.start()
    got = collections.Counter(mail.to for mail in sink.mails)
    assert [to for to, times in got.items() if times > 1] == [], "a mail came twice"
    # A node hands over one mail at a time: of that one nobody knows.
    found = states()
    assert found["sent"] + found["unknown"] == len(wanted) and found["unknown"] <= 2, found
    assert found["sent"] <= len(got) and got.keys() <= wanted
