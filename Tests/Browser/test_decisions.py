"""Adam asks who can do something, and looks at what somebody would see."""

import pytest

from Contract.cast import PASSWORD


@pytest.fixture(autouse=True)
def people(cast):
    """They are made when they are first named."""
    return cast.una, cast.uwe


def ask(person, what, level):
    person.page.locator("#what").select_option(label=what)
    person.page.locator("#level").select_option(label=level)
    return person.press("Show")


def test_who_can_do_this(cast, sits_down, size):
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.go("Users").follow("Who can do this?").sees("Everybody who may").look("who-can")
    ask(adam, "Sessions", "Full").sees("Una Berg", "Uwe Berg", "USER", "ADMIN").look("who-can-found")
    ask(adam, "Users", "Full").sees("ADMIN").sees_not("Una Berg").look("who-can-one")
    # The question is in the URL, to be sent to a colleague.
    assert "what=screen%3Ausers" in adam.page.url
    ask(adam, "Sessions", "Read")
    adam.page.locator("main").get_by_role("link", name="Una Berg").click()
    adam.sees("can see, and why").follow("See as").sees("You are not acting as this person", "The menu", "their own").look("see-as")
    adam.page.locator("main").get_by_role("link", name="Why?").click()
    adam.sees("can see, and why")
    adam.close()


def test_without_scripts_and_in_the_dark(cast, sits_down, size):
    adam = sits_down(cast.server, size, scripts=False, dark=True, shots=f"{size}-dark-plain").sign_in(cast.adam.username, PASSWORD)
    adam.open("/settings/users/who-can")
    ask(adam, "Sessions", "Full").sees("Una Berg").look("who-can-found")
    adam.open(f"/settings/users/{cast.una.id}/see-as").sees("You are not acting as this person").look("see-as")
    adam.close()


def test_in_the_dark(cast, sits_down, size):
    adam = sits_down(cast.server, size, dark=True, shots=f"{size}-dark").sign_in(cast.adam.username, PASSWORD)
    adam.open("/settings/users/who-can?what=screen:sessions&level=read").sees("Una Berg").look("who-can-found")
    adam.open(f"/settings/users/{cast.una.id}/see-as").look("see-as")
    adam.close()


def test_by_keyboard_alone(cast, sits_down):
    adam = sits_down(cast.server).sign_in(cast.adam.username, PASSWORD).open("/settings/users/who-can")
    adam.page.locator("#what").focus()
    for key in ("S", "e", "s"):
        adam.page.keyboard.press(key)
    adam.page.keyboard.press("Tab")
    adam.page.keyboard.press("f")
    adam.page.keyboard.press("Tab")
    adam.page.keyboard.press("Enter")
    adam.sees("Una Berg")
    assert "what=screen%3Asessions&level=full" in adam.page.url
    adam.close()
