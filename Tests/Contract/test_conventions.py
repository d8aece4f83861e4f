"""The conventions of the API: order of judgement, problems, pages, idempotency, tags, the bearer."""

import concurrent.futures
import json

import pytest

from Contract.cast import NEVER, Branch, refused


# --- in which order a request is judged

def test_path_and_method_come_before_the_credential(server):
    nobody = server.api()
    refused(nobody.get("/nowhere"), 404, "not_found")
    answer = nobody.delete("/users")
    refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) >= {"GET", "POST"}
    refused(nobody.get("/users"), 401, "unauthenticated")


def test_screen_record_and_body_come_in_this_order(cast):
    una, admin = cast.una.api, cast.north.inside
    refused(una.patch(f"/users/{NEVER['usr']}", {"nonsense": 1}), 403, "screen_not_granted")
    refused(admin.patch(f"/users/{NEVER['usr']}", {"nonsense": 1}), 404, "not_found")
    refused(admin.patch(f"/users/{cast.una.id}", {"nonsense": 1}), 400, "unknown_field", "nonsense")
    refused(admin.request("PATCH", f"/users/{cast.una.id}", data="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}),
            415, "unsupported_media_type")
    refused(admin.patch(f"/users/{cast.una.id}", {"first_name": ""}, headers={"If-Match": '"old"'}), 422, "too_short", "first_name")
    refused(admin.patch(f"/users/{cast.una.id}", {"first_name": "Una"}, headers={"If-Match": '"old"'}), 412, "changed_meanwhile")


@pytest.mark.parametrize("id", ["x", "usr_", "USR_01M7YQ5HM0ENZTE5NXV5XNFJEE", "key_01m7yqcw00ezns0mqywq32jnyk", "usr_" + "z" * 26, "%00", "..%2fapi-keys"])
def test_a_malformed_id_is_the_same_404_as_one_that_was_never_issued(cast, id):
    never, malformed = cast.north.inside.get(f"/users/{NEVER['usr']}"), cast.north.inside.get(f"/users/{id}")
    assert malformed.status_code == never.status_code == 404
    assert malformed.json() | {"request_id": ""} == never.json() | {"request_id": ""}


@pytest.mark.parametrize("body", [
    "", "{", "[]", "null", '"text"', "{}{}", '{"reference":"a","reference":"b"}', '{"reference":"\\ud800"}', "\ufeff{}", "{'a':1}", "NaN",
    "[" * 10_000, '{"vehicle":' * 60 + "1" + "}" * 60, '{"vehicle":{"odometer":1e999}}', '{"vehicle":{"year":' + "9" * 400 + "}}", '{"reference":"\u0000"}'],
    ids=range(16))
def test_no_malformed_json_is_taken(cast, body):
    answer = cast.road.api.request("POST", "/sessions", data=body.encode("utf-8", "surrogatepass"), headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["code"] and answer.headers["Content-Type"] == "application/problem+json"


def test_types_are_taken_as_they_are(cast):
    for fields in ({"reference": 1}, {"vehicle": {"year": "2021"}}, {"vehicle": {"year": 2021.5}}, {"vehicle": []}, {"vehicle": {"year": True}}):
        assert cast.road.api.post("/sessions", fields).status_code == 400, fields
    refused(cast.road.api.post("/sessions", {"vehicle": {"colour": "red"}}), 400, "unknown_field", "vehicle.colour")


# --- lists

def test_pages_are_stable_while_rows_are_added(cast, server):
    branch = Branch(server, cast.olive, "Paging branch")
    key = branch.key("Pages")
    made = [key.api.post("/sessions", {"reference": str(number)}, expect=201)["id"] for number in range(7)]
    first = key.api.get("/sessions?limit=3", expect=200)
    assert [s["id"] for s in first["items"]] == made[:3:-1] and first["next"] and "total" not in first
    assert not set(first["next"]) & set("=+/")
    key.api.post("/sessions", {}, expect=201)
    second = key.api.get("/sessions", params={"limit": 3, "after": first["next"]}, expect=200)
    assert [s["id"] for s in second["items"]] == made[3:0:-1]
    third = key.api.get("/sessions", params={"limit": 3, "after": second["next"]}, expect=200)
    assert [s["id"] for s in third["items"]] == [made[0]] and third["next"] is None
    assert key.api.get("/sessions?total=true&limit=1", expect=200)["total"] == 8


def test_limits_and_cursors_are_checked(cast):
    api = cast.north.inside
    for limit, status in {"1": 200, "200": 200, "0": 422, "201": 422, "-1": 422, "x": 400, "1.5": 400, "9" * 30: 422}.items():
        assert api.get("/users", params={"limit": limit}).status_code == status, limit
    for after in ("garbage", "====", "A" * 500):
        assert api.get("/users", params={"after": after}).status_code in (400, 422), after
    refused(api.get("/users?limit=1&limit=2"), 400, "repeated")
    refused(api.get("/users?page=2"), 400, "unknown_parameter")


# --- Idempotency-Key and ETag

def test_a_create_is_made_once_for_each_idempotency_key(cast):
    api, headers = cast.north.inside, {"Idempotency-Key": "order-0815"}
    body = {"name": "Once", "mode": "live"}
    first = api.post("/api-keys", body, headers=headers)
    again = api.post("/api-keys", body, headers=headers)
    assert first.status_code == again.status_code == 201 and first.json()["id"] == again.json()["id"]
    assert "secret" in first.json() and "secret" not in again.json()
    assert "Idempotency-Replayed" not in first.headers and again.headers["Idempotency-Replayed"] == "true"
    refused(api.post("/api-keys", body | {"mode": "test"}, headers=headers), 422, "idempotency_key_reused")
    # Of another path or another person it is another key; what was refused is not kept.
    assert api.post("/roles", {"name": "Once", "description": "x", "screens": {"overview": {"level": "read"}}}, headers=headers).status_code == 201
    assert cast.adam.api.post("/api-keys", {"name": "Adam's", "mode": "live"}, headers=headers).status_code == 201
    refused(api.post("/api-keys", {"name": "", "mode": "live"}, headers={"Idempotency-Key": "bad"}), 422, "too_short", "name")
    assert api.post("/api-keys", {"name": "Now right", "mode": "live"}, headers={"Idempotency-Key": "bad"}).status_code == 201
    assert api.post("/api-keys", body, headers={"Idempotency-Key": "x" * 256}).status_code == 400


def test_a_generated_password_is_not_repeated(cast):
    body = {"email": "once@north.example", "first_name": "On", "last_name": "Ce", "roles": [cast.user_role], "generate_password": True}
    first, again = (cast.north.inside.post("/users", body, headers={"Idempotency-Key": "user-1"}) for _ in range(2))
    assert first.json()["generated_password"] and "generated_password" not in again.json() and first.json()["id"] == again.json()["id"]


def test_duplicates_at_the_same_time_make_one(cast, server):
    def create(_):
        return server.api(cast.road.secret).post("/sessions", {"reference": "twice"}, headers={"Idempotency-Key": "at-once"})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))
    assert {answer.status_code for answer in answers} == {201} and len({answer.json()["id"] for answer in answers}) == 1
    assert len(cast.road.api.items("/sessions", search="twice")) == 1


def test_a_lost_race_is_412(cast):
    session = cast.session(cast.una)["id"]
    tag = cast.una.api.get(f"/sessions/{session}").headers["ETag"]
    first = cast.una.api.patch(f"/sessions/{session}", {"reference": "first"}, headers={"If-Match": tag})
    assert first.status_code == 200 and first.headers["ETag"] != tag
    refused(cast.una.api.patch(f"/sessions/{session}", {"reference": "second"}, headers={"If-Match": tag}), 412, "changed_meanwhile")
    assert cast.una.api.get(f"/sessions/{session}", expect=200)["reference"] == "first"
    cast.una.api.patch(f"/sessions/{session}", {"reference": "third"}, headers={"If-Match": "*"}, expect=200)


def test_single_objects_carry_a_tag(cast):
    for api, path in (
        (cast.north.inside, f"/users/{cast.una.id}"), (cast.north.inside, f"/api-keys/{cast.road.id}"), (cast.north.inside, f"/roles/{cast.user_role}"),
        (cast.north.inside, "/settings/security"), (cast.north.inside, "/catalogue"), (cast.olive, f"/accounts/{cast.north.id}"),
        (cast.olive, f"/administrators/{cast.olive.me['principal']['id']}")):
        first, second = api.get(path), api.get(path)
        assert first.status_code == 200 and first.headers["ETag"] == second.headers["ETag"], path


# --- the bearer

def test_a_credential_is_a_bearer_token_and_nothing_else(cast, server):
    token = cast.una.api.token
    nobody = server.api()

    def me(**headers):
        return nobody.get("/me", headers=headers).status_code

    assert me(Authorization=f"Bearer {token}") == me(Authorization=f"bearer {token}") == 200
    for value in (token, f"Basic {token}", f"Bearer {token}x", f"Bearer {token[:-1]}", f"Bearer x {token}", "Bearer", "Bearer ", f"Token {token}", f"Bearer {token}, x"):
        assert me(Authorization=value) == 401, value
    answer = nobody.get("/me")
    refused(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer") and "error" not in answer.headers["WWW-Authenticate"]
    dead = nobody.get("/me", headers={"Authorization": f"Bearer {token[:-1]}A"})
    assert 'error="invalid_token"' in dead.headers["WWW-Authenticate"]
    for query in ("access_token", "token", "authorization"):
        assert nobody.get(f"/me?{query}={token}").status_code in (400, 401)
    for header in ("X-Api-Key", "X-Authorization", "X-Forwarded-User", "Remote-User"):
        assert me(**{header: token}) == 401


def test_no_header_query_or_field_names_another_account(cast):
    una = cast.una.api
    assert una.get("/sessions", params={"account": cast.south.id}).status_code == 400
    refused(una.post("/sessions", {"api_key": cast.road.id, "account": cast.south.id}), 400, "unknown_field", "account")
    me = una.get("/me", headers={"X-Account": cast.south.id, "Latchkey-Account": cast.south.id}, expect=200)
    assert me["account"] == cast.north.id
    for path in (f"/accounts/{cast.north.id}/users", f"/accounts/{cast.south.id}/users"):
        assert una.get(path).status_code == 403


def test_secrets_are_checked_offline_and_shaped_for_scanners(cast):
    import re
    import zlib

    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for secret, kind in ((cast.road.secret, "live"), (cast.training.secret, "test"), (cast.una.api.token, "login")):
        assert re.fullmatch(rf"lk_{kind}_[0-9A-Za-z]{{36,}}", secret)
        number, digits = zlib.crc32(secret[:-6].encode()), ""
        while number:
            number, digit = divmod(number, 62)
            digits = alphabet[digit] + digits
        assert secret[-6:] == digits.rjust(6, "0"), "the checksum is CRC32 in base62"


def test_secrets_are_nowhere_in_data_or_log(cast, server):
    secrets = [cast.road.secret, cast.una.api.token, cast.olive.token]
    raw = b"".join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
    for secret in secrets:
        assert secret.encode() not in raw and secret not in server.log
    for line in server.log.splitlines():
        json.loads(line)
