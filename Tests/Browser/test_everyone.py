"""Whoever, on whatever: locked out, without scripts, by keyboard alone, in the dark, with long names, with a reader of the API."""

from playwright.sync_api import expect

from Contract.cast import PASSWORD, Cast
from support.server import OLIVE, OLIVES_PASSWORD

LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohlgepfle"[:100]


def test_locked_out(fresh, sits_down, size):
    url = fresh.command("admin", "reset", "--email", OLIVE).stdout.strip()
    assert url.startswith(fresh.url + "/r/")
    olive = sits_down(fresh, size)
    olive.page.goto(url)
    olive.sees("Choose a new password", OLIVE).look("reset")
    for new, repeat in (("Copper-meadow-violin-31", "Copper-meadow-violin-32"), ("Copper-meadow-violin-31", "Copper-meadow-violin-31")):
        olive.page.locator("#new").fill(new)
        olive.page.locator("#repeat").fill(repeat)
        olive.press("Save and sign in")
        if new != repeat:
            olive.sees("not the same").look("reset-error")
    olive.is_at("/sign-in").sign_in(password="Copper-meadow-violin-31").is_at("/accounts")
    olive.open(url.removeprefix(fresh.url), status=410).look("reset-used")
    assert fresh.api().post("/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}).status_code == 401
    olive.close()


def test_a_wrong_password_and_a_page_that_is_nowhere(fresh, sits_down, size):
    olive = sits_down(fresh, size).sign_in(password="wrong")
    olive.is_at("/sign-in").look("sign-in-error")
    assert olive.page.get_by_label("Username").input_value() == OLIVE and olive.page.locator("#password").input_value() == ""
    olive.open("/nowhere", status=404).sees("There is nothing here").look("error-404")
    olive.open("/help").is_at("/sign-in").fill(Username=OLIVE, Password=OLIVES_PASSWORD).press("Sign in").is_at("/help").look("help")
    olive.close()


def test_the_whole_without_scripts(data, serve, sits_down):
    """Every essential action, with JavaScript off."""
    server = serve(data)
    olive = sits_down(server, scripts=False, shots="nojs")
    olive.page.goto(server.set_up_url())
    for id, text in {"enterprise": "Alder Inspections", "name": "Olive Strand", "email": OLIVE, "password": OLIVES_PASSWORD}.items():
        olive.page.locator(f"#{id}").fill(text)
    olive.look("set-up").press("Create the first administrator").sign_in().is_at("/accounts").follow("Create account")
    olive.page.locator("#name").fill("North branch")
    olive.press("Create account").sees("North branch").look("accounts")
    olive.menu("North branch", "Disable").answer("Disable").sees("The account was disabled")
    olive.menu("North branch", "Enable").press("Enable").menu("North branch", "Switch into").look("account-switch").answer("Switch").sees("Acting in")
    olive.go("API keys").follow("Create API key")
    olive.page.locator("#name").fill("Road checks")
    olive.press("Create API key").look("key-secret").kept().is_at("/developer/api-keys")
    olive.go("Users").follow("Create new user")
    for id, text in {"first-name": "Una", "last-name": "Berg", "email": "una@alder.example"}.items():
        olive.page.locator(f"#{id}").fill(text)
    olive.tick("Road checks").look("user-new").press("Create user")
    password = olive.secret("Password")
    olive.kept().follow("Edit")
    olive.page.locator("#last-name").fill("Holm")
    olive.press("Save changes").heading("Una Holm")
    olive.menu("Una Holm", "Deactivate").look("user-deactivate").answer("Deactivate").sees("Deactivated")
    olive.menu("Una Holm", "Reactivate").answer("Reactivate").sees("The user can sign in again")
    olive.follow("History").sees("Berg", "Holm").look("user-history")

    una = sits_down(server, scripts=False, shots="nojs").sign_in("una@alder.example", password)
    una.page.locator("#current").fill(password)
    una.page.locator("#new").fill(PASSWORD)
    una.press("Save and continue").is_at("/sessions").follow("New session")
    una.page.locator("#reference").fill("NO-SCRIPT")
    una.page.locator("#contact-first-name").fill("Kari")
    una.press("Create session").sees("needs your attention").look("session-new-error")
    una.page.locator("#contact-last-name").fill("Nordahl")
    una.press("Create session").sees("The session was created", "NO-SCRIPT").follow("Edit")
    una.page.locator("#vehicle-make").fill("Volvo")
    una.press("Save changes").sees("Volvo")
    una.page.locator("textarea[name=text]").fill("Noted without a script.")
    una.press("Add note").sees("Noted without a script.").look("session")
    una.go("Sessions")
    una.page.locator("#q").fill("volvo")
    una.page.locator("#q").press("Enter")
    una.page.wait_for_url("**search=volvo*")
    una.sees("Kari Nordahl").look("sessions")
    una.page.locator("summary", has_text="Status").click()
    una.page.locator("#status-complete").check()
    una.press("Show").sees("Nothing matches")
    una.open("/sessions?view=cards").sees("Kari Nordahl").open("/my").look("my-settings")
    una.mine("Sign out").is_at("/sign-in")
    olive.press("Switch back").is_at("/accounts")
    olive.close()
    una.close()


def test_by_keyboard_alone(cast, sits_down):
    una = sits_down(cast.server)
    page = una.page

    def tab_to(selector, most=40):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
                # Where the focus is can be seen.
                outline = page.evaluate("(e => { const s = getComputedStyle(e); return s.outlineStyle + s.boxShadow })(document.activeElement)")
                assert outline != "nonenone", f"{selector} shows no focus"
                return
        raise AssertionError(f"{selector} is not reached by Tab on {page.url}")

    una.open("/sign-in")
    tab_to("#username")
    page.keyboard.type(cast.una.username)
    tab_to("#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    una.is_at("/sessions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to("main a.btn-primary")
    page.keyboard.press("Enter")
    una.is_at("/sessions/new")
    tab_to("#contact-first-name")
    page.keyboard.type("Kari")
    tab_to("#contact-last-name")
    page.keyboard.type("Nordahl")
    tab_to("main button[type=submit]")
    page.keyboard.press("Enter")
    una.sees("The session was created", "Kari Nordahl").open("/sessions")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("nord")
    page.wait_for_url("**search=nord*")
    tab_to("#list details.menu summary")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Open"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('summary')")
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Delete"
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('summary')"), "the focus goes back to where the dialog was opened"
    una.close()


def test_in_the_dark(cast, sits_down, size):
    session = cast.session(
        cast.una, reference="DARK-1", contact={"first_name": "Kari", "last_name": "Nordahl"}, vehicle={"make": "Volvo", "model": "XC60", "year": 2021})
    cast.una.api.post(f"/sessions/{session['id']}/notes", {"text": "Calls back at noon."}, expect=201)
    visitor = sits_down(cast.server, size, dark=True, shots=f"{size}-dark")
    visitor.open("/sign-in").look("sign-in")
    visitor.sign_in(cast.adam.username, PASSWORD).is_at("/overview").look("overview").go("Sessions").is_at("/sessions").look("sessions")
    pages = {
        "sessions-cards": "/sessions?view=cards", "session": f"/sessions/{session['id']}", "session-new": "/sessions/new", "users": "/settings/users",
        "user": f"/settings/users/{cast.una.id}", "user-access": f"/settings/users/{cast.una.id}/access", "user-edit": f"/settings/users/{cast.una.id}/edit",
        "user-history": f"/settings/users/{cast.una.id}/history", "user-password": f"/settings/users/{cast.una.id}/password",
        "user-deactivate": f"/settings/users/{cast.una.id}/deactivate", "user-new": "/settings/users/new", "keys": "/developer/api-keys",
        "key-new": "/developer/api-keys/new", "history": "/history", "my-settings": "/my", "help": "/help"}
    for name, path in pages.items():
        visitor.open(path).look(name)
    visitor.open("/nowhere", status=404).look("error-404")
    visitor.close()


def test_long_names_and_many_rows(cast, sits_down, size):
    inside = cast.north.inside
    long = inside.post("/users", {
        "email": "l" * 60 + "@" + "d" * 60 + ".example", "first_name": LONG, "last_name": LONG, "roles": [cast.user_role], "api_keys": "all", "password": PASSWORD},
        expect=201)["id"]
    key = cast.north.key(LONG)
    made = key.api.post("/sessions", {
        "reference": LONG, "contact": {"first_name": LONG, "last_name": LONG, "email": "l" * 60 + "@" + "d" * 60 + ".example"},
        "vehicle": {"make": LONG, "model": LONG}}, expect=201)
    key.api.post(f"/sessions/{made['id']}/notes", {"text": LONG * 5}, expect=201)
    for number in range(50):
        cast.road.api.post("/sessions", {"reference": f"R-{number}", "contact": {"first_name": "Kari", "last_name": f"Number {number}"}}, expect=201)
    adam = sits_down(cast.server, size).sign_in(cast.adam.username, PASSWORD)
    adam.open("/sessions").sees("50 shown").look("sessions-many").follow("Count all").sees("51 in all")
    adam.follow("Older").sees(LONG).look("sessions-long")
    cast.adam.api.post("/links", {"name": LONG, "api_key": key.id, "user": cast.una.id}, expect=201)
    pages = {
        "overview-long": "/overview", "links-long": "/settings/links", "session-long": f"/sessions/{made['id']}", "users-long": "/settings/users", "keys-long": "/developer/api-keys", "history-long": "/history",
        "user-password-long": f"/settings/users/{long}/password", "user-access-long": f"/settings/users/{long}/access",
        "user-history-long": f"/settings/users/{long}/history"}
    for name, path in pages.items():
        adam.open(path).look(name)
    adam.open("/settings/users")
    adam.page.get_by_role("link", name=LONG[:20]).first.click()
    adam.look("user-long").follow("Edit").look("user-edit-long")
    adam.close()


def test_the_api_reference(fresh, sits_down):
    reader = sits_down(fresh)
    reader.open("/api/docs")
    reader.page.get_by_text("/api/v1/sessions/{id}/review").first.wait_for()
    reader.look("api-docs", exclude=["#reference"])
    reader.close()
