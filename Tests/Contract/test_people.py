"""Accounts, switching, users, roles and keys: what may be done, what is refused, and what ends."""

import pytest

from Contract.cast import NEVER, PASSWORD, Branch, refused
from support.server import OLIVE, OLIVES_PASSWORD


def wrong(server, username, password="Wrong-kettle-orchard-58"):
    return server.api().post("/logins", {"username": username, "password": password})


def without_id(answer):
    return {name: value for name, value in answer.json().items() if name != "request_id"}


# --- signing in

def test_unknown_wrong_and_disabled_are_answered_alike(cast, server):
    gone = cast.north.user("Gone", cast.user_role)
    cast.north.inside.post(f"/users/{gone.id}/disable", expect=200)
    answers = [wrong(server, "nobody@north.example"), wrong(server, cast.una.username), wrong(server, gone.username, PASSWORD)]
    for answer in answers:
        refused(answer, 401, "invalid_credentials")
        assert answer.headers["WWW-Authenticate"]
    assert len({str(without_id(answer)) for answer in answers}) == 1


def test_guessing_is_slowed_alike_for_known_and_unknown(fresh):
    for name in (OLIVE, "nobody@alder.example"):
        answers = [wrong(fresh, name) for _ in range(7)]
        assert [a.status_code for a in answers[:5]] == [401] * 5 and answers[-1].status_code == 429
        refused(answers[-1], 429, "too_many_attempts")
        assert int(answers[-1].headers["Retry-After"]) >= 1
    fresh.move_clock(hours=2)
    fresh.sign_in()


def test_take_over_refuse_and_allow(cast, server):
    inside = cast.south.inside
    person = cast.south.user("Twice", cast.south.role("USER"))

    def sign_in(**more):
        return server.api().post("/logins", {"username": person.username, "password": PASSWORD, **more})

    inside.patch("/settings/security", {"concurrent_logins": "take_over"}, expect=200)
    refused(sign_in(), 409, "already_signed_in")
    person.api.get("/me", expect=200)
    token = sign_in(take_over=True).json()["token"]
    refused(person.api.get("/me"), 401, "unauthenticated")
    inside.patch("/settings/security", {"concurrent_logins": "refuse"}, expect=200)
    refused(sign_in(take_over=True), 409, "login_refused")
    server.api(token).get("/me", expect=200)
    inside.patch("/settings/security", {"concurrent_logins": "allow", "max_logins": 2}, expect=200)
    assert sign_in().status_code == 201
    refused(sign_in(), 409, "login_refused")
    inside.patch("/settings/security", {"max_logins": 10}, expect=200)


def test_own_logins_and_own_password(cast, server):
    person = cast.north.user("Lena", cast.user_role)
    other = server.sign_in(person.username, PASSWORD)
    third = server.sign_in(person.username, PASSWORD)
    logins = person.api.items("/me/logins")
    assert len(logins) == 3 and [login["current"] for login in logins].count(True) == 1
    person.api.delete(f"/me/logins/{other.me['login']}", expect=204)
    refused(other.get("/me"), 401, "unauthenticated")
    refused(cast.una.api.delete(f"/me/logins/{third.me['login']}"), 404, "not_found")

    refused(person.api.put("/me/password", {"current": "not it", "new": PASSWORD + "x"}), 422, "wrong_password", "current")
    refused(person.api.put("/me/password", {"current": PASSWORD, "new": PASSWORD}), 422, "same_password", "new")
    for bad, code in {"Sh0rt-one": "too_short", "amber-kettle-orchard-58": "needs_upper", "Lena-kettle-orchard-58": "contains_personal",
                      "Password1234": "too_guessable"}.items():
        refused(person.api.put("/me/password", {"current": PASSWORD, "new": bad}), 422, code, "new")
    person.api.put("/me/password", {"current": PASSWORD, "new": "Copper-meadow-violin-31"}, expect=204)
    person.api.get("/me", expect=200)
    refused(third.get("/me"), 401, "unauthenticated")
    server.sign_in(person.username, "Copper-meadow-violin-31")


# --- accounts

def test_accounts_are_disabled_and_everything_in_them_ends(cast, server):
    branch = Branch(server, cast.olive, "West branch")
    key = branch.key("Road checks")
    person = branch.user("Wanda", branch.role("USER"), [key])
    assert cast.olive.post(f"/accounts/{branch.id}/disable", expect=200)["status"] == "disabled"
    for api in (person.api, key.api, branch.inside):
        refused(api.get("/me"), 401, "unauthenticated")
    refused(wrong(server, person.username, PASSWORD), 401, "invalid_credentials")
    refused(cast.olive.post(f"/accounts/{branch.id}/switch", {}), 409, "account_disabled")
    assert cast.olive.post(f"/accounts/{branch.id}/enable", expect=200)["status"] == "enabled"
    key.api.get("/sessions", expect=200)
    refused(person.api.get("/me"), 401, "unauthenticated")
    server.sign_in(person.username, PASSWORD)


def test_an_administrator_stands_at_one_level_at_a_time(cast):
    refused(cast.olive.get("/users"), 403, "no_account")
    refused(cast.north.inside.get("/accounts"), 403, "enterprise_only")
    refused(cast.adam.api.get("/accounts"), 403, "enterprise_only")
    by_path = cast.olive.items(f"/accounts/{cast.north.id}/users")
    assert {u["id"] for u in by_path} == {u["id"] for u in cast.north.inside.items("/users")}
    refused(cast.olive.get(f"/accounts/{NEVER['acc']}/users"), 404, "not_found")


def test_a_limited_administrator_sees_their_groups_only(cast, server):
    group = cast.olive.post("/groups", {"name": "Southern"}, expect=201)["id"]
    inside = cast.olive.post("/accounts", {"name": "Grouped branch", "group": group}, expect=201)["id"]
    cast.olive.post("/administrators", {
        "email": "gina@alder.example", "name": "Gina", "groups": [group], "permissions": ["manage_users", "switch"], "password": PASSWORD}, expect=201)
    gina = server.sign_in("gina@alder.example", PASSWORD)
    assert [a["id"] for a in gina.items("/accounts")] == [inside]
    hidden, never = gina.get(f"/accounts/{cast.north.id}"), gina.get(f"/accounts/{NEVER['acc']}")
    refused(hidden, 404, "not_found")
    assert without_id(hidden) == without_id(never)
    refused(gina.post(f"/accounts/{cast.north.id}/switch", {}), 404, "not_found")
    switched = server.api(gina.post(f"/accounts/{inside}/switch", {}, expect=201)["token"])
    switched.get("/users", expect=200)
    refused(gina.post("/accounts", {"name": "Anywhere", "group": group}), 403, "permission_missing")
    cast.olive.patch(f"/administrators/{gina.me['principal']['id']}", {"groups": []}, expect=200)
    refused(switched.get("/users"), 401, "unauthenticated")
    refused(cast.olive.post(f"/administrators/{cast.olive.me['principal']['id']}/disable"), 409, "last_administrator")


# --- users, roles, keys

def test_a_user_is_edited_disabled_and_enabled(cast, server):
    inside = cast.north.inside
    person = cast.north.user("Vera", cast.user_role, [cast.road])
    edited = inside.patch(f"/users/{person.id}", {"last_name": "Holm", "api_keys": [cast.road.id, cast.fleet.id]}, expect=200)
    assert edited["last_name"] == "Holm" and set(edited["api_keys"]) == {cast.road.id, cast.fleet.id}
    assert set(person.api.get("/me", expect=200)["access"]["api_keys"]) == {cast.road.id, cast.fleet.id}
    assert inside.post(f"/users/{person.id}/disable", expect=200)["status"] == "disabled"
    refused(person.api.get("/me"), 401, "unauthenticated")
    assert inside.post(f"/users/{person.id}/enable", expect=200)["status"] == "enabled"
    refused(person.api.get("/me"), 401, "unauthenticated")
    person.api = server.sign_in(person.username, PASSWORD)
    made = inside.put(f"/users/{person.id}/password", {"generate": True}, expect=200)
    refused(person.api.get("/me"), 401, "unauthenticated")
    assert server.sign_in(person.username, made["generated_password"]).me["must_change_password"] is True
    actions = [entry["action"] for entry in inside.items(f"/users/{person.id}/history")]
    assert {"user.created", "user.disabled", "user.enabled"} <= set(actions)
    edit = next(e for e in inside.items(f"/users/{person.id}/history") if any(c["field"] == "last_name" for c in e["changes"]) and e["action"] != "user.created")
    assert {"field": "last_name", "from": "Berg", "to": "Holm"} in edit["changes"] and edit["actor"]["kind"] == "administrator"


@pytest.mark.parametrize("body, status, code, field", [
    ({"email": "no-mail"}, 422, "invalid_email", "email"),
    ({"first_name": ""}, 422, "too_short", "first_name"),
    ({"first_name": "x" * 101}, 422, "too_long", "first_name"),
    ({"username": "two words"}, 422, "invalid_character", "username"),
    ({"roles": []}, 422, None, "roles"),
    ({"roles": [NEVER["rol"]]}, 422, "unknown_reference", "roles"),
    ({"api_keys": [NEVER["key"]]}, 422, "unknown_reference", "api_keys"),
    ({"password": "short"}, 422, "too_short", "password"),
    ({"colour": "blue"}, 400, "unknown_field", "colour"),
    ({"first_name": 7}, 400, "wrong_type", "first_name"),
])
def test_a_bad_user_is_refused_with_the_field_and_nothing_is_stored(cast, body, status, code, field):
    good = {"email": "bad@north.example", "first_name": "Bea", "last_name": "Berg", "roles": [cast.user_role], "password": PASSWORD}
    before = cast.north.inside.get("/users?total=true&limit=1", expect=200)["total"]
    answer = cast.north.inside.post("/users", good | body)
    assert answer.status_code == status, answer.text
    if code:
        refused(answer, status, code, field)
    elif field:
        assert field in [error["field"] for error in answer.json()["errors"]], answer.text
    assert cast.north.inside.get("/users?total=true&limit=1", expect=200)["total"] == before


def test_names_are_unique_by_their_canonical_form(cast):
    taken = {"email": cast.una.username.upper(), "first_name": "U", "last_name": "B", "roles": [cast.user_role], "password": PASSWORD}
    answer = cast.north.inside.post("/users", taken)
    assert answer.status_code == 409 and answer.json()["code"] in ("username_taken", "email_taken"), answer.text
    refused(cast.south.inside.post("/users", taken | {"roles": [cast.south.role("USER")]}), 409, "username_taken")
    refused(cast.north.inside.post("/api-keys", {"name": "ROAD checks", "mode": "live"}), 409, "api_key_name_taken")
    refused(cast.north.inside.post("/roles", {"name": "user", "description": "x", "screens": {"overview": {"level": "read"}}}), 409, "role_name_taken")


def test_nobody_gives_what_they_do_not_hold(cast, server):
    lead = cast.north.inside.post("/roles", {
        "name": "Lead", "description": "Makes users.", "screens": {"users": {"level": "full"}, "sessions": {"level": "full", "reach": "own"}}}, expect=201)["id"]
    person = cast.north.user("Lead", lead, [cast.road])
    new = {"email": "made@north.example", "first_name": "Mo", "last_name": "Berg", "roles": [lead], "password": PASSWORD}
    refused(person.api.post("/users", new | {"roles": [cast.north.role("ADMIN")]}), 403, "grants_more_than_held")
    refused(person.api.post("/users", new | {"api_keys": "all"}), 403, "grants_more_than_held")
    refused(person.api.post("/users", new | {"api_keys": [cast.fleet.id]}), 403, "grants_more_than_held")
    refused(person.api.post("/users", new | {"api_keys": [cast.south.key("Theirs").id]}), 422, "unknown_reference", "api_keys")
    person.api.post("/users", new | {"api_keys": [cast.road.id]}, expect=201)
    refused(person.api.post(f"/users/{cast.adam.id}/disable"), 403, "grants_more_than_held")
    refused(person.api.put(f"/users/{cast.adam.id}/password", {"password": PASSWORD + "9"}), 403, "grants_more_than_held")
    refused(cast.north.inside.delete(f"/roles/{lead}"), 409, "role_in_use")
    refused(cast.north.inside.patch(f"/roles/{cast.user_role}", {"name": "Other"}), 409, "built_in_role")


def test_the_last_manager_stays(cast, server):
    branch = Branch(server, cast.olive, "Lone branch")
    admin, user = branch.role("ADMIN"), branch.role("USER")
    adam = branch.user("Adam", admin, "all")
    refused(branch.inside.post(f"/users/{adam.id}/disable"), 409, "last_manager")
    refused(branch.inside.patch(f"/users/{adam.id}", {"roles": [user]}), 409, "last_manager")
    branch.user("Eve", admin, "all")
    branch.inside.post(f"/users/{adam.id}/disable", expect=200)


def test_screens_that_are_not_granted_are_403_before_the_record_is_looked_up(cast):
    for path in ("/users", f"/users/{cast.adam.id}", f"/users/{NEVER['usr']}", "/roles", "/api-keys", "/history", "/settings/security"):
        refused(cast.una.api.get(path), 403, "screen_not_granted")


def test_an_api_key_lives_and_ends(cast, server):
    inside = cast.north.inside
    key = cast.north.key("Short lived")
    rotated = inside.post(f"/api-keys/{key.id}/rotate", {"overlap_hours": 1}, expect=200)
    new = server.api(rotated["secret"])
    key.api.get("/me", expect=200)
    assert new.get("/me", expect=200)["kind"] == "api_key"
    newest = server.api(inside.post(f"/api-keys/{key.id}/rotate", expect=200)["secret"])
    newest.get("/me", expect=200)
    refused(new.get("/me"), 401, "unauthenticated")
    inside.post(f"/api-keys/{key.id}/disable", expect=200)
    refused(newest.get("/me"), 401, "unauthenticated")
    inside.post(f"/api-keys/{key.id}/enable", expect=200)
    made = newest.post("/sessions", {}, expect=201)
    refused(inside.delete(f"/api-keys/{key.id}"), 409, "api_key_in_use")
    assert inside.patch(f"/api-keys/{key.id}", {"mode": "test"}).status_code in (400, 409)
    newest.delete(f"/sessions/{made['id']}", expect=204)
    inside.delete(f"/api-keys/{key.id}", expect=204)
    refused(newest.get("/me"), 401, "unauthenticated")


def test_an_api_key_reaches_sessions_and_nothing_else(cast):
    for path in ("/users", "/api-keys", "/history", "/roles", "/accounts", "/settings/security"):
        assert cast.road.api.get(path).status_code == 403, path
    refused(cast.road.api.get("/me/logins"), 403, "login_required")
    refused(cast.road.api.post("/sessions", {"api_key": cast.fleet.id}), 422, "not_allowed", "api_key")


def test_a_supervisor_may_not_make_keys_or_read_more_than_theirs(cast):
    assert cast.rita.api.get("/me", expect=200)["access"]["api_keys"] == [cast.road.id]
    refused(cast.rita.api.post("/api-keys", {"name": "Mine", "mode": "live"}), 403, "screen_not_granted")
    assert [key["id"] for key in cast.rita.api.items("/me/api-keys")] == [cast.road.id]


def test_olive_signs_in_whatever_was_tried(server):
    assert server.sign_in(OLIVE, OLIVES_PASSWORD).me["principal"]["kind"] == "administrator"
