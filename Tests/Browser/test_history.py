"""Adam looks for what happened, sees what somebody was, and takes a change back."""

import pytest

from Contract.cast import PASSWORD


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
def test_what_happened_and_what_was(cast, sits_down, size, scripts):
    shots = size if scripts else f"{size}-dark-plain"
    adam = sits_down(cast.server, size, scripts=scripts, dark=not scripts, shots=shots).sign_in(cast.adam.username, PASSWORD)
    adam.open(f"/settings/users/{cast.una.id}/edit").fill(First_name="Unna").press("Save changes").sees("The user was saved")
    adam.go("History").fill(To_whom_or_what="una")
    adam.page.locator("#action").select_option(label="User: changed")
    adam.press("Show").sees("Una", "Unna", "changed the user").look("history")
    assert "subject=una" in adam.page.url and "action=user.changed" in adam.page.url
    # A name leads on, and a filter is taken off.
    adam.page.locator("ol.timeline").get_by_role("link", name="Adam").first.click()
    adam.page.get_by_role("link", name="Remove filter: What happened").click()
    adam.sees("changed the user")
    adam.fill(To_whom_or_what="nobody of this name").press("Show").sees("No entry fits what you asked for").look("history-none")
    adam.follow("Clear search and filters").sees("Nobody can edit or remove an entry").look("history-all")

    adam.open(f"/settings/users/{cast.una.id}/history").look("history-of-user")
    adam.follow("As it was on…").sees("as it was on", "Unna").look("as-of")
    adam.open(f"/settings/users/{cast.una.id}/as-of?at=2001-01-01").sees("This person was added later").look("as-of-nobody")
    adam.open(f"/settings/users/{cast.una.id}/history")
    adam.page.get_by_role("link", name="Restore First name: Una").first.click()
    adam.sees("It becomes as it was before", "Unna").look("restore").press("Restore").sees("The user was saved", "Una Berg")
    adam.follow("Edit")
    assert adam.field("First name").input_value() == "Una"
    adam.close()


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
def test_a_checkpoint_is_kept_and_a_persons_data_erased(cast, sits_down, size, scripts):
    shots = size if scripts else f"{size}-dark-plain"
    adam = sits_down(cast.server, size, scripts=scripts, dark=not scripts, shots=shots).sign_in(cast.adam.username, PASSWORD)
    adam.go("History").follow("Checkpoint").sees("Key").look("checkpoint")
    cast.adam.api.post(f"/users/{cast.una.id}/disable", expect=200)
    adam.open(f"/settings/users/{cast.una.id}/erase").sees("There is no way back").look("user-erase")
    adam.press("Erase for good").sees("Reason").look("user-erase-error")
    adam.fill(Reason="Asked for on 3 March; case 4711.").press("Erase for good").sees("The data was erased", "Nobody is deleted").look("user-erased")
    adam.go("History").sees("What was said here was erased").sees_not("Una Berg").look("history-erased")
    adam.close()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_what_administrators_must_show_is_set_by_keyboard_alone(fresh, sits_down, size):
    olive = sits_down(fresh, size).sign_in().is_at("/accounts").open("/enterprise/security").look("enterprise-security")
    page = olive.page
    page.locator("main input[type=radio]:checked").first.focus()
    for key in ("ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    for _ in range(30):
        if page.evaluate("document.activeElement.matches('main form button[type=submit]')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    olive.sees("It holds at once").close()
