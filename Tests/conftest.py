"""What every Python test may ask for: a data directory, a server on it, and Olive, who owns the enterprise."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support import server as servers_of_tests  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.server import Server, init, temporary_folder  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def database():
    """With LATCHKEY_TEST_DATABASE=postgres every data directory has its data in a throw-away PostgreSQL."""
    if os.environ.get("LATCHKEY_TEST_DATABASE") != "postgres":
        yield
        return
    with Postgres("fsync=off") as postgres:
        urls = {}

        def database_of(data):
            if data not in urls:
                urls[data] = postgres.url(postgres.database())
            return urls[data]

        servers_of_tests.database_of = database_of
        yield
        servers_of_tests.database_of = None


@pytest.fixture(scope="session")
def playwright():
    """Drives browsers, for all folders of tests in one run: a second one beside it would not start."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def data():
    """A data directory that does not exist yet."""
    with temporary_folder() as folder:
        yield folder / "data"


@pytest.fixture
def serve():
    """Starts servers, `serve(data, *flags, **options)`, and stops those that still run when the test is over."""
    servers = []

    def start(data, *flags, wait=True, **options):
        server = Server(data, *flags, **options)
        servers.append(server)
        return server.start(wait=wait)

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def fresh(data, serve):
    """A server of one's own: set up, with a test clock, nothing in it but Olive."""
    init(data)
    return serve(data)


@pytest.fixture(scope="module")
def server():
    """A server that the tests of one file share: set up, with a test clock."""
    with temporary_folder() as folder:
        init(folder / "data")
        with Server(folder / "data") as running:
            yield running


@pytest.fixture(scope="module")
def olive(server):
    """The API as Olive, the first administrator, on the shared server."""
    return server.sign_in()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the last lines of the logs of the servers that ran."""
    report = yield
    if report.failed:
        for server in Server.running:
            last = "\n".join(server.log.splitlines()[-40:])
            report.sections.append((f"log of the server on port {server.port}", last))
    return report
