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
