"""Olive sets up the enterprise, an account, a key and a user, all in the browser."""

import re

from Contract.cast import Cast, refused
from support.server import OLIVE, OLIVES_PASSWORD


def test_from_the_printed_url_to_the_first_user(data, serve, sits_down, size):
    server = serve(data)
    olive = sits_down(server, size)
    olive.page.goto(server.set_up_url())
    olive.heading("Set up this installation").look("set-up")
    olive.page.locator("#enterprise").fill("Alder Inspections")
    olive.page.locator("#name").fill("Olive Strand")
    olive.page.locator("#email").fill(OLIVE)
    olive.page.locator("#password").fill("olive")
    olive.press("Create the first administrator").look("set-up-error")
    assert olive.page.locator("#enterprise").input_value() == "Alder Inspections" and olive.page.locator("#password").input_value() == ""
    olive.page.locator("#password").fill(OLIVES_PASSWORD)
    assert olive.page.locator("#password-criteria .met").count() == olive.page.locator("#password-criteria li").count()
    olive.press("Create the first administrator").is_at("/sign-in").look("sign-in")
    # The link has worked once.
    olive.open(server.set_up_url().removeprefix(server.url), status=410)

    olive.sign_in().is_at("/accounts").sees("No accounts yet").look("accounts-empty")
    olive.follow("Create account").look("account-new")
    olive.page.locator("#name").fill("North branch")
    olive.page.locator("#region").fill("North")
    olive.page.locator("#contact-email").fill("help@alder.example")
    olive.press("Create account").is_at("/accounts").sees("North branch", "Enabled").look("accounts")
    olive.menu("North branch", "Disable").answer("Disable").sees("The account was disabled").look("account-disabled")
    olive.menu("North branch", "Enable").press("Enable").is_at("/accounts.*").sees("The account was enabled")
    olive.menu("North branch", "Switch into")
    olive.page.locator("#reason").fill("Setting up")
    olive.look("account-switch").answer("Switch").sees("Acting in North branch").is_at("/overview").look("acting")
    olive.sees("help@alder.example")

    olive.go("API keys").sees("No API keys yet").look("keys-empty").follow("Create API key").look("key-new")
    olive.page.locator("#name").fill("Road checks")
    olive.press("Create API key").sees("Road checks was created").look("key-secret")
    secret = olive.secret("Secret")
    assert re.fullmatch(r"lk_live_[0-9A-Za-z]{36,}", secret)
    assert server.api(secret).get("/me", expect=200)["name"] == "Road checks"
    olive.press("Continue").is_at("/developer/api-keys")  # not before it was stored
    olive.kept().is_at("/developer/api-keys").sees("Road checks").sees_not(secret).look("keys")

    olive.go("Users").sees("No users yet").look("users-empty").follow("Create new user").look("user-new")
    olive.page.locator("#first-name").fill("Una")
    olive.page.locator("#last-name").fill("Berg")
    olive.page.locator("#email").fill("una@alder.example")
    olive.tick("Road checks").press("Create user").sees("Una Berg was created").look("user-secret")
    username, password = olive.secret("Username"), olive.secret("Password")
    assert username == "una@alder.example"
    assert server.sign_in(username, password).me["must_change_password"] is True
    olive.kept().heading("Una Berg").sees_not(password).sees("Road checks").look("user")

    olive.follow("Edit").look("user-edit")
    olive.page.locator("#last-name").fill("Holm")
    olive.press("Save changes").heading("Una Holm").sees("The user was saved")
    olive.menu("Una Holm", "Deactivate").sees("Deactivate Una Holm?").look("user-deactivate").answer("Deactivate")
    olive.sees("Deactivated").look("user-deactivated")
    refused(server.api().post("/logins", {"username": username, "password": password}), 401, "invalid_credentials")
    olive.menu("Una Holm", "Reactivate").answer("Reactivate").sees("The user can sign in again")
    server.sign_in(username, password)
    olive.follow("Access").sees("Sessions").look("user-access")
    olive.follow("History").sees("Berg", "Holm", "Olive Strand").look("user-history")
    olive.go("Users").sees("Una Holm").look("users")
    olive.go("History").sees("Una Holm", "Road checks").look("history")
    olive.press("Switch back").is_at("/accounts").sees("You switched back").sees_not("Acting in")
    olive.mine("Sign out").is_at("/sign-in")
    olive.open("/accounts").is_at("/sign-in")
    olive.close()


def test_a_key_is_edited_rotated_disabled_and_deleted(fresh, sits_down):
    cast = Cast(fresh)
    olive = sits_down(fresh).sign_in()
    olive.is_at("/accounts")
    olive.menu("North branch", "Switch into").answer("Switch").go("API keys").menu("Training", "Edit")
    olive.page.locator("#name").fill("Training camp")
    olive.press("Save changes").sees("The API key was saved", "Training camp")
    olive.menu("Training camp", "New secret").look("key-rotate").press("Make a new secret").sees("Training camp has a new secret")
    assert fresh.api(olive.secret("Secret")).get("/me").status_code == cast.training.api.get("/me").status_code == 200
    olive.kept().menu("Training camp", "Disable").look("key-disable").answer("Disable").sees("The API key was disabled").look("keys-disabled")
    assert cast.training.api.get("/me").status_code == 401
    olive.menu("Training camp", "Enable").press("Enable").sees("The API key was enabled")
    olive.menu("Training camp", "Delete").answer("Delete").sees("The API key was deleted").sees_not("Training camp")
    cast.road.api.post("/sessions", {}, expect=201)
    olive.menu("Road checks", "Delete").answer("Delete").look("key-in-use").sees("Road checks")
    olive.close()


def test_taking_a_key_away_says_how_many_sessions_it_hides(cast, sits_down):
    for _ in range(3):
        cast.session(cast.una)
    adam = sits_down(cast.server).sign_in(cast.adam.username, "Amber-kettle-orchard-58")
    adam.open(f"/settings/users/{cast.una.id}/edit")
    adam.page.get_by_label("Road checks").uncheck()
    adam.press("Save changes").sees("Saving this hides", "3 sessions").look("user-hides-sessions")
    assert len(cast.una.api.items("/sessions")) == 3
    adam.press("Save and hide them").sees("The user was saved")
    assert cast.una.api.items("/sessions") == []
    adam.close()


def test_a_password_is_set_for_somebody(cast, sits_down):
    adam = sits_down(cast.server).sign_in(cast.adam.username, "Amber-kettle-orchard-58")
    adam.open(f"/settings/users/{cast.una.id}").follow("Change password").look("user-password")
    adam.page.locator("#password").fill("Copper-meadow-violin-31")
    adam.page.locator("#repeat").fill("Copper-meadow-violin-32")
    adam.press("Save new password").sees("not the same").look("user-password-error")
    adam.page.locator("#password").fill("Copper-meadow-violin-31")
    adam.page.locator("#repeat").fill("Copper-meadow-violin-31")
    adam.press("Save new password").sees("The password was set")
    assert cast.una.api.get("/me").status_code == 401
    assert cast.server.sign_in(cast.una.username, "Copper-meadow-violin-31").me["must_change_password"] is True
    adam.close()
