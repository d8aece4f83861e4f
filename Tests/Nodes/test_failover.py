"""Two failovers under load: what was acknowledged is on the standby too, whoever is the primary; nothing is lost, nothing done twice."""

import time

import pytest

from Contract.cast import Branch
from support.nodes import Nodes, working
from support.postgres import Postgres

from .test_lost_database import wait_for_more
from .writers import Writer, require_everything_once

REPLICATED = ("wal_level=replica", "max_wal_senders=8", "wal_keep_size=128", "wal_retrieve_retry_interval=200ms", "hot_standby=on")
SERVICE_IS_BACK = 20


@pytest.fixture
def pair():
    """A primary, and a standby that has on disk what the primary acknowledges."""
    with Postgres(*REPLICATED) as primary, Postgres(*REPLICATED) as standby:
        standby.follow(primary)
        primary.require_standby()
        yield primary, standby


@pytest.fixture
def nodes(pair, folder):
    primary, standby = pair
    with Nodes(folder, primary, test_clock=False, standbys=[standby]) as running:
        yield running


def test_nothing_is_lost_or_done_twice(nodes, pair):
    branch = Branch(nodes.a, nodes.a.sign_in(), "North branch")
    key = branch.key("Road checks")
    una, uwe = (branch.user(name, branch.role("USER"), [key]) for name in ("Una", "Uwe"))
    writers = [Writer(nodes.all, una.api.token, key.id, number) for number in range(6)]
    primary, standby = pair
    with working(writers):
        wait_for_more(writers, 5)
        branch.inside.post(f"/users/{uwe.id}/disable", expect=200)
        for seconds_to_notice in (5, 0):  # the first is longer than a node waits for a connection
            primary.stop()
            time.sleep(seconds_to_notice)
            standby.promote()
            standby.require_nobody()
            promoted = time.monotonic()
            wait_for_more(writers, 1, SERVICE_IS_BACK)
            print(f"service was back {time.monotonic() - promoted:.1f} s after the standby was the primary")
            for node in nodes.all:
                assert node.api(una.api.token).get("/me").status_code == 200
                assert node.api(uwe.api.token).get("/me").status_code == 401
            primary.follow(standby)
            primary, standby = standby, primary
            primary.require_standby()
            wait_for_more(writers, 5)
    assert sum(writer.asked_again for writer in writers) > 0
    require_everything_once(writers, una.api)
    assert all(line.startswith("intact ") for line in nodes.a.command("history", "verify").stdout.splitlines())
