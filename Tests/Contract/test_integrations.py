"""Integrations, and their tokens by OAuth 2.0: the RFCs' own words, with the clients that people use."""

import base64
import json
import time
import urllib.parse

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from joserfc import jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from Contract.cast import PASSWORD, refused

COUNTER = iter(range(1, 10_000))


class Machine:
    """An integration as its owner holds it."""

    def __init__(self, inside, functions, **more):
        number = next(COUNTER)
        made = inside.post(
            "/integrations", {"name": f"Machine {number}", "client_id": f"machine-{number}", "functions": functions} | more, expect=201)
        self.inside, self.made, self.id, self.client_id, self.secret = inside, made, made["id"], made["client_id"], made["client_secret"]


@pytest.fixture
def machine(cast):
    return lambda functions=None, inside=None, **more: Machine(inside or cast.north.inside, functions or {"users": "read"}, **more)


@pytest.fixture
def oauth(server):
    """Sends a form to an OAuth endpoint: `oauth(path, form, machine or (id, secret) or None, **requests' own)`."""
    base = f"http://127.0.0.1:{server.port}"

    def send(path, form, who=None, **more):
        auth = (who.client_id, who.secret) if isinstance(who, Machine) else who
        session = requests.Session()
        session.trust_env = False
        return session.post(base + path, data=form, auth=auth, timeout=30, **more)

    return send


@pytest.fixture
def token(oauth):
    def ask(machine, **form):
        answer = oauth("/oauth/token", {"grant_type": "client_credentials"} | form, machine)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def root(server):
    session = requests.Session()
    session.trust_env = False
    return lambda path: session.get(f"http://127.0.0.1:{server.port}{path}", timeout=30)


def refuses(answer, status, error):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Pragma"] == "no-cache"
    assert answer.json()["error"] == error and set(answer.json()) <= {"error", "error_description", "error_uri"}
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


# Integrations


def test_an_integration_from_its_making_to_its_end(cast):
    inside = cast.north.inside
    body = {"name": "Building control", "client_id": "Building-1", "functions": {"users": "read", "decisions": "full", "roles": "none"}}
    made = inside.post("/integrations", body, expect=201)
    secret = made.pop("client_secret")
    assert secret.startswith("lk_client_") and made["functions"] == {"users": "read", "decisions": "full"}
    assert (made["status"], made["token_format"], made["last_used_at"], made["live_tokens"]) == ("enabled", "opaque", None, 0)
    path = f"/integrations/{made['id']}"
    assert inside.get(path, expect=200) == made and made in inside.items("/integrations")
    refused(inside.post("/integrations", body | {"name": "Other", "client_id": "building-1"}), 409, "client_id_taken", "client_id")
    refused(inside.post("/integrations", body | {"name": "building CONTROL", "client_id": "b2"}), 409, "integration_name_taken", "name")
    for field, value in (("name", "X"), ("client_id", "x"), ("client_secret", "x"), ("token_format", "jwt")):
        refused(inside.patch(path, {field: value}), 400, "immutable", field)
    assert inside.patch(path, {"functions": {"users": "full"}}, expect=200)["functions"] == {"users": "full"}
    assert inside.post(path + "/disable", expect=200)["status"] == "disabled"
    assert inside.post(path + "/enable", expect=200)["status"] == "enabled"
    inside.delete(path, expect=204)
    assert inside.get(path).status_code == 404
    # Its client id stays taken, here and everywhere.
    refused(inside.post("/integrations", body), 409, "client_id_taken", "client_id")
    refused(cast.south.inside.post("/integrations", body), 409, "client_id_taken", "client_id")
    history = inside.items("/history", subject=made["id"])
    assert [entry["action"] for entry in reversed(history)] == [
        "integration.created", "integration.changed", "integration.disabled", "integration.enabled", "integration.deleted"]
    assert secret not in json.dumps(history)


def test_what_a_body_may_say(cast):
    inside, good = cast.north.inside, {"name": "N", "client_id": "n-1", "functions": {"users": "read"}}
    for field, value, status, code, at in (
            ("client_id", "with space", 422, "invalid_character", "client_id"), ("client_id", "x" * 101, 422, "too_long", "client_id"),
            ("client_id", "größe", 422, "invalid_character", "client_id"), ("functions", {}, 422, "required", "functions"),
            ("functions", {"users": "none"}, 422, "required", "functions"), ("functions", {"hvac": "read"}, 422, "unknown_reference", "functions.hvac"),
            ("functions", {"users": "most"}, 422, "invalid_choice", "functions.users"), ("functions", {"users": 1}, 400, "wrong_type", "functions.users"),
            ("functions", None, 422, "required", "functions"), ("token_format", "saml", 422, "invalid_choice", "token_format")):
        refused(inside.post("/integrations", good | {field: value}), status, code, at)


def test_a_replay_of_a_creation_repeats_no_secret(cast):
    body, key = {"name": "Twice", "client_id": "twice", "functions": {"users": "read"}}, {"Idempotency-Key": "twice-1"}
    first = cast.north.inside.post("/integrations", body, headers=key, expect=201)
    again = cast.north.inside.post("/integrations", body, headers=key)
    assert again.status_code == 201 and again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {name: value for name, value in first.items() if name != "client_secret"}


def test_nobody_gives_an_integration_more_than_they_hold(cast):
    keeper = cast.north.inside.post(
        "/roles", {"name": "Machine keeper", "description": "x",
                   "screens": {"integrations": {"level": "full"}, "users": {"level": "read"}, "sessions": {"level": "full", "reach": "all"}}},
        expect=201)["id"]
    gabe = cast.north.user("Gabe", keeper, [cast.road])
    ivy = cast.north.user("Ivy", keeper, "all")

    def make(person, number, functions):
        return person.api.post("/integrations", {"name": f"K{number}", "client_id": f"k-{number}", "functions": functions})

    refused(make(gabe, 1, {"users": "full"}), 403, "grants_more_than_held")
    refused(make(gabe, 2, {"roles": "read"}), 403, "grants_more_than_held")
    # All sessions of the account are more than those under some of its keys.
    refused(make(gabe, 3, {"sessions": "read"}), 403, "grants_more_than_held")
    assert make(gabe, 4, {"users": "read", "decisions": "read"}).status_code == 201
    assert make(ivy, 5, {"sessions": "full"}).status_code == 201
    admins = Machine(cast.north.inside, {"users": "full", "roles": "full"})
    refused(gabe.api.patch(f"/integrations/{admins.id}", {"functions": {"users": "full", "history": "read"}}), 403, "grants_more_than_held")
    # What one may not give may stay, and one may take it away; not give it back.
    assert gabe.api.patch(f"/integrations/{admins.id}", {"functions": {"users": "full"}}).status_code == 200
    assert gabe.api.patch(f"/integrations/{admins.id}", {"functions": {"users": "read"}}).status_code == 200
    refused(gabe.api.patch(f"/integrations/{admins.id}", {"functions": {"users": "full"}}), 403, "grants_more_than_held")
    refused(ivy.api.post(f"/integrations/{Machine(cast.north.inside, {'roles': 'read'}).id}/enable"), 403, "grants_more_than_held")
    assert gabe.api.post(f"/integrations/{admins.id}/disable").status_code == 200


# Tokens


def test_a_token_does_what_the_functions_say_and_no_more(cast, server, machine, token):
    robot = machine({"users": "read", "sessions": "full"})
    given = token(robot)
    assert given["token_type"] == "Bearer" and given["expires_in"] == 3600 and given["scope"] == "sessions:full users:read"
    api = server.api(given["access_token"])
    me = api.get("/me", expect=200)
    assert (me["kind"], me["id"], me["name"]) == ("integration", robot.id, robot.made["name"])
    assert api.get("/users").status_code == 200
    refused(api.post("/users", {}), 403, "level_too_low")
    refused(api.get("/roles"), 403, "screen_not_granted")
    made = api.post("/sessions", {"api_key": cast.road.id, "reference": "R"}, expect=201)
    assert made["source"]["type"] == "api" and made["owner"] is None
    assert robot.inside.get(f"/integrations/{robot.id}", expect=200)["live_tokens"] == 1
    calls = robot.inside.items(f"/integrations/{robot.id}/calls")
    assert [(call["method"], call["route"], call["status"]) for call in calls][:3] == [
        ("POST", "/api/v1/sessions", 201), ("GET", "/api/v1/roles", 403), ("POST", "/api/v1/users", 403)]
    # A change holds for tokens that are out, at once.
    robot.inside.patch(f"/integrations/{robot.id}", {"functions": {"roles": "read"}}, expect=200)
    refused(api.get("/users"), 403, "screen_not_granted")
    assert api.get("/roles").status_code == 200


def test_a_scope_asks_for_less(server, machine, token, oauth):
    robot = machine({"users": "full", "roles": "read"})
    given = token(robot, scope="users:read")
    assert given["scope"] == "users:read"
    api = server.api(given["access_token"])
    refused(api.post("/users", {}), 403, "level_too_low")
    refused(api.get("/roles"), 403, "screen_not_granted")
    assert token(robot, scope="users roles:read")["scope"] == "roles:read users:full"
    for scope in ("history", "roles:full", "users:none", "users:", "users: roles", " "):
        refuses(oauth("/oauth/token", {"grant_type": "client_credentials", "scope": scope}, robot), 400, "invalid_scope")
    # What a token was asked for bounds it also when the integration is given more.
    robot.inside.patch(f"/integrations/{robot.id}", {"functions": {"users": "full", "roles": "full"}}, expect=200)
    refused(api.get("/roles"), 403, "screen_not_granted")


@pytest.mark.parametrize("seconds", ["0", "86401", "-1", "x", "1e3", "99999999999999999999"])
def test_a_token_lives_a_day_at_most(machine, oauth, token, seconds):
    robot = machine()
    refuses(oauth("/oauth/token", {"grant_type": "client_credentials", "expires_in": seconds}, robot), 400, "invalid_request")
    assert token(robot, expires_in="86400")["expires_in"] == 86400


def test_errors_are_those_of_the_rfc(machine, oauth, root, server):
    robot, grant = machine(), {"grant_type": "client_credentials"}
    token = "/oauth/token"
    refuses(oauth(token, grant), 401, "invalid_client")
    refuses(oauth(token, grant, (robot.client_id, "wrong")), 401, "invalid_client")
    refuses(oauth(token, grant, ("nobody", robot.secret)), 401, "invalid_client")
    refuses(oauth(token, grant, (robot.client_id.upper(), robot.secret)), 401, "invalid_client")
    refuses(oauth(token, grant | {"client_id": robot.client_id}), 401, "invalid_client")
    refuses(oauth(token, grant | {"client_id": robot.client_id, "client_secret": "x"}), 401, "invalid_client")
    for header in ("Basic", "Basic %%%", "Basic " + base64.b64encode(b"nocolon").decode(), "Bearer " + robot.secret, "Digest x"):
        refuses(oauth(token, grant, headers={"Authorization": header}), 401, "invalid_client")
    both = grant | {"client_id": robot.client_id, "client_secret": robot.secret}
    assert oauth(token, both).status_code == 200
    refuses(oauth(token, both, robot), 400, "invalid_request")
    refuses(oauth(token, grant | {"client_id": "other"}, robot), 400, "invalid_request")
    assert oauth(token, grant | {"client_id": robot.client_id}, robot).status_code == 200
    refuses(oauth(token, {"grant_type": "password", "username": "u", "password": "p"}, robot), 400, "unsupported_grant_type")
    for form in ({}, {"grant_type": ""}):
        refuses(oauth(token, form, robot), 400, "invalid_request")
    refuses(oauth(token, [("grant_type", "client_credentials"), ("grant_type", "client_credentials")], robot), 400, "invalid_request")
    refuses(oauth(token, [("grant_type", "client_credentials"), ("x", "1"), ("x", "2")], robot), 400, "invalid_request")
    refuses(oauth(token, json.dumps(grant), robot, headers={"Content-Type": "application/json"}), 400, "invalid_request")
    refuses(oauth(token + "?grant_type=client_credentials", grant, robot), 400, "invalid_request")
    refuses(oauth(token, "grant_type=%zz", robot, headers={"Content-Type": "application/x-www-form-urlencoded"}), 400, "invalid_request")
    # An unknown parameter is none of our business.
    assert oauth(token, grant | {"audience": "x"}, robot).status_code == 200
    assert root(token).status_code == 405
    # A client's secret is no bearer's.
    assert server.api(robot.secret).get("/me").status_code == 401


def test_a_secret_may_be_encoded_as_a_form_has_it(machine, oauth, server):
    robot = machine()
    odd = "".join(f"%{ord(letter):02X}" for letter in robot.client_id), "".join(f"%{ord(letter):02x}" for letter in robot.secret)
    assert oauth("/oauth/token", {"grant_type": "client_credentials"}, odd).status_code == 200
    answer = oauth("/oauth/token", {"grant_type": "client_credentials"}, (robot.client_id, "a b&c=d+é%"))
    refuses(answer, 401, "invalid_client")
    body = "grant_type=client%5fcredentials&client_id=" + odd[0] + "&client_secret=" + urllib.parse.quote_plus(robot.secret)
    sent = oauth("/oauth/token", body, headers={"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"})
    assert sent.status_code == 200


def test_wrong_secrets_are_slowed_down_and_lock_nobody_out(machine, oauth):
    robot, grant = machine(), {"grant_type": "client_credentials"}
    answers = [oauth("/oauth/token", grant, (robot.client_id, f"wrong {number}")) for number in range(8)]
    assert [answer.status_code for answer in answers[:5]] == [401] * 5
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0
    assert oauth("/oauth/token", grant, robot).status_code == 200
    other = machine()
    assert oauth("/oauth/token", grant, other).status_code == 200
    until = time.monotonic() + 10
    while time.monotonic() < until:
        actions = [entry["action"] for entry in robot.inside.items("/history", subject=robot.id)]
        if actions.count("token.refused") == 5:
            break
        time.sleep(0.1)
    assert actions.count("token.refused") == 5


def test_introspection_says_what_a_token_is_worth_now(cast, machine, token, oauth):
    robot, asker, stranger = machine({"users": "read"}), machine({"decisions": "read"}), machine(inside=cast.south.inside)
    given = token(robot)["access_token"]

    def ask(who, text, **more):
        answer = oauth("/oauth/introspect", {"token": text} | more, who)
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
        return answer.json()

    said = ask(asker, given, token_type_hint="refresh_token")
    assert said["active"] is True and said["client_id"] == robot.client_id and said["sub"] == robot.id
    assert said["functions"] == {"users": "read"} and said["scope"] == "users:read" and said["token_type"] == "Bearer"
    assert said["account"] == cast.north.id and said["exp"] - said["iat"] == 3600
    robot.inside.patch(f"/integrations/{robot.id}", {"functions": {"users": "full"}}, expect=200)
    assert ask(robot, given)["functions"] == {"users": "full"}
    inactive = {"active": False}
    assert ask(stranger, given) == inactive
    typo = given[:-1] + ("x" if given[-1] != "x" else "y")
    assert ask(asker, "x") == inactive and ask(asker, typo) == inactive and ask(asker, cast.road.secret) == inactive
    assert ask(asker, cast.olive.token) == inactive and ask(asker, asker.secret) == inactive
    refuses(oauth("/oauth/introspect", {"token": given}), 401, "invalid_client")
    refuses(oauth("/oauth/introspect", {}, asker), 400, "invalid_request")
    robot.inside.post(f"/integrations/{robot.id}/disable", expect=200)
    assert ask(asker, given) == inactive
    robot.inside.post(f"/integrations/{robot.id}/enable", expect=200)
    assert ask(asker, given) == inactive


def test_revocation_ends_ones_own_tokens_alone(machine, token, oauth, server):
    robot, other = machine(), machine()
    given = token(robot)["access_token"]
    api = server.api(given)
    assert api.get("/users").status_code == 200
    for who, text in ((other, given), (robot, "x"), (robot, given + "x"), (robot, other.secret)):
        answer = oauth("/oauth/revoke", {"token": text}, who)
        assert answer.status_code == 200 and answer.content == b""
        assert api.get("/users").status_code == 200
    refuses(oauth("/oauth/revoke", {"token": given}), 401, "invalid_client")
    refuses(oauth("/oauth/revoke", {}, robot), 400, "invalid_request")
    assert oauth("/oauth/revoke", {"token": given, "token_type_hint": "access_token"}, robot).status_code == 200
    assert api.get("/users").status_code == 401
    assert oauth("/oauth/revoke", {"token": given}, robot).status_code == 200


@pytest.mark.parametrize("format", ["opaque", "jwt"])
def test_a_disabled_and_a_deleted_integration_are_nobody(machine, token, oauth, server, format):
    robot = machine(token_format=format)
    given = token(robot)["access_token"]
    api, grant = server.api(given), {"grant_type": "client_credentials"}
    assert api.get("/users").status_code == 200
    robot.inside.post(f"/integrations/{robot.id}/disable", expect=200)
    assert api.get("/users").status_code == 401
    refuses(oauth("/oauth/token", grant, robot), 401, "invalid_client")
    robot.inside.post(f"/integrations/{robot.id}/enable", expect=200)
    # The token stays dead, the secret works again.
    assert api.get("/users").status_code == 401
    api = server.api(token(robot)["access_token"])
    assert api.get("/users").status_code == 200
    robot.inside.delete(f"/integrations/{robot.id}", expect=204)
    assert api.get("/users").status_code == 401
    refuses(oauth("/oauth/token", grant, robot), 401, "invalid_client")


def test_allowed_addresses_hold_for_integrations(cast, machine, token, oauth, server):
    robot = machine(inside=cast.south.inside)
    api = server.api(token(robot)["access_token"])
    cast.south.inside.patch("/settings/security", {"allowed_addresses": ["192.0.2.0/24"]}, expect=200)
    refused(api.get("/users"), 403, "address_not_allowed")
    refuses(oauth("/oauth/token", {"grant_type": "client_credentials"}, robot), 401, "invalid_client")
    cast.south.inside.patch("/settings/security", {"allowed_addresses": []}, expect=200)
    assert api.get("/users").status_code == 200
    assert token(robot)["access_token"]


# Signed tokens


def keys_of(root):
    answer = root("/oauth/jwks")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "public, max-age=300"
    assert not any(set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"} for key in answer.json()["keys"])
    return answer.json()


def test_a_signed_token_is_what_rfc_9068_says(server, cast, machine, token, root, oauth):
    robot = machine({"users": "read"}, token_format="jwt")
    given = token(robot, expires_in="86400")
    assert given["expires_in"] == 300
    read = jwt.decode(given["access_token"], KeySet.import_key_set(keys_of(root)), algorithms=["RS256"])
    assert read.header["typ"] == "at+jwt" and read.header["alg"] == "RS256"
    claims = read.claims
    assert claims["iss"] == server.url and claims["sub"] == robot.id and claims["client_id"] == robot.client_id
    assert server.url in claims["aud"] and cast.north.id in claims["aud"]
    assert claims["exp"] - claims["iat"] == 300 and claims["jti"].startswith("lgn_") and claims["scope"] == "users:read"
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": server.url}, aud={"essential": True, "value": server.url}, exp={"essential": True}).validate(claims)
    # Latchkey takes it, and takes it back, like any other.
    api = server.api(given["access_token"])
    assert api.get("/users").status_code == 200
    head, body, signature = given["access_token"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    for forged in (f"{none}.{body}.", f"{none}.{body}.{signature}", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}"):
        assert server.api(forged).get("/users").status_code == 401
    asker = machine({"decisions": "read"})
    assert oauth("/oauth/introspect", {"token": given["access_token"]}, asker).json()["jti"] == claims["jti"]
    assert oauth("/oauth/revoke", {"token": given["access_token"]}, robot).status_code == 200
    assert api.get("/users").status_code == 401


def test_a_key_is_published_before_it_signs_and_until_its_last_token_is_over(fresh):
    north = fresh.sign_in()
    account = north.post("/accounts", {"name": "North"}, expect=201)["id"]
    session = requests.Session()
    session.trust_env = False
    base = f"http://127.0.0.1:{fresh.port}"

    def inside():
        return fresh.api(fresh.sign_in().post(f"/accounts/{account}/switch", {}, expect=201)["token"])

    robot = Machine(inside(), {"users": "read"}, token_format="jwt")

    def published():
        return [key["kid"] for key in session.get(base + "/oauth/jwks").json()["keys"]]

    def signer():
        answer = session.post(base + "/oauth/token", {"grant_type": "client_credentials"}, auth=(robot.client_id, robot.secret))
        return json.loads(base64.urlsafe_b64decode(answer.json()["access_token"].split(".")[0] + "=="))["kid"]

    assert published() == []
    first = signer()
    assert published() == [first]
    assert "signs access tokens from" in fresh.command("keys", "rotate").stdout
    both = published()
    assert both[0] == first and len(both) == 2 and signer() == first
    fresh.move_clock(601)
    assert signer() == both[1] and published() == both
    fresh.move_clock(359 - 2)
    assert published() == both
    fresh.move_clock(4)
    assert published() == both[1:]
    fresh.stop()
    # Also where nobody serves.
    fresh.command("keys", "rotate", "--at-once")
    fresh.start()
    now = published()
    assert len(now) == 1 and now != both[1:] and signer() == now[0]


def test_the_metadata_name_what_there_is(server, root):
    said = root("/.well-known/oauth-authorization-server").json()
    assert said["issuer"] == server.url and said["token_endpoint"] == server.url + "/oauth/token"
    assert said["jwks_uri"] == server.url + "/oauth/jwks" and said["grant_types_supported"] == ["client_credentials"]
    assert said["introspection_endpoint"] == server.url + "/oauth/introspect" and said["revocation_endpoint"] == server.url + "/oauth/revoke"
    assert said["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]


# The clients that people use


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_gets_uses_asks_about_and_revokes_a_token(server, machine, method):
    robot = machine({"users": "read"})
    client = AuthlibSession(robot.client_id, robot.secret, token_endpoint_auth_method=method)
    client.trust_env = False
    given = client.fetch_token(server.url + "/oauth/token", grant_type="client_credentials")
    assert client.get(server.url + "/api/v1/users").status_code == 200
    assert client.introspect_token(server.url + "/oauth/introspect", token=given["access_token"]).json()["active"] is True
    assert client.revoke_token(server.url + "/oauth/revoke", token=given["access_token"]).status_code == 200
    assert client.get(server.url + "/api/v1/users", withhold_token=True, headers={
        "Authorization": "Bearer " + given["access_token"]}).status_code == 401


@pytest.mark.parametrize("in_body", [False, True])
def test_oauthlib_gets_and_uses_a_token(server, machine, monkeypatch, in_body):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    robot = machine({"users": "read"})
    client = OAuth2Session(client=BackendApplicationClient(robot.client_id, scope=["users:read"]))
    client.trust_env = False
    more = {"include_client_id": True} if in_body else {"auth": (robot.client_id, robot.secret)}
    client.fetch_token(server.url + "/oauth/token", client_secret=robot.secret if in_body else None, **more)
    assert client.get(server.url + "/api/v1/users").status_code == 200


# Secrets


def test_secrets_and_tokens_are_nowhere(server, cast, machine, token, oauth):
    robots = [machine(), machine(token_format="jwt")]
    secrets = [robot.secret for robot in robots] + [token(robot)["access_token"] for robot in robots]
    oauth("/oauth/token", {"grant_type": "client_credentials", "scope": secrets[2]}, robots[0])
    oauth("/oauth/token", {"grant_type": secrets[0], "client_id": robots[0].client_id, "client_secret": secrets[0]})
    oauth("/oauth/introspect", {"token": secrets[2]}, (robots[0].client_id, secrets[1]))
    server.api(secrets[0]).get("/users/" + secrets[2])
    shown = json.dumps([cast.north.inside.items("/history"), cast.north.inside.items("/integrations")])
    shown += "".join(json.dumps(cast.north.inside.items(f"/integrations/{robot.id}/calls")) for robot in robots) + server.log + server.output
    stored = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file() and path.name != "control.sock")
    for secret in secrets:
        assert secret not in shown
        assert secret.encode() not in stored
        assert secret.split(".")[-1].encode() not in stored
    assert PASSWORD not in server.log
