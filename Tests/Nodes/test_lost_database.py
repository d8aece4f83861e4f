"""The database goes away under load and comes back: until then 503, from memory too; afterwards all is well, and nothing was lost or done twice."""

import time

import pytest
import requests

from Contract.cast import Branch
from support.nodes import Nodes, at_once, working
from support.postgres import Postgres

from .writers import Writer, require_everything_once


@pytest.fixture
def postgres():
    """One of its own, on which acknowledged means on disk."""
    with Postgres() as server:
        yield server


@pytest.fixture
def nodes(postgres, folder):
    with Nodes(folder, postgres, test_clock=False) as running:
        yield running


def ask(node, path, token):
    if path == "/sign-in":
        return requests.get(node.url + path, headers={"Accept": "text/html"}, timeout=30)
    return node.api(token).get(path)


def test_while_it_is_gone_nobody_is_let_in_and_afterwards_all_is_well(nodes, postgres):
    branch = Branch(nodes.a, nodes.a.sign_in(), "North branch")
    key = branch.key("Road checks")
    una = branch.user("Una", branch.role("USER"), [key])
    writers = [Writer(nodes.all, una.api.token, key.id, number) for number in range(6)]
    pids = [node.pid for node in nodes.all]
    with working(writers):
        for _ in range(2):
            wait_for_more(writers, 5)
            postgres.stop()
            time.sleep(1.5)  # a second in which what is remembered still counts, and some more
            asked = [(node, path) for node in nodes.all for path in ("/me", "/sessions", "/readyz", "/sign-in")]
            began = time.monotonic()
            for (node, path), answer in zip(asked, at_once(len(asked), lambda number: ask(*asked[number], una.api.token))):
                assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, f"{path}: {answer.status_code} {answer.text}"
            # Nobody waits for what has been gone for a second.
            assert time.monotonic() - began < 3
            assert [node.api().get("/livez").status_code for node in nodes.all] == [200, 200]
            postgres.start()
            began = time.monotonic()
            for node in nodes.all:
                while node.api().get("/readyz").status_code != 200 or node.api(una.api.token).get("/me").status_code != 200:
                    assert time.monotonic() - began < 5, "it did not recover"
                    time.sleep(0.05)
                assert node.api(una.api.token).get("/sessions?limit=1").status_code == 200
        wait_for_more(writers, 5)
    assert sum(writer.asked_again for writer in writers) > 0
    require_everything_once(writers, una.api)
    assert pids == [node.pid for node in nodes.all] and all(node.process.poll() is None for node in nodes.all)
    assert all(line.startswith("intact ") for line in nodes.a.command("history", "verify").stdout.splitlines())


def wait_for_more(writers, count, seconds=20):
    """Until each has been acknowledged so many more."""
    before, deadline = [len(writer.made) for writer in writers], time.monotonic() + seconds
    while any(len(writer.made) < had + count for writer, had in zip(writers, before)):
        assert time.monotonic() < deadline and not any(writer.failure for writer in writers), [writer.failure for writer in writers]
        time.sleep(0.02)
