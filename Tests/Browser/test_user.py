"""Una is a USER: she chooses her password, sees her own sessions and nothing else. Rita and Adam see everybody's."""

import pytest

from Contract.cast import PASSWORD

# What a USER must not find anywhere on a page, in text or markup.
NOT_FOR_USERS = ["/settings/users", "/developer/api-keys", "/history", "/accounts", "Fleet returns", "Uwe", "Uwe's own", "Adam", "lk_live_", "South branch"]
VIN = "1HGCM82633A004352"


def new_una(cast):
    """A Una with a generated password, as the administrator made her."""
    return cast.north.inside.post("/users", {
        "email": "una@alder.example", "first_name": "Una", "last_name": "Berg", "roles": [cast.user_role],
        "api_keys": [cast.road.id, cast.training.id], "generate_password": True}, expect=201)


def test_the_user_only_dashboard(cast, sits_down, size):
    user = new_una(cast)
    cast.session(cast.uwe, reference="Uwe's own")
    una = sits_down(cast.server, size).sign_in("una@alder.example", user["generated_password"])
    una.is_at("/my/new-password").look("choose-password")
    una.open("/sessions").is_at("/my/new-password")
    for new in ("Una-kettle-orchard-58", PASSWORD):
        una.page.locator("#current").fill(user["generated_password"])
        una.page.locator("#new").fill(new)
        una.press("Save and continue")
        if new != PASSWORD:
            una.sees("needs your attention").look("choose-password-error")
    una.is_at("/sessions").sees("No sessions yet").sees_not(*NOT_FOR_USERS).look("sessions-empty")
    assert una.page.locator("#side a.nav-item").all_inner_texts() == ["Overview", "Sessions"] or size == "phone"

    # Create, edit, note.
    una.follow("New session").sees_not(*NOT_FOR_USERS).look("session-new")
    for id, text in {"contact-first-name": "Kari", "contact-last-name": "Nordahl", "contact-phone": "+47 400 98 765", "vehicle-vin": VIN.lower(),
                     "vehicle-make": "Honda", "vehicle-model": "Accord", "vehicle-year": "2003", "reference": "ORDER-0815"}.items():
        una.page.locator(f"#{id}").fill(text)
    una.press("Create session").sees("The session was created", "Kari Nordahl", VIN, "Honda Accord", "ORDER-0815").look("session")
    code = una.page.locator("h1 .mono").inner_text()
    una.follow("Edit").look("session-edit")
    una.page.locator("#vehicle-odometer").fill("181250")
    una.press("Save changes").sees("The session was saved", "181")
    una.page.locator("textarea[name=text]").fill("Calls back at noon.\nSecond line, <b>not bold</b>.")
    una.press("Add note").sees("The note was added", "<b>not bold</b>").sees_not(*NOT_FOR_USERS).look("session-noted")

    # Find it again, among others.
    for number in range(3):
        cast.road.api.post("/sessions", {"owner": user["id"], "reference": f"CRM-{number}", "vehicle": {"make": "Volvo"}}, expect=201)
    cast.training.api.post("/sessions", {"owner": user["id"], "reference": "TRAINING-1"}, expect=201)
    una.go("Sessions").sees(code, "Volvo").sees_not("TRAINING-1", *NOT_FOR_USERS)
    rows = una.page.locator("#list tbody tr")
    assert rows.count() == 4
    una.look("sessions")
    for text, count in {"nordahl": 1, code.lower(): 1, VIN: 1, "crm": 3, "olvo": 0}.items():
        una.page.locator("#q").fill(text)
        una.page.locator("#q").press("Enter")
        una.page.wait_for_url(f"**search={text}*")
        if count:
            una.waits_for(f"document.querySelectorAll('#list tbody tr').length === {count}")
        else:
            una.sees("Nothing matches").look("sessions-none-found")
    una.follow("Clear search and filters").is_at("/sessions")
    una.page.locator("summary", has_text="Status").click()
    una.page.locator("#status-idle").check()
    una.look("sessions-filter-open").press("Show")
    una.page.wait_for_url("**status=IDLE*")
    una.page.locator(".chip").first.wait_for()
    una.look("sessions-filtered")
    una.page.locator(".chip").first.click()
    una.is_at("/sessions")
    una.page.locator("summary", has_text="Source").click()
    una.page.locator("#source").select_option("api")
    una.press("Show")
    una.waits_for("document.querySelectorAll('#list tbody tr').length === 3")
    una.open("/sessions").follow("Cards").look("sessions-cards")
    assert una.page.locator("ul.cards > li").count() == 4
    una.follow("Table")
    una.page.get_by_role("navigation", name="Mode").get_by_role("link", name="Test").click()
    una.page.wait_for_url("**mode=test*")
    assert una.page.locator("#list tbody tr").count() == 1
    una.look("sessions-test")
    una.mine("My settings").is_at("/my").sees_not("/settings/users", "/developer/api-keys")
    una.close()


def test_what_a_user_may_not_see_is_not_there(cast, sits_down):
    theirs = cast.session(cast.uwe)["id"]
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD)
    una.is_at("/sessions")
    una.open(f"/sessions/{theirs}", status=404).sees("There is nothing here").sees_not(*NOT_FOR_USERS).look("error-404")
    hidden = una.main
    una.open("/sessions/ses_01m7yrrt80eg3rz33yv6x3xn9n", status=404)
    assert una.main.split("Request")[0] == hidden.split("Request")[0]
    for path in ("/settings/users", f"/settings/users/{cast.uwe.id}", "/settings/users/new", "/developer/api-keys", "/history"):
        una.open(path, status=403).sees("You have no access to this")
    una.look("error-403").open("/accounts", status=403)
    una.follow("To the start").is_at("/sessions")
    una.close()


def test_reviewers_see_everybodys(cast, sits_down, size):
    for person, reference in ((cast.una, "Una's own"), (cast.uwe, "Uwe's own")):
        cast.session(person, reference=reference, contact={"first_name": reference.split("'")[0], "last_name": "Customer"})
    fleet = cast.session(cast.uwe, cast.fleet)["code"]
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.is_at("/overview").go("Sessions").is_at("/sessions").sees("Una Customer", "Uwe Customer", "Owner", fleet).look("sessions-everybodys")
    adam.page.locator("#list tbody a").first.click()
    adam.look("session-of-another")
    rita = sits_down(cast.server, size).sign_in(cast.rita.username, PASSWORD)
    rita.is_at("/sessions").sees("Una Customer", "Uwe Customer").sees_not(fleet, "Fleet returns", "/settings/users").look("sessions-supervisor")
    adam.close()
    rita.close()


def test_own_settings(cast, sits_down, size):
    una = sits_down(cast.server, size).sign_in(cast.una.username, PASSWORD)
    una.is_at("/sessions")
    other = cast.server.sign_in(cast.una.username, PASSWORD)
    una.open("/my").sees("This device").look("my-settings")
    una.page.locator("#current").fill("not it")
    una.page.locator("#new").fill("Copper-meadow-violin-31")
    una.press("Change password").sees("needs your attention").look("my-settings-error")
    una.page.locator("#current").fill(PASSWORD)
    una.page.locator("#new").fill("Copper-meadow-violin-31")
    una.press("Change password").sees("Your password was changed")
    assert other.get("/me").status_code == cast.una.api.get("/me").status_code == 401
    another = cast.server.sign_in(cast.una.username, "Copper-meadow-violin-31")
    una.open("/my")
    una.page.get_by_role("button", name="Close Python").click()
    una.answer("Close it").sees("The sign-in was closed")
    assert another.get("/me").status_code == 401
    another = cast.server.sign_in(cast.una.username, "Copper-meadow-violin-31")
    una.open("/my").press("Close all others").sees("The sign-in was closed")
    assert another.get("/me").status_code == 401
    una.page.get_by_label("Dark").check()
    una.press("Save theme").sees("Saved")
    assert una.page.locator("html").get_attribute("data-bs-theme") == "dark"
    una.close()


def test_a_displaced_browser_is_told(cast, sits_down):
    cast.north.inside.patch("/settings/security", {"concurrent_logins": "take_over"}, expect=200)
    mia = cast.north.inside.post("/users", {
        "email": "mia@north.example", "first_name": "Mia", "last_name": "Berg", "roles": [cast.user_role], "password": PASSWORD}, expect=201)["username"]
    first, second = sits_down(cast.server), sits_down(cast.server, "phone")
    first.sign_in(mia, PASSWORD).is_at("/sessions")
    second.sign_in(mia, PASSWORD).sees("You are signed in elsewhere").sees_not(PASSWORD).look("sign-in-elsewhere")
    first.open("/sessions").is_at("/sessions")
    second.press("Close it and continue here").is_at("/sessions")
    first.open("/sessions").is_at("/sign-in").sees("You were signed out here", "127.0.0.1").look("signed-out-by-another")
    first.fill(Username=mia, Password=PASSWORD).press("Sign in").sees("You are signed in elsewhere").follow("Cancel").is_at("/sign-in")
    second.open("/sessions").is_at("/sessions")
    first.close()
    second.close()


def test_what_was_typed_survives_an_idle_logout(cast, sits_down):
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD)
    una.is_at("/sessions").open("/sessions/new")
    una.page.locator("#reference").fill("TYPED-BEFORE")
    cast.server.move_clock(minutes=31)
    una.press("Create session").is_at("/sign-in").sees("without activity").look("signed-out-idle")
    una.fill(Username=cast.una.username, Password=PASSWORD).press("Sign in").sees("What you had typed is back")
    assert una.page.locator("#reference").input_value() == "TYPED-BEFORE"
    una.press("Create session").sees("The session was created", "TYPED-BEFORE")
    una.close()


@pytest.mark.parametrize("wrong, field", [
    ({"contact-first-name": "Kari"}, "contact-last-name"),
    ({"vehicle-vin": "IOQ"}, "vehicle-vin"),
    ({"contact-phone": "400 12 345"}, "contact-phone"),
])
def test_errors_are_at_the_field_and_what_was_typed_stays(cast, sits_down, wrong, field):
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD)
    una.is_at("/sessions").open("/sessions/new")
    typed = {"reference": "STAYS-1", "vehicle-make": "Škoda <script>"} | wrong
    for id, text in typed.items():
        una.page.locator(f"#{id}").fill(text)
    una.press("Create session").sees("needs your attention. Nothing was saved.").look(f"session-new-error-{field}")
    for id, text in typed.items():
        assert una.page.locator(f"#{id}").input_value() == text
    assert una.page.locator(f"#{field}").get_attribute("aria-invalid") == "true"
    assert una.page.locator(f"#{field}-error").inner_text()
    # The summary has the focus, and leads to the field.
    assert una.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    una.page.locator(".alert a").first.click()
    assert una.page.evaluate("document.activeElement.id") == field or una.page.url.endswith(f"#{field}")
    assert cast.una.api.items("/sessions") == []
    una.close()


def test_two_people_who_edit_the_same_session(cast, sits_down):
    session = cast.session(cast.una, reference="FIRST")["id"]
    una = sits_down(cast.server).sign_in(cast.una.username, PASSWORD)
    una.is_at("/sessions").open(f"/sessions/{session}/edit")
    cast.adam.api.patch(f"/sessions/{session}", {"reference": "ADAM'S"}, expect=200)
    una.page.locator("#reference").fill("UNA'S")
    una.press("Save changes").sees("Somebody else changed this session").look("session-lost-race")
    assert cast.una.api.get(f"/sessions/{session}", expect=200)["reference"] == "ADAM'S"
    assert una.page.locator("#reference").input_value() == "UNA'S"
    una.press("Save changes").sees("The session was saved", "UNA'S")
    una.close()
