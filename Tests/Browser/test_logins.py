"""Who is signed in, what ends it, and what a browser does about its own end."""

import pytest
from playwright.sync_api import expect

from Contract.cast import PASSWORD

BACKGROUND = {"Latchkey-Background": "1"}


def settings(cast, **changes):
    return cast.north.inside.patch("/settings/security", changes, expect=200)


def test_active_sessions(cast, sits_down, size):
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD).is_at("/overview").go("Signed-in devices")
    adam.is_at("/settings/logins").heading("Signed-in devices").sees("Adam Berg", "This device", "Chrome on", "Administrator, switched in")
    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD).is_at("/sessions")
    # Who signs in appears by itself.
    adam.sees("Una Berg", cast.una.username, "127.0.0.1").look("logins")
    browser = adam.page.locator("tbody tr", has_text="Una Berg").filter(has_text="Chrome")
    name = browser.locator("details.menu summary").get_attribute("aria-label").removeprefix("Actions for ")
    adam.menu(name, "Close session")
    adam.page.locator("dialog[open]").wait_for()
    adam.look("login-close").answer("Close session").is_at("/settings/logins").sees("Closed. The next request is refused")
    expect(una.page.locator("dialog[open]")).to_contain_text("Adam Berg closed this sign-in.")
    una.look("closed-by-another").press("Sign in again").is_at("/sign-in").sees("This sign-in was closed by Adam Berg.")
    una.fill(Username=cast.una.username, Password=PASSWORD).press("Sign in").is_at("/sessions")
    adam.open("/settings/logins?search=una").sees("Una Berg")
    expect(adam.page.locator("tbody tr")).to_have_count(2)
    name = adam.page.locator("tbody details.menu summary").first.get_attribute("aria-label").removeprefix("Actions for ")
    adam.menu(name, "Close all of Una Berg")
    adam.page.locator("dialog[open]").wait_for()
    adam.sees("2 sign-ins end at once.").answer("Close all").is_at("/settings/logins").sees("Closed.")
    expect(una.page.locator("dialog[open]")).to_contain_text("You were signed out here")
    assert cast.una.api.get("/me").status_code == 401
    adam.open("/settings/logins?search=nobody").sees("Nothing matches").look("logins-none").close()
    una.close()


def test_all_others_of_ones_own(cast, sits_down):
    adam = sits_down(cast.server).sign_in(cast.adam.username, PASSWORD).is_at("/overview").open("/settings/logins")
    adam.press("Close all others of mine").answer("Close them").is_at("/settings/logins").sees("Closed.")
    assert cast.adam.api.get("/me").status_code == 401
    adam.open("/settings/logins").close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_inactivity_is_chosen_beside_the_list(cast, sits_down, scripts):
    adam = sits_down(cast.server, scripts=scripts, shots="desktop-js" if scripts else "desktop-plain")
    adam.sign_in(cast.adam.username, PASSWORD).open("/settings/logins").sees("People who manage users: after 1 hour at the latest.")
    choice = adam.page.get_by_label("Sign out after inactivity")
    assert choice.locator("option").all_inner_texts() == ["5 minutes", "15 minutes", "30 minutes", "1 hour", "4 hours", "8 hours", "Never"]
    assert choice.input_value() == "30"
    choice.select_option("8 hours")
    if scripts:
        expect(adam.page.locator("#inactivity-saved")).to_have_text("Saved")
    else:
        adam.press("Save").sees("Saved. It holds at once")
    assert cast.north.inside.get("/settings/security", expect=200)["inactivity_minutes"] == 480
    choice.select_option("Never")
    if not scripts:
        adam.press("Save")
    else:
        adam.page.wait_for_timeout(1000)
    assert cast.north.inside.get("/settings/security", expect=200)["inactivity_minutes"] is None
    adam.open("/settings/logins")
    assert adam.page.get_by_label("Sign out after inactivity").input_value() == ""
    adam.close()


def test_security_settings(cast, sits_down, size):
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD).is_at("/overview").open("/settings/logins")
    adam.follow("Security settings").is_at("/settings/security").sees("Allowed addresses").look("security")
    page = adam.page
    page.locator("#max-logins").fill("0")
    page.locator("#password-min-length").fill("7")
    page.locator("#dormant-days").fill("0")
    page.get_by_label("A symbol").check()
    adam.press("Save changes").sees("3 things need your attention. Nothing was saved.").look("security-error")
    for field, typed in (("max-logins", "0"), ("password-min-length", "7"), ("dormant-days", "0")):
        assert page.locator(f"#{field}").input_value() == typed and page.locator(f"#{field}-error").inner_text()
    assert page.get_by_label("A symbol").is_checked()
    page.locator("#max-logins").fill("3")
    page.locator("#password-min-length").fill("16")
    page.locator("#dormant-days").fill("180")
    page.get_by_label("Users can be deleted, not only deactivated").check()
    page.get_by_label("One, with take-over").check()
    adam.press("Save changes").is_at("/settings/security").sees("Saved. It holds at once")
    now = cast.north.inside.get("/settings/security", expect=200)
    assert now == now | {
        "concurrent_logins": "take_over", "max_logins": 3, "user_deletion": True, "dormant_days": 180,
        "password": {"min_length": 16, "require_upper": True, "require_lower": True, "require_digit": True, "require_symbol": True}}
    # Somebody else was quicker.
    settings(cast, max_logins=4)
    page.locator("#max-logins").fill("5")
    adam.press("Save changes").sees("Somebody else changed this").press("Save changes").sees("Saved. It holds at once")
    assert cast.north.inside.get("/settings/security", expect=200)["max_logins"] == 5
    adam.close()


def test_who_may_only_look(cast, sits_down):
    role = cast.north.inside.post(
        "/roles", {"name": "Night watch", "description": "Watches.", "screens": {"logins": {"level": "read"}}}, expect=201)["id"]
    nina = cast.north.user("Nina", role)
    person = sits_down(cast.server).sign_in(nina.username, PASSWORD).open("/settings/logins").sees("Nina Berg", "30 minutes")
    person.sees_not("/close\"", "Actions for", "Save</button>").open("/settings/security")
    expect(person.page.locator("#max-logins")).to_be_disabled()
    assert person.page.get_by_role("button", name="Save changes").count() == 0
    person.close()


# --- the end of one's own login

def later(person, server, minutes, seconds=0):
    """Time passes: for the server, and for the page, whose timers ask the server."""
    server.move_clock(minutes=minutes, seconds=seconds)
    person.page.clock.fast_forward(1000 * (60 * minutes + seconds))


def timed(sits_down, cast, size="desktop", **options):
    una = sits_down(cast.server, size, **options)
    una.page.clock.install()
    una.sign_in(cast.una.username, PASSWORD).is_at("/sessions")
    return una, cast.server.api(next(cookie["value"] for cookie in una.context.cookies() if cookie["name"] == "__Host-latchkey"))


def lasts_again(person, api):
    """Sooner or later: the page says so to the server after the dialog has closed."""
    for _ in range(50):
        ends_in = api.get("/logins/current", headers=BACKGROUND, expect=200)["ends_in"]
        if ends_in > 1700:
            return
        person.page.wait_for_timeout(200)
    raise AssertionError(f"the login still ends in {ends_in} s")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_warning_a_minute_before(cast, sits_down, size, dark):
    una, api = timed(sits_down, cast, size, dark=dark, shots=f"{size}-dark" if dark else size)
    una.open("/sessions/new")
    una.page.locator("#reference").fill("Half a thought")
    later(una, cast.server, 28, 55)
    una.page.wait_for_timeout(500)
    assert una.page.locator("dialog").count() == 0
    later(una, cast.server, 0, 20)
    dialog = una.page.locator("dialog[open]")
    expect(dialog).to_contain_text("Are you still there?")
    assert una.page.evaluate("document.activeElement.textContent") == "Stay signed in"
    una.look("warning").press("Stay signed in", dialog)
    expect(dialog).to_have_count(0)
    lasts_again(una, api)
    assert una.page.locator("#reference").input_value() == "Half a thought"
    una.close()


def test_whatever_another_window_does_counts(cast, sits_down):
    una, _ = timed(sits_down, cast)
    later(una, cast.server, 29, 10)
    dialog = una.page.locator("dialog[open]")
    expect(dialog).to_contain_text("Are you still there?")
    other = una.context.new_page()
    other.goto("/sessions")
    expect(dialog).to_have_count(0)
    other.close()
    una.close()


def test_the_answer_counts_while_the_page_asks(cast, sits_down):
    una, api = timed(sits_down, cast)
    later(una, cast.server, 29, 10)
    dialog = una.page.locator("dialog[open]")
    expect(dialog).to_contain_text("Are you still there?")
    held = []

    def hold(route):
        held.append(route) if not held else route.continue_()

    una.page.route("**/api/v1/logins/current", hold)
    later(una, cast.server, 0, 12)
    while not held:
        una.page.wait_for_timeout(50)
    una.press("Stay signed in", dialog)
    held[0].continue_()
    lasts_again(una, api)
    una.close()


def test_leaving_the_warning_by_keyboard_stays(cast, sits_down):
    una, api = timed(sits_down, cast)
    later(una, cast.server, 29, 10)
    expect(una.page.locator("dialog[open]")).to_contain_text("Are you still there?")
    una.page.keyboard.press("Escape")
    expect(una.page.locator("dialog[open]")).to_have_count(0)
    lasts_again(una, api)
    una.close()


def test_the_same_page_with_the_form_after_signing_in_again(cast, sits_down, size):
    una, _ = timed(sits_down, cast, size)
    una.open("/sessions/new?from=here")
    una.page.locator("#reference").fill("KEPT-1")
    una.page.locator("#vehicle-make").fill("Škoda")
    # The machine was asleep: the page wakes long after the end.
    later(una, cast.server, 95)
    dialog = una.page.locator("dialog[open]")
    expect(dialog).to_contain_text("There was no activity for a time.")
    una.look("over").press("Sign in again", dialog).is_at("/sign-in").sees("without activity")
    una.fill(Username=cast.una.username, Password=PASSWORD).press("Sign in").is_at("/sessions/new").sees("What you had typed is back")
    assert una.page.url.endswith("/sessions/new?from=here")
    assert una.page.locator("#reference").input_value() == "KEPT-1" and una.page.locator("#vehicle-make").input_value() == "Škoda"
    una.press("Create session").sees("The session was created", "KEPT-1").close()


def test_a_refused_form_that_is_sent_after_the_end(cast, sits_down):
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD).is_at("/sessions").open("/sessions/new")
    una.page.locator("#reference").fill("KEPT-2")
    una.page.locator("#vehicle-vin").fill("IOQ")
    una.press("Create session").sees("needs your attention")
    cast.server.move_clock(minutes=31)
    una.page.locator("#vehicle-vin").fill("")
    una.press("Create session").is_at("/sign-in").sees("without activity")
    una.fill(Username=cast.una.username, Password=PASSWORD).press("Sign in").is_at("/sessions/new").sees("What you had typed is back")
    assert una.page.locator("#reference").input_value() == "KEPT-2"
    una.close()


def test_the_form_comes_back_without_scripts(cast, sits_down, size):
    adam = sits_down(cast.server, size, scripts=False, shots=f"{size}-plain").sign_in(cast.adam.username, PASSWORD).open("/settings/users/new")
    adam.fill(**{"First name": "Vera", "Last name": "Moss", "E-mail": "vera@north.example"})
    cast.server.move_clock(minutes=61)
    adam.press("Create user").sees("without activity", "What you had typed is kept").look("sign-in-with-draft")
    adam.fill(Username=cast.adam.username, Password=PASSWORD).press("Sign in").sees("You were signed out before this was saved").look("form-given-back")
    assert adam.field("First name").input_value() == "Vera" and adam.field("E-mail").input_value() == "vera@north.example"
    assert cast.server.sign_in(cast.adam.username, PASSWORD).items("/users", search="vera@north.example") == []
    adam.close()


def test_a_take_over_is_told_at_once(cast, sits_down):
    settings(cast, concurrent_logins="take_over")
    first, second = sits_down(cast.server), sits_down(cast.server, "phone")
    for person in (first, second):
        person.sign_in(cast.una.username, PASSWORD).sees("You are signed in elsewhere").press("Close it and continue here").is_at("/sessions")
    dialog = first.page.locator("dialog[open]")
    expect(dialog).to_contain_text("Somebody signed in with your username elsewhere")
    expect(dialog).to_contain_text("Una Berg · Chrome on")
    expect(dialog).to_contain_text("127.0.0.1")
    first.look("taken-over").follow("That was not me", dialog).is_at("/sign-in").sees("Una Berg", "from 127.0.0.1", "If that was not you").look("taken-over-notice")
    first.close()
    second.close()


def test_by_keyboard_alone(cast, sits_down):
    cast.una  # noqa: B018: signed in
    adam = sits_down(cast.server).sign_in(cast.adam.username, PASSWORD).is_at("/overview").open("/settings/logins?search=una")
    page = adam.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#list details.menu summary')"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Close session"
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    while page.evaluate("document.activeElement.textContent") != "Close session":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    adam.sees("Closed. The next request is refused")
    assert cast.una.api.get("/me").status_code == 401
    adam.close()


def test_in_the_dark(cast, sits_down, size):
    adam = sits_down(cast.server, size, dark=True, shots=f"{size}-dark").sign_in(cast.adam.username, PASSWORD).is_at("/overview")
    adam.open("/settings/logins").look("logins").open("/settings/security").look("security").close()
