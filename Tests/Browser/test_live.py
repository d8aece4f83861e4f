"""What happens elsewhere appears where somebody looks, and what somebody is at is not pulled away."""

import pytest
from playwright.sync_api import expect

from Contract.cast import PASSWORD


def test_sessions_appear_without_a_reload(cast, sits_down):
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD).is_at("/sessions").sees("No sessions yet")
    made = cast.session(cast.una, reference="LIVE-1", contact={"first_name": "Kari", "last_name": "Nordahl"})
    una.sees(made["code"], "Kari Nordahl")
    theirs = cast.session(cast.uwe, reference="LIVE-2")
    again = cast.session(cast.una, reference="LIVE-3")
    una.sees(again["code"]).sees_not(theirs["code"])

    una.open(f"/sessions/{made['id']}")
    una.page.locator("textarea[name=text]").fill("Half a sentence")
    cast.una.api.patch(f"/sessions/{made['id']}", {"reference": "LIVE-1b"}, expect=200)
    una.page.wait_for_timeout(1000)
    assert una.page.locator("textarea[name=text]").input_value() == "Half a sentence"
    una.page.locator("textarea[name=text]").fill("")
    una.sees("LIVE-1b").close()


def test_a_browser_learns_at_once_that_its_sign_in_has_ended(cast, sits_down, size):
    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD).is_at("/sessions")
    login = next(one for one in cast.una.api.get("/me/logins", expect=200)["items"] if not one["current"])
    cast.una.api.delete(f"/me/logins/{login['id']}", expect=204)
    expect(una.page.locator("dialog[open]")).to_contain_text("You were signed out here")
    una.look("signed-out-live").press("Sign in again")
    una.is_at("/sign-in").sees("This sign-in was closed").close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_whoever_was_displaced_says_that_it_was_not_them(cast, sits_down, size, scripts):
    cast.adam.api.patch("/settings/security", {"concurrent_logins": "take_over"}, expect=200)
    username = cast.una.username
    una = sits_down(cast.server, size, scripts=scripts, shots=f"{size}-{'js' if scripts else 'plain'}", dark=size == "phone")
    una.sign_in(username, PASSWORD)
    if una.page.get_by_role("button", name="Close it and continue here").count():
        una.press("Close it and continue here")
    una.is_at("/sessions")
    stranger = cast.server.api()
    login = stranger.post("/logins", {"username": username, "password": PASSWORD, "take_over": True}, expect=201)
    if scripts:
        expect(una.page.locator("dialog[open]")).to_contain_text("You were signed out here")
        una.look("displaced-live").follow("That was not me", una.page.locator("dialog[open]"))
    else:
        una.open("/sessions")
    una.is_at("/sign-in").sees("Somebody signed in with your username elsewhere").look("displaced")
    una.press("That was not me").is_at("/sign-in").sees("All your sign-ins were ended").look("disowned")
    stranger.token = login["token"]
    stranger.get("/me", expect=401)
    assert cast.server.api().post("/logins", {"username": username, "password": PASSWORD}).status_code == 401
    una.close()


def test_everything_of_one_user_is_handed_over(cast, sits_down, size):
    session = cast.session(cast.una, reference="HERS-1")
    link = cast.adam.api.post("/links", {"name": "Counter", "api_key": cast.road.id, "user": cast.una.id}, expect=201)
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.open(f"/settings/users/{cast.una.id}").menu("Una Berg", "Hand over everything")
    adam.heading("Hand over everything of Una Berg").sees(
        "1 session goes to the person you choose", "the assigned user of 1 sharable link").look("hand-over")
    adam.page.locator("#to").select_option(label=f"Adam Berg ({cast.adam.username})")
    adam.press("Hand over").is_at(f"/settings/users/{cast.una.id}").sees("Everything was handed over")
    assert cast.adam.api.get(f"/links/{link['id']}", expect=200)["user"] == cast.adam.id
    adam.open(f"/sessions/{session['id']}").sees("handed the session over to Adam Berg").look("session-handed-over")
    adam.open(f"/settings/users/{cast.una.id}/hand-over").sees("Nothing to hand over").look("hand-over-nothing").close()
