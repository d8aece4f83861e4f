"""Adam lets a machine in: makes an integration, stores its secret once, gives it more and less, sees what it calls, and switches it off."""

import requests

from Contract.cast import PASSWORD


def choose(person, function, level):
    """One of none, read and full in a function's row."""
    person.page.locator(f"[id='functions-{function}']").locator("xpath=ancestor::div[@role='radiogroup']").locator("label", has_text=level).click()


def ask(server, client_id, secret):
    session = requests.Session()
    session.trust_env = False
    answer = session.post(f"http://127.0.0.1:{server.port}/oauth/token", {"grant_type": "client_credentials"}, auth=(client_id, secret), timeout=30)
    return answer.status_code, answer.json()


def test_integrations(cast, sits_down, size):
    server = cast.server
    adam = sits_down(server, size).sign_in(cast.adam.username, PASSWORD)
    adam.go("API clients").sees("None yet").look("integrations-empty")
    adam.follow("Create API client").look("integration-new")
    adam.fill(Name="Building control", Client_ID="has space").press("Create API client")
    adam.sees("2 things need your attention").look("integration-refused")
    adam.fill(Client_ID="building-control")
    adam.sees("May be taken")
    choose(adam, "users", "Read")
    choose(adam, "sessions", "Full")
    adam.press("Create API client").sees("shown only now").look("integration-secret")
    secret = adam.secret("Client secret")
    assert secret.startswith("lk_client_")
    adam.page.locator("[data-copy-from=client-secret]").click()
    assert adam.page.evaluate("navigator.clipboard.readText()") == secret
    adam.kept().heading("Building control").sees_not(secret).sees("It has not called yet").look("integration-fresh")
    status, token = ask(server, "building-control", secret)
    assert status == 200
    api = server.api(token["access_token"])
    assert api.get("/users").status_code == 200 and api.get("/roles").status_code == 403
    adam.page.reload()
    adam.sees("GET /api/v1/users", "403", "Live tokens 1").look("integration")
    choose(adam, "users", "None")
    adam.press("Save changes").sees("The functions were saved").look("integration-saved")
    assert api.get("/users").status_code == 403
    adam.page.locator("main").get_by_role("button", name="Close").first.click()
    adam.sees("The token works no longer")
    assert api.get("/users").status_code == 401
    adam.page.locator("main").get_by_role("link", name="Deactivate", exact=True).click()
    adam.sees("Deactivate Building control?").look("integration-disable").answer("Deactivate")
    adam.sees("It was disabled").look("integration-disabled")
    assert ask(server, "building-control", secret)[0] == 401
    adam.press("Reactivate").sees("It was enabled")
    assert ask(server, "building-control", secret)[0] == 200
    adam.go("API clients").sees("Building control", "building-control").look("integrations")
    adam.menu("Building control", "Delete").sees("Delete Building control?").answer("Delete")
    adam.sees("It was deleted", "None yet")
    # Its client ID stays taken.
    adam.follow("Create API client")
    adam.page.locator("#client-id").press_sequentially("BUILDING-control")
    adam.sees("Cannot be taken")


def test_integrations_without_scripts(cast, sits_down):
    adam = sits_down(cast.server, scripts=False).sign_in(cast.adam.username, PASSWORD)
    adam.go("API clients").follow("Create API client").fill(Name="Script", Client_ID="script")
    choose(adam, "users", "Read")
    adam.press("Create API client")
    secret = adam.page.locator("#client-secret").inner_text()
    assert ask(cast.server, "script", secret)[0] == 200
    adam.kept().heading("Script").follow("Delete").answer("Delete").sees("It was deleted")


def test_integrations_in_the_dark_and_for_who_may_only_look(cast, sits_down):
    role = cast.north.inside.post(
        "/roles", {"name": "Looks on", "description": "x", "screens": {"integrations": {"level": "read"}}}, expect=201)["id"]
    cast.north.inside.post(
        "/integrations", {"name": "Lift", "client_id": "lift", "functions": {"users": "read", "roles": "full", "history": "read", "links": "read"}}, expect=201)
    lou = cast.north.user("Lou", role)
    dark = sits_down(cast.server, dark=True, shots="dark").sign_in(lou.username, PASSWORD)
    dark.go("API clients").sees("Lift", "and 1 more").sees_not("Create API client").look("integrations-read")
    dark.follow("Lift").sees_not("Save changes").look("integration-read")
