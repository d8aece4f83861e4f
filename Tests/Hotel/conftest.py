"""A hotel's dashboard behind nginx and Latchkey, all of it real (Examples/HotelDashboard), which the tests of this folder share."""

import shutil
import sys

import pytest

from Browser.console import CHROMIUM, SIZES, Person
from Hotel.guest import Guest
from support import server as servers_of_tests
from support.server import ROOT, binary, environment, temporary_folder

sys.path.insert(0, str(ROOT / "Examples" / "HotelDashboard"))

from stack import free_port  # noqa: E402

from Hotel.house import House  # noqa: E402

TIMES = pytest.StashKey[list]()


@pytest.fixture(scope="session")
def house():
    """Latchkey, nginx and the dashboard on a seeded hotel; the rooms' controllers are played by the tests."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin"):
        pytest.fail("there is no nginx: run `make setup-tests`")
    with temporary_folder() as folder:
        more = {}
        if servers_of_tests.database_of:
            more["LATCHKEY_DATABASE"] = servers_of_tests.database_of(str(folder / "data"))
        with House(folder / "data", binary(), free_port(), environment=environment(**more), controllers=False) as house:
            yield house
        said = house.log("dashboard").read_text(errors="replace")
        assert "Traceback" not in said, said[-3000:]


@pytest.fixture
def guest(house):
    """Somebody who signs in through nginx, without a browser: `guest("una")`; their earlier login ends with it."""

    def sign_in(username):
        password = next(person["password"] for person in house.people if person["username"] == username)
        return Guest.sign_in(house.origin, username, password)

    return sign_in


@pytest.fixture
def adam(guest):
    """Latchkey's API as the hotel's manager."""
    return guest("adam").api


@pytest.fixture
def people(adam):
    """The users of the hotel by their names."""
    return {user["username"]: user for user in adam.items("/users")}


@pytest.fixture
def stranger(house):
    """Somebody whom nobody knows."""
    return Guest(house.origin)


@pytest.fixture
def device(house):
    """A room controller with a fresh access token."""

    def make(credentials=None):
        token = Guest(house.origin).access_token(credentials or house.devices)
        return Guest(house.origin, token)

    return make


@pytest.fixture(scope="session")
def times(request):
    """How long after its login's end a page was stopped, in seconds: shown when all is over."""
    return request.config.stash.setdefault(TIMES, [])


def pytest_terminal_summary(terminalreporter, config):
    times = config.stash.get(TIMES, [])
    if times:
        terminalreporter.write_line(f"{len(times)} open streams ended after their login did: {', '.join(f'{1000 * one:.0f} ms' for one in sorted(times))}")


@pytest.fixture(scope="session")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
    yield browser
    browser.close()


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def sits_down(house, chromium):
    """A person at a browser, who comes to the dashboard, is led to Latchkey's sign-in, and back."""
    people = []

    def make(username, path="/dashboard/", size="desktop", **options):
        person = Person(chromium, house, size, **options)
        people.append(person)
        password = next(one["password"] for one in house.people if one["username"] == username)
        person.open(path).fill(Username=username, Password=password).press("Sign in")
        if person.page.get_by_role("button", name="Close it and continue here").count():
            person.press("Close it and continue here")
        return person

    yield make
    for person in people:
        person.context.close()
