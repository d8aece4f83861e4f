"""A second step, seen from outside, with codes by somebody else's implementation (pyotp)."""

import time
import urllib.parse

import pyotp
import pytest

from Contract.cast import PASSWORD, Cast, refused
from support.server import OLIVE


@pytest.fixture
def cast(fresh):
    return Cast(fresh)


def begin(cast, who, password=PASSWORD):
    return cast.server.api().post("/logins", {"username": who.username, "password": password})


def finish(cast, token, **shown):
    return cast.server.api().post("/logins/second-step", {"step_token": token} | shown)


def with_app(cast, who, steps=-1):
    """Adds an authenticator app as a program does, by the code of the step before this one."""
    offer = who.api.post("/me/factors/totp", expect=200)
    app = pyotp.parse_uri(offer["otpauth_url"])
    assert isinstance(app, pyotp.TOTP) and (app.digits, app.interval, app.secret) == (6, 30, offer["secret"])
    assert app.name == who.username and app.issuer and len(app.byte_secret()) == 20
    assert urllib.parse.urlsplit(offer["otpauth_url"]).scheme == "otpauth" and offer["qr_svg"].startswith("<svg")
    wrong = {"enrolment": offer["enrolment"], "code": "000000", "name": "Phone"}
    refused(who.api.post("/me/factors/totp/confirm", wrong), 422, "invalid_code", "code")
    right = wrong | {"code": app.at(int(time.time()) + 30 * steps)}
    added = who.api.post("/me/factors/totp/confirm", right, expect=201)
    refused(who.api.post("/me/factors/totp/confirm", right), 409, "factor_added")
    return app, added


def test_an_authenticator_app_and_recovery_codes(cast):
    una, adam = cast.una, cast.adam.api
    assert una.api.get("/me/factors", expect=200) == {"items": [], "next": None, "recovery_codes_left": 0, "required": False, "methods": ["totp", "passkey"]}
    refused(una.api.post("/me/factors/recovery-codes"), 409, "no_factor")
    app, added = with_app(cast, una)
    assert len(set(added["recovery_codes"])) == 10 and added["kind"] == "totp" and added["name"] == "Phone"
    again = una.api.get("/me/factors", expect=200)
    assert app.secret not in str(again) and again["recovery_codes_left"] == 10 and [factor["id"] for factor in again["items"]] == [added["id"]]
    assert adam.get(f"/users/{una.id}/factors", expect=200)["items"] == again["items"]

    problem = refused(begin(cast, una), 401, "second_step_required")
    assert problem["methods"] == ["totp", "recovery"]
    refused(cast.server.api(problem["step_token"]).get("/me"), 401, "unauthenticated")
    refused(finish(cast, problem["step_token"], code="12345"), 401, "invalid_code")
    code = app.now()
    opened = finish(cast, problem["step_token"], code=code)
    assert opened.status_code == 201, opened.text
    cast.server.api(opened.json()["token"]).get("/me", expect=200)
    token = begin(cast, una).json()["step_token"]
    refused(finish(cast, token, code=code), 401, "invalid_code")
    assert finish(cast, token, recovery_code=added["recovery_codes"][3]).status_code == 201
    token = begin(cast, una).json()["step_token"]
    refused(finish(cast, token, recovery_code=added["recovery_codes"][3]), 401, "invalid_code")
    assert una.api.get("/me/factors", expect=200)["recovery_codes_left"] == 9

    # Removed by oneself; the last one goes with the codes, and ends the other logins.
    una.api.delete(f"/me/factors/{added['id']}", expect=204)
    refused(cast.server.api(opened.json()["token"]).get("/me"), 401, "unauthenticated")
    assert una.api.get("/me/factors", expect=200)["recovery_codes_left"] == 0
    assert begin(cast, una).status_code == 201
    actions = {entry["action"] for entry in adam.items("/history", subject=una.id)}
    assert {"factor.added", "factor.removed", "recovery_code.used", "login.failed"} <= actions


def test_whoever_must_have_one_sets_it_up_before_anything_else(cast):
    una, inside, user_role = cast.una, cast.north.inside, cast.user_role
    cast.adam  # He holds another role.
    rule = {"required": "roles", "roles": [user_role], "methods": ["totp"]}
    assert inside.patch("/settings/security", {"second_step": rule}, expect=200)["second_step"] == rule
    refused(inside.patch("/settings/security", {"second_step": {"required": "roles"}}), 422, "required", "second_step.roles")
    refused(inside.patch("/settings/security", {"second_step": {"methods": []}}), 422, "required", "second_step.methods")
    refused(una.api.get("/sessions"), 403, "second_step_enrolment_required")
    una.api.get("/me", expect=200)
    cast.adam.api.get("/users", expect=200)
    assert begin(cast, una).json()["must_add_factor"] is True
    app, added = with_app(cast, una)
    una.api.get("/sessions", expect=200)
    refused(una.api.delete(f"/me/factors/{added['id']}"), 409, "last_factor")
    # Reset by somebody who may set the password: back to where it was.
    answer = cast.olive.post(f"/accounts/{cast.north.id}/users/{una.id}/factors/reset", expect=200)
    assert answer == {"items": [], "next": None, "recovery_codes_left": 0}
    refused(una.api.get("/me"), 401, "unauthenticated")
    opened = begin(cast, una)
    assert opened.status_code == 201 and opened.json()["must_add_factor"] is True
    refused(cast.server.api(opened.json()["token"]).get("/sessions"), 403, "second_step_enrolment_required")


def test_administrators_too(cast):
    olive = cast.olive
    assert olive.get("/enterprise/security", expect=200) == {"second_step": {"required": "off", "methods": ["totp", "passkey"]}}
    olive.patch("/enterprise/security", {"second_step": {"required": "all"}}, expect=200)
    refused(olive.get("/accounts"), 403, "second_step_enrolment_required")
    refused(cast.north.inside.get("/users"), 403, "second_step_enrolment_required")
    offer = olive.post("/me/factors/totp", expect=200)
    app = pyotp.parse_uri(offer["otpauth_url"])
    olive.post("/me/factors/totp/confirm", {"enrolment": offer["enrolment"], "code": app.at(int(time.time()) - 30)}, expect=201)
    olive.get("/accounts", expect=200)
    cast.north.inside.get("/users", expect=200)
    # By command, whoever has lost it.
    assert "was reset" in cast.server.command("admin", "reset-second-step", "--email", OLIVE).stdout
    refused(olive.get("/me"), 401, "unauthenticated")
