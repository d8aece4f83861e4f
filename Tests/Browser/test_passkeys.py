"""Passkeys, with Chromium's own virtual authenticator: made, asked for after the password, alone, and before what asks once more."""

from Contract.cast import PASSWORD
from support.server import OLIVE, OLIVES_PASSWORD


def authenticator(person, verifies=True):
    """A device of this browser that makes passkeys and knows its holder."""
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": verifies,
        "automaticPresenceSimulation": True}})
    return devices, made["authenticatorId"]


def add(person, name):
    return person.open("/my/second-step").fill(A_name_for_the_passkey=name).press("Add a passkey").sees("Your recovery codes").kept()


def test_made_asked_for_and_alone(cast, sits_down, size):
    una = sits_down(cast.server, size)
    devices, device = authenticator(una)
    una.sign_in(cast.una.username, PASSWORD).is_at("/sessions").open("/my/second-step").look("passkey-add")
    add(una, "Laptop with a rather long name, such as people give").is_at("/my/second-step").sees("Laptop with a rather long name").look("passkeys")
    credentials = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(one["isResidentCredential"], one["rpId"]) for one in credentials] == [(True, "localhost")]
    # The same device is told that it has one.
    una.fill(A_name_for_the_passkey="Again").press("Add a passkey").sees("This device has a passkey for you already")
    assert [one["kind"] for one in cast.una.api.get("/me/factors", expect=200)["items"]] == ["passkey"]

    # After the password.
    una.context.clear_cookies()
    una.sign_in(cast.una.username, PASSWORD).heading("Second step").look("second-step-passkey").press("Use your passkey").is_at("/sessions")
    # Alone.
    una.context.clear_cookies()
    una.open("/sign-in").look("sign-in-passkey").press("Sign in with a passkey").is_at("/sessions")
    # Not by whoever holds the device and is not its holder.
    una.context.clear_cookies()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    una.open("/sign-in").press("Sign in with a passkey").sees("It was cancelled, or took too long.")
    una.close()


def test_asked_for_once_more(cast, sits_down, size):
    account = cast.north.id
    olive = sits_down(cast.server, size, dark=size == "phone")
    authenticator(olive)
    olive.sign_in(OLIVE, OLIVES_PASSWORD).is_at("/accounts")
    add(olive, "Stick")
    cast.server.move_clock(minutes=6)
    olive.open(f"/accounts/{account}/switch").page.locator("main form button[type=submit]").first.click()
    olive.heading("Confirm that it is you").look("step-up-passkey").press("Use your passkey").sees("Acting in")
    assert cast.north.inside.get("/me", expect=200)["account"] == account
    olive.close()
