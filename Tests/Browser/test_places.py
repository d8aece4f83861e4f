"""Adam keeps the places of a house, ticks them for people, reads who has what, and deletes somebody: with and without scripts, on a phone, by
keyboard."""

import pytest

from Contract.cast import PASSWORD

LIST = """name,kind,parent
Main building,building,
Floor 1,floor,Main building
Floor 2,floor,Main building
101,room,Main building/Floor 1
102,room,Main building/Floor 1
201,room,Main building/Floor 2
"""


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def adam(request, cast, sits_down, size):
    if not request.param and size == "phone":
        pytest.skip("one of them is enough")
    shots = {} if request.param else {"shots": "nojs"}
    person = sits_down(cast.server, size, scripts=request.param, **shots)
    return person.sign_in(cast.adam.username, PASSWORD)


def house(cast):
    """The places of the list, by name."""
    made = cast.north.inside.post("/places/import", {"csv": LIST}, expect=200)
    return {row["name"]: row["id"] for row in made["rows"]}


def test_the_tree(cast, adam):
    adam.go("Locations").sees("No places yet").look("places-empty")
    adam.follow("Import")
    adam.page.locator("#lines").fill(LIST.replace("room,Main building/Floor 2", "room,Main building/Floor 3"))
    adam.press("Show what it would do").sees("Line 7", "no place Main building/Floor 3").look("places-import-wrong")
    adam.page.locator("#lines").fill(LIST)
    adam.press("Show what it would do").sees("All of these are new").look("places-import")
    adam.press("Import 6 places").is_at("/settings/places").sees("The list was imported", "6 places").look("places")
    adam.menu("Main building", "Add a place here").look("place-new")
    adam.page.locator("#name").fill("Floor 10")
    adam.press("Add place").sees("The place was added", "Floor 10")
    adam.go("Locations").page.locator("summary", has_text="Floor 1").first.click()
    adam.sees("101").menu("101", "Rename or move").look("place-edit")
    adam.page.locator("#name").fill("Suite 101")
    adam.page.locator("#parent").select_option(label="\u2003Floor 2")
    adam.press("Save changes").sees("The place was saved", "Suite 101")
    adam.go("Locations").menu("Main building", "Delete").sees("cannot be deleted yet", "Floor 10").look("place-delete-held")
    adam.page.keyboard.press("Escape") if adam.scripts else adam.follow("Back")
    adam.go("Locations").page.locator("summary", has_text="Floor 2").first.click()
    adam.menu("201", "Delete").look("place-delete").answer("Delete").sees("The place was deleted").sees_not(">201<")
    adam.close()


def test_ticking_floors(cast, adam):
    places = house(cast)
    una = cast.una
    adam.open(f"/settings/users/{una.id}/edit")
    adam.page.locator("#places").scroll_into_view_if_needed()
    adam.page.locator(f"#place-{places['Floor 1']}").check()
    if adam.scripts:
        room = adam.page.locator(f"#place-{places['101']}")
        assert room.is_checked() and room.is_disabled(), "a ticked floor covers its rooms"
        adam.page.locator(f"#place-{places['Floor 1']}").uncheck()
        assert not room.is_checked() and room.is_enabled()
        adam.page.locator(f"#place-{places['Floor 1']}").check()
    else:
        adam.page.locator(f"#place-{places['101']}").check()
    adam.page.evaluate("scrollTo(0, 0)")
    adam.look("user-places")
    adam.press("Save changes").sees("The user was saved", "Floor 1", "Main building").look("user-with-places")
    assert cast.north.inside.get(f"/users/{una.id}", expect=200)["places"] == [places["Floor 1"]]
    adam.open(f"/settings/users/{una.id}/edit").tick("All places, current and future")
    if adam.scripts:
        assert adam.page.locator(".ticks").is_hidden()
    adam.press("Save changes").sees("All places, current and future")
    assert cast.north.inside.get(f"/users/{una.id}", expect=200)["places"] == "all"
    adam.open(f"/settings/users?place={places['201']}").sees("Una Berg", "Adam Berg").sees_not("Rita")
    adam.close()


def test_who_has_what(cast, adam):
    _ = cast.una, cast.uwe, cast.rita, house(cast)
    adam.open("/settings/users?view=access").sees("Una Berg").look("users-matrix")
    cell = adam.page.locator("tr", has_text="Rita").locator("[data-reason]").first
    assert cell.get_attribute("aria-label") == "Sessions: Full, from Supervisor"
    adam.page.locator("summary", has_text="Screen").click()
    adam.page.locator("#screen").select_option("users")
    adam.page.locator("#level").select_option("full")
    adam.look("users-matrix-filter")
    adam.press("Show")
    adam.page.wait_for_url("**screen=users*")
    adam.sees("Adam Berg").sees_not("Rita").look("users-matrix-filtered")
    adam.page.locator("a.chip").click()
    adam.sees("Rita Berg")
    adam.close()


def test_who_has_what_by_keyboard(cast, sits_down):
    _ = cast.una, cast.uwe
    adam = sits_down(cast.server).sign_in(cast.adam.username, PASSWORD).open("/settings/users?view=access")
    page = adam.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('[data-reason]')"):
            break
    first = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert page.locator(".tip").inner_text() == first, "why is shown on focus"
    page.keyboard.press("ArrowRight")
    second = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert second != first and page.locator(".tip").inner_text() == second
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')").split(":")[0] == second.split(":")[0]
    adam.look("users-matrix-keyboard")
    page.keyboard.press("Escape")
    assert page.locator(".tip").count() == 0
    page.keyboard.press("Tab")
    assert not page.evaluate("() => document.activeElement.matches('[data-reason]')"), "a row is one stop"
    adam.close()


def test_in_the_dark(cast, sits_down, size):
    places = house(cast)
    _ = cast.una, cast.rita
    adam = sits_down(cast.server, size, dark=True, shots=f"dark-{size}").sign_in(cast.adam.username, PASSWORD)
    adam.open("/settings/places").look("places")
    adam.open("/settings/users?view=access").look("users-matrix")
    adam.open(f"/settings/users/{cast.una.id}/edit").look("user-places")
    adam.open(f"/settings/places/{places['Floor 1']}/delete").look("place-delete-held")
    adam.close()


def test_deleting_somebody(cast, adam):
    cast.north.inside.patch("/settings/security", {"user_deletion": True}, expect=200)
    session = cast.session(cast.una)
    adam.open("/settings/users").menu("Una Berg", "Delete").sees("Delete Una Berg?", "1 session").look("user-delete")
    adam.page.locator("#to").select_option(index=0)
    adam.answer("Delete").sees("The user was deleted").sees_not("Una Berg")
    cast.una.api.get("/me", expect=401)
    assert cast.north.inside.get(f"/sessions/{session['id']}", expect=200)["owner"]["name"] == "Una Berg"
    adam.close()


def test_who_has_what_of_a_large_dashboard(cast, sits_down, size):
    """Thirty screens with long names, roles that read some and do others, people with several roles."""
    inside = cast.north.inside
    names = ["Control center", "Reporting of the energy that each building takes", "Heating, ventilation and air conditioning", "Curtains", "Lighting"]
    screens = [{"id": f"part-{number}", "label": f"{names[number % 5]} {number}"} for number in range(23)]
    inside.put("/catalogue", inside.get("/catalogue", expect=200) | {"screens": screens}, expect=200)
    some = {f"part-{number}": {"level": "full" if number % 3 else "read"} for number in range(0, 23, 2)}
    front = inside.post("/roles", {"name": "Front office", "description": "At the desk.", "screens": some}, expect=201)["id"]
    rest = {f"part-{number}": {"level": "read"} for number in range(1, 23, 3)} | {"users": {"level": "read"}}
    night = inside.post("/roles", {"name": "Night audit", "description": "At night.", "screens": rest}, expect=201)["id"]
    for number, roles in enumerate([[front], [night], [front, night], [cast.user_role, night]] * 3):
        cast.north.user(f"Person{number}", cast.user_role)
        user = next(user for user in inside.items("/users") if user["first_name"] == f"Person{number}")
        inside.patch(f"/users/{user['id']}", {"roles": roles}, expect=200)
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.open("/settings/users").sees("Person3").look("users-matrix-large")
    if size == "desktop":
        # The menu of a row is at hand without scrolling sideways, and nothing cuts it off.
        for row in ("Person11 Berg", "Person0 Berg"):
            opener = adam.page.get_by_label(f"Actions for {row}", exact=True)
            opener.scroll_into_view_if_needed()
            opener.click()
            for entry in adam.page.locator("details.menu[open] .menu-item").all():
                box = entry.bounding_box()
                assert 0 <= box["x"] and box["x"] + box["width"] <= 1280 and 0 <= box["y"] and box["y"] + box["height"] <= 900, f"{row}: {box}"
                entry.click(trial=True)
            adam.look(f"users-matrix-menu-{row.split()[0]}")
            adam.page.keyboard.press("Escape")
    assert "Front office" in adam.page.locator("tr", has_text="Person2").locator("[data-reason]").first.get_attribute("aria-label")
    adam.close()
