"""Read is only read, none is not there, and what a function allows is asked for the room."""

import pytest

SCREENS = {"pulse": "pulse", "control-center": "control-center", "reporting": "reporting", "configuration": "configuration",
           "dashboard-settings": "dashboard-settings"}
HOLD = {
    "una": {"pulse", "control-center"}, "rita": {"control-center"}, "emil": {"control-center", "configuration", "reporting"},
    "rune": {"reporting"}, "adam": set(SCREENS)}


@pytest.mark.parametrize("name", HOLD)
def test_a_screen_that_is_not_granted_is_403_and_in_no_menu(guest, name):
    person = guest(name)
    for screen, path in SCREENS.items():
        is_held = screen in HOLD[name]
        text = person.page(path, expect=200 if is_held else 403)
        for other in SCREENS:
            assert (f'<a href="/dashboard/{other}"' in text) == (other in HOLD[name]), f"{other} in the menu of {path}"


def test_who_may_only_read_switches_nothing(guest):
    guest("emil").switch("102", "lighting", "off")
    rita = guest("rita")
    for what, value in (("lighting", "on"), ("curtains", "off"), ("hvac", 25), ("check-in", "Rita")):
        rita.switch("102", what, value, expect=403)
        form = rita.ask(f"rooms/102/{what}", "POST", data={"value": value}, headers={"Accept": "text/html"})
        assert form.status_code == 403
    assert rita.ask("api/rooms/102", expect=200)["light"] is False
    for page in ("control-center", "rooms/102"):
        assert 'method="post"' not in rita.page(page), f"there is something to press on {page}"


def test_who_may_switches_and_everybody_sees_it(guest):
    una = guest("una")
    assert una.switch("102", "lighting", "on")["light"] is True
    assert guest("rita").ask("api/rooms/102", expect=200)["light"] is True
    una.switch("102", "lighting", "off")


def test_a_screen_without_the_function_switches_nothing(guest, adam, people):
    """Una's Front office has the control center at full; what may be switched in a room is a function of another profile."""
    roles = {role["name"]: role["id"] for role in adam.items("/roles")}
    una, path = guest("una"), f"/users/{people['una']['id']}"
    try:
        adam.patch(path, {"roles": [roles["Front office"]]}, expect=200)
        assert una.ask("rooms/102/lighting", "POST", json={"value": "on"}).json()["detail"].endswith("(not_granted).")
        una.switch("102", "lighting", "on", expect=403)
        assert 'method="post"' not in una.page("control-center")
    finally:
        adam.patch(path, {"roles": [roles["Front office"], roles["Room controls"]]}, expect=200)
    una.switch("102", "lighting", "on")


def test_a_function_without_the_screen_at_full_switches_nothing(guest, adam, people):
    roles = {role["name"]: role["id"] for role in adam.items("/roles")}
    una, path = guest("una"), f"/users/{people['una']['id']}"
    try:
        adam.patch(path, {"roles": [roles["Housekeeping"], roles["Room controls"]]}, expect=200)
        una.switch("102", "lighting", "on", expect=403)
        assert 'method="post"' not in una.page("control-center")
    finally:
        adam.patch(path, {"roles": [roles["Front office"], roles["Room controls"]]}, expect=200)


def test_what_is_sent_is_judged_last(guest):
    una = guest("una")
    una.switch("102", "hvac", 99, expect=422)
    una.switch("102", "lighting", "perhaps", expect=422)
    una.switch("201", "hvac", 99, expect=404)
    guest("rita").switch("102", "hvac", 99, expect=403)
    una.switch("102", "doors", "on", expect=404)


def test_a_report_leaves_out_what_no_function_allows(guest):
    assert "energy" in guest("emil").ask("api/report", expect=200)["floors"][0]
    assert "energy" not in guest("rune").ask("api/report", expect=200)["floors"][0]


def test_the_configuration_of_a_floor_needs_full(guest, house):
    emil = guest("emil")
    assert emil.ask("configuration/1", "POST", data={"value": "20"}).status_code == 303
    assert guest("una").ask("configuration/1", "POST", data={"value": "25"}).status_code == 403
    assert emil.ask("configuration/9", "POST", data={"value": "20"}).status_code == 404
