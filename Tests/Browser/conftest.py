import pytest

from Browser.console import CHROMIUM, SIZES, Person
from Contract.cast import Cast


FAKE_CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="session")
def chromium(playwright):
    """Starts browsers."""
    running = []

    def start(*flags):
        running.append(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", *flags]))
        return running[-1]

    yield start
    for browser in running:
        browser.close()


@pytest.fixture(scope="session")
def browser(chromium):
    return chromium()


@pytest.fixture(scope="session")
def filming(chromium):
    """A browser on a machine with a camera."""
    return chromium(*FAKE_CAMERA)


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def sits_down(request, browser):
    """Makes a person at a browser of their own: `sits_down(server, "phone")`, `camera=True` for one with a camera."""
    people = []

    def make(server, size="desktop", camera=False, **options):
        people.append(Person(request.getfixturevalue("filming") if camera else browser, server, size, camera=camera, **options))
        return people[-1]

    yield make
    for person in people:
        person.context.close()


@pytest.fixture
def cast(fresh):
    """The cast on a server of this test's own."""
    return Cast(fresh)
