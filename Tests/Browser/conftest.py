import pytest
from playwright.sync_api import sync_playwright

from Browser.console import CHROMIUM, SIZES, Person
from Contract.cast import Cast


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield running
        running.close()


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def sits_down(browser):
    """Makes a person at a browser of their own: `sits_down(server, "phone")`."""
    people = []

    def make(server, size="desktop", **options):
        people.append(Person(browser, server, size, **options))
        return people[-1]

    yield make
    for person in people:
        person.context.close()


@pytest.fixture
def cast(fresh):
    """The cast on a server of this test's own."""
    return Cast(fresh)
