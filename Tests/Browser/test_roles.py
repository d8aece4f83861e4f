"""Adam keeps roles: makes one, gives it, sees who gains and loses by a change, copies it, and lets it go with another for its holders."""

import pytest

from Contract.cast import PASSWORD


def choose(person, name, value):
    """One of the segments of a row, by its label: the box itself is for readers of the screen."""
    box = person.page.locator(f"[name='{name}'][value={value}]")
    person.page.locator(f"label[for='{box.get_attribute('id')}']").click()
    assert box.is_checked()


def desk(cast, name, **screens):
    body = {"name": name, "description": "Answers the phone.", "screens": {screen: {"level": level} for screen, level in screens.items()}}
    return cast.north.inside.post("/roles", body, expect=201)["id"]


def test_roles(cast, sits_down, size):
    una, uwe = cast.una, cast.uwe
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.go("Roles").sees("ADMIN", "USER", "These came with the account").look("roles-built-in")
    adam.follow("Create role").look("role-new")
    adam.page.locator("#name").fill("Front desk")
    adam.page.locator("#description").fill("Knows everybody, and changes nobody.")
    adam.press("Create role").sees("A role must grant at least one screen or function.").look("role-new-error")
    choose(adam, "screens.users.level", "read")
    choose(adam, "screens.sessions.level", "full")
    choose(adam, "screens.sessions.reach", "all")
    adam.press("Create role").heading("Front desk").sees("The role was created", "Nobody").look("role")
    path = adam.page.url.removeprefix(cast.server.url).split("?")[0]
    role = path.rsplit("/", 1)[1]
    for person in (una, uwe):
        roles = [role, cast.user_role] if person is uwe else [role]
        cast.north.inside.patch(f"/users/{person.id}", {"roles": roles}, expect=200)
    adam.follow("Edit")
    choose(adam, "screens.users.level", "none")
    choose(adam, "screens.history.level", "read")
    choose(adam, "screens.sessions.reach", "own")
    adam.press("Save changes").sees("Nothing is saved yet", "Held by 2 people: 2 gain and 2 lose something.").look("role-asked")
    adam.page.locator("summary", has_text="Who they are").click()
    adam.sees("Una Berg", "Uwe Berg").look("role-asked-who")
    assert una.api.get("/users").status_code == 200
    adam.press("Save for all of them").sees("The role was saved").look("role-saved")
    assert una.api.get("/users").status_code == 403
    adam.page.locator("nav.tabs").get_by_role("link", name="Held by").click()
    adam.sees("Una Berg", "Uwe Berg", "2 of 2").look("role-holders")
    adam.page.locator("nav.tabs").get_by_role("link", name="History").click()
    adam.sees("changed the role", "created the role").look("role-history")
    adam.follow("Duplicate").look("role-duplicate")
    adam.press("Create role").heading("Copy of Front desk")
    copy = adam.page.url.removeprefix(cast.server.url).split("?")[0].rsplit("/", 1)[1]
    adam.go("Roles").sees("Copy of Front desk", "2 people").look("roles")
    adam.menu("Front desk", "Delete").sees("It is held by 2 people.").look("role-delete-held")
    adam.page.locator("#move-to").select_option(copy)
    adam.press("See what changes").sees("nobody gains or loses anything").look("role-delete-asked")
    adam.press("Move 2 people and delete").sees("The role was deleted").look("roles-deleted")
    assert cast.north.inside.get(f"/users/{una.id}").json()["roles"] == [copy]
    adam.go("Users").page.locator("main").get_by_role("link", name="Copy of Front desk").first.click()
    adam.heading("Copy of Front desk")
    unused = desk(cast, "Night desk", history="read")
    adam.go("Roles").menu("Night desk", "Delete").answer("Delete")
    adam.sees("The role was deleted").sees_not(unused)
    adam.close()


def test_roles_without_scripts(cast, sits_down):
    adam = sits_down(cast.server, scripts=False, shots="nojs").sign_in(cast.adam.username, PASSWORD)
    role = desk(cast, "Front desk", users="read")
    cast.north.inside.patch(f"/users/{cast.una.id}", {"roles": [role]}, expect=200)
    adam.go("Roles").menu("Front desk", "Edit")
    choose(adam, "screens.users.level", "full")
    adam.press("Save changes").sees("1 gain and 0 lose").look("role-asked")
    adam.press("Save for all of them").sees("The role was saved")
    adam.go("Roles").menu("Front desk", "Delete").page.locator("#move-to").select_option(cast.user_role)
    adam.press("See what changes").sees("Who gains and loses what").press("Move 1 person and delete").sees("The role was deleted")
    adam.close()


@pytest.mark.parametrize("dark_size", ["desktop", "phone"])
def test_roles_in_the_dark(cast, sits_down, dark_size):
    role = desk(cast, "Front desk", users="read", history="read")
    cast.north.inside.patch(f"/users/{cast.una.id}", {"roles": [role, cast.user_role]}, expect=200)
    adam = sits_down(cast.server, dark_size, dark=True, shots=f"dark-{dark_size}").sign_in(cast.adam.username, PASSWORD)
    adam.go("Roles").look("roles").open(f"/settings/roles/{role}").look("role").open(f"/settings/roles/{role}/edit").look("role-edit")
    choose(adam, "screens.users.level", "none")
    choose(adam, "screens.roles.level", "read")
    adam.press("Save changes").sees("1 gain and 1 lose").look("role-asked")
    adam.close()


def test_a_role_by_keyboard_alone(cast, sits_down):
    adam = sits_down(cast.server).sign_in(cast.adam.username, PASSWORD)
    adam.open("/settings/roles/new")
    keyboard = adam.page.keyboard

    def to(name):
        """Along the page until something of this name has the focus."""
        for _ in range(80):
            if adam.page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()") == name:
                return
            keyboard.press("Tab")
        raise AssertionError(f"the keyboard never came to {name}")

    to("name")
    keyboard.type("Front desk")
    to("description")
    keyboard.type("Knows everybody.")
    to("screens.users.level")
    adam.look("role-focus")
    keyboard.press("ArrowRight")
    to("screens.roles.level")
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    to("Create role")
    keyboard.press("Enter")
    adam.heading("Front desk")
    made = next(role for role in cast.north.inside.items("/roles") if role["name"] == "Front desk")
    assert made["screens"] == {"roles": {"level": "full"}, "users": {"level": "read"}}
    adam.close()


def test_a_supervisor_is_offered_what_they_hold(cast, sits_down, size):
    role = desk(cast, "Keeper", roles="full", users="read")
    cast.north.inside.patch(f"/users/{cast.una.id}", {"roles": [role]}, expect=200)
    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD)
    una.open("/settings/roles/new").sees("You do not hold this.", "You hold no more than Read.").look("role-new-less")
    assert una.page.locator("[name='screens.users.level'][value=full]").is_disabled()
    una.open("/settings/roles").sees("Keeper").look("roles-less")
    una.close()
