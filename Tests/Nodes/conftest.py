import statistics

import pytest

from support.mail import Sink
from support.nodes import Nodes
from support.postgres import Postgres
from support.server import temporary_folder

TIMES = pytest.StashKey[list]()


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL that tests share, each with databases of its own. It does not sync: nothing pulls its plug."""
    with Postgres("fsync=off", "full_page_writes=off") as server:
        yield server


@pytest.fixture
def folder():
    with temporary_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def nodes(postgres, sink):
    """Two nodes that the tests of one file share, with a test clock each and one mail server."""
    with temporary_folder() as folder:
        with Nodes(folder, postgres, "--mail", f"smtp://127.0.0.1:{sink.port}") as running:
            yield running


@pytest.fixture(scope="session")
def times(request):
    """How long after its end on one node each credential was refused by the other, in seconds: shown when all is over."""
    return request.config.stash.setdefault(TIMES, [])


def pytest_terminal_summary(terminalreporter, config):
    times = config.stash.get(TIMES, [])
    if times:
        terminalreporter.write_line(
            f"{len(times)} credentials that ended on one node were refused by the other after {1000 * statistics.median(times):.0f} ms (median), "
            f"at most {1000 * max(times):.0f} ms")
