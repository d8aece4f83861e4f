"""openapi.yaml holds for whatever is sent: schemathesis makes right and wrong requests for every operation, four kinds of caller send them.

Half of the right requests have ids of things that exist, so that they get past the 404. The cases are the same in every run."""

import base64
import collections
import io
import itertools
import os
import re

import hypothesis
import hypothesis.strategies as st
import pytest
import requests
import schemathesis
from PIL import Image
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance)

from Contract.cast import PASSWORD, Cast, ready_export
from support.server import ROOT

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
# Requests of each kind; on PostgreSQL, after all of these on SQLite, fewer.
RIGHT, WRONG, SHUT = (5, 2, 3) if os.environ.get("LATCHKEY_TEST_DATABASE") == "postgres" else (10, 5, 4)
ID = re.compile(r"^(acc|grp|adm|usr|rol|key|ses|lnk|lgn|pho|int|rev|exp)_[0-9a-z]+$")
SCHEMA = schemathesis.openapi.from_path(str(ROOT / "openapi.yaml"))


def is_elsewhere(operation):
    """Events never end (Tests/Contract/test_live.py listens to them), what customers open answers with pages unless JSON is asked for, and to demand a
    second step of all administrators would shut out whoever asks (test_second_step.py does it)."""
    if operation.path.startswith(("/l/", "/c/")) or operation.definition.raw["operationId"] == "editEnterpriseSecurity":
        return True
    return "text/event-stream" in operation.definition.raw["responses"].get("200", {}).get("content", {})


OPERATIONS = {
    operation.definition.raw["operationId"]: operation for operation in (result.ok() for result in SCHEMA.get_all_operations())
    if not is_elsewhere(operation)}
# A client's secret lets in there, by Basic; each with a body that is right.
OAUTH = {"getToken": {"grant_type": "client_credentials"}, "introspectToken": {"token": "x"}, "revokeToken": {"token": "x"}}
WHO = ("switched administrator", "user", "api key", "enterprise administrator")

# What is the same whoever asks is asked once.
PATHS = {operation.path for operation in OPERATIONS.values()}
FOR_EVERYBODY = {name for name, operation in OPERATIONS.items() if operation.definition.raw.get("security") == []}
# What would end or narrow the caller's own access is sent with a login made for that one operation, or for that one request.
OWN_LOGIN_FOR_EACH_REQUEST = {"signOut"}
OWN_PERSON = {
    "changeOwnPassword": "a wrong `current` counts as a failed sign-in of that person", "stepUp": "likewise whatever is wrong in it",
    "confirmAuthenticatorApp": "likewise"}
OWN_ACCOUNT = {
    "editSecuritySettings": "it would sign the cast out, or refuse the API key's address", "addAllowedAddress": "likewise",
    "removeAllowedAddress": "likewise"}


class World:
    """The cast, and things that may be changed, disabled or deleted without harm to those who ask."""

    def __init__(self, server):
        self.server = server
        self.cast = Cast(server)
        self.numbers = itertools.count()
        self.callers = {
            "switched administrator": self.cast.north.inside, "user": self.cast.una.api, "api key": self.cast.road.api,
            "enterprise administrator": self.cast.olive}
        self.group = self.cast.olive.post("/groups", {"name": "Spare group"}, expect=201)["id"]
        self.other = self.cast.south.key("Other settings")
        self.client = self.machine("schemathesis")

    def caller(self, who, operation):
        """A client for this operation as this kind of caller."""
        if operation in OWN_ACCOUNT and who in ("switched administrator", "api key"):
            return self.cast.south.inside if who == "switched administrator" else self.other.api
        if (operation in OWN_PERSON or operation in OWN_LOGIN_FOR_EACH_REQUEST) and who != "api key":
            return self._newcomer(who)
        return self.callers[who]

    def machine(self, name):
        body = {"name": name, "client_id": name, "functions": {"users": "read"}}
        return self.cast.north.inside.post("/integrations", body, expect=201)

    def basic(self):
        """What an integration shows at the OAuth endpoints."""
        return "Basic " + base64.b64encode(f"{self.client['client_id']}:{self.client['client_secret']}".encode()).decode()

    def _newcomer(self, who):
        name = f"New{next(self.numbers)}"
        if who == "user":
            return self.cast.north.user(name, self.cast.user_role, [self.cast.road]).api
        email = f"{name.lower()}@alder.example"
        self.cast.olive.post("/administrators", {
            "email": email, "name": name, "groups": "all", "permissions": ["switch"], "password": PASSWORD}, expect=201)
        olive = self.server.sign_in(email, PASSWORD)
        if who == "enterprise administrator":
            return olive
        return self.server.api(olive.post(f"/accounts/{self.cast.north.id}/switch", {}, expect=201)["token"])

    def _photographed(self, capture):
        """The id of a photo that a customer sent."""
        requests.post(capture + "/start", headers={"Accept": "application/json"}, timeout=30).raise_for_status()
        picture = io.BytesIO()
        Image.new("RGB", (64, 48), "teal").save(picture, "JPEG")
        answer = requests.post(
            capture + "/photos", data={"step": "front"}, files={"file": ("front.jpg", picture.getvalue())}, headers={"Accept": "application/json"}, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def spare(self, who, path):
        """What the ids in a request are replaced by: for that of the path something new, which nobody misses, that this caller may see."""
        cast, number = self.cast, next(self.numbers)
        inside, olive = cast.north.inside, cast.olive
        ids = {"usr": cast.uwe.id, "key": cast.road.id, "rol": cast.user_role, "acc": cast.north.id, "grp": self.group}
        match kind(path):
            case "usr":
                ids["usr"] = inside.post("/users", {
                    "email": f"spare{number}@north.example", "first_name": "Spare", "last_name": "Part", "roles": [cast.user_role],
                    "generate_password": True}, expect=201)["id"]
            case "key":
                ids["key"] = cast.north.key(f"Spare {number}").id
            case "rol":
                screens = {"overview": {"level": "read"}}
                ids["rol"] = inside.post("/roles", {"name": f"Spare {number}", "description": "Spare.", "screens": screens}, expect=201)["id"]
            case "rev":
                # Whoever it is about may lose what they have.
                ids["usr"] = inside.post("/users", {
                    "email": f"asked{number}@north.example", "first_name": "Asked", "last_name": "About", "roles": [cast.user_role],
                    "generate_password": True}, expect=201)["id"]
                ids["rev"] = inside.post("/reviews", {
                    "name": f"Spare {number}", "due_at": "2098-04-01T00:00:00Z", "roles": [cast.user_role]}, expect=201)["id"]
            case "exp":
                # Theirs alone: others are refused before it is looked up.
                asker, where = (olive, f"/accounts/{cast.north.id}") if path.startswith("/api/v1/accounts/") else (inside, "")
                ids["exp"] = ready_export(asker, {"kind": "users"}, where)["id"]
            case "plc":
                ids["plc"] = inside.post("/places", {"name": f"Spare {number}", "kind": "room"}, expect=201)["id"]
            case "int":
                ids["int"] = self.machine(f"spare-{number}")["id"]
            case "ses":
                api = self.callers[who] if who in ("user", "api key") else inside
                made = api.post("/sessions", {} if who == "api key" else {"api_key": cast.road.id}, expect=201)
                ids["ses"] = made["id"]
                if path.endswith("/photos.zip"):
                    self._photographed(made["capture_url"])
                if "{photo}" in path:
                    ids["pho"] = self._photographed(made["capture_url"])
            case "lnk":
                ids["lnk"] = inside.post("/links", {"name": f"Spare {number}", "api_key": cast.road.id}, expect=201)["id"]
            case "grp":
                ids["grp"] = olive.post("/groups", {"name": f"Spare {number}"}, expect=201)["id"]
            case "adm":
                ids["adm"] = olive.post("/administrators", {
                    "email": f"adm{number}@alder.example", "name": "Spare", "groups": [], "permissions": [], "generate_password": True}, expect=201)["id"]
            case "lgn":
                ids["lgn"] = self.server.sign_in(cast.una.username, PASSWORD).me["login"]
            case "acc" if path.endswith("{id}") or not path.endswith(("users", "roles", "history", "reviews", "advice")):
                ids["acc"] = olive.post("/accounts", {"name": f"Spare {number}"}, expect=201)["id"]
        return ids


@pytest.fixture(scope="module")
def world(server):
    return World(server)


def with_real_ids(value, spare):
    """The same value with each id replaced by one of that kind that exists."""
    if isinstance(value, dict):
        return {name: with_real_ids(member, spare) for name, member in value.items()}
    if isinstance(value, list):
        return [with_real_ids(member, spare) for member in value]
    found = ID.match(value) if isinstance(value, str) else None
    return spare.get(found[1], value) if found else value


def kind(path):
    """Of what kind `{id}` is in this path."""
    thing = re.search(r"/([a-z-]+)/{id}", path)
    return {
        "users": "usr", "api-keys": "key", "roles": "rol", "sessions": "ses", "links": "lnk", "groups": "grp", "administrators": "adm", "logins": "lgn",
        "accounts": "acc", "integrations": "int", "places": "plc", "factors": "fac", "reviews": "rev", "exports": "exp"}[thing[1]] if thing else ""


def example_bodies(operation):
    """The bodies that the description gives as examples."""
    body = operation.definition.raw.get("requestBody", {})
    if "$ref" in body:
        body = SCHEMA.raw_schema["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    return [example["value"] for example in body.get("content", {}).get("application/json", {}).get("examples", {}).values()]


def cases():
    for name in OPERATIONS:
        for who in ("nobody",) if name in FOR_EVERYBODY else ("integration",) if name in OAUTH else WHO:
            yield pytest.param(name, who, id=f"{name}-{who.replace(' ', '_')}")


succeeded = collections.defaultdict(set)


def is_twin(operation):
    """Whether the same is tried in one's own account, too."""
    return re.sub(r"^/api/v1/accounts/\{\w+\}/", "/api/v1/", operation.path) in PATHS - {operation.path}


@pytest.mark.parametrize("name, who", list(cases()))
def test_the_description_holds(world, name, who):
    operation = OPERATIONS[name]
    spare = world.spare(who, operation.path) if who != "nobody" else {}
    api = world.server.api() if who in ("nobody", "integration") else world.caller(who, name)
    half = (2 if succeeded[name] else 1) * (2 if is_twin(operation) else 1)
    statuses = []

    def send(case, real):
        if statuses == [403] * SHUT:
            return  # this door is shut for this caller, whatever is sent
        if real:
            case.path_parameters = with_real_ids(dict(case.path_parameters or {}), spare)
            case.body = with_real_ids(case.body, spare)
        client = world.caller(who, name) if name in OWN_LOGIN_FOR_EACH_REQUEST else api
        headers = {"Authorization": f"Bearer {client.token}"} if client.token else None
        if who == "integration":
            headers = {"Authorization": world.basic()}
        answer = case.call(base_url=client.base, headers=headers, session=client.session, timeout=30, allow_redirects=False)
        statuses.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code < 300:
            succeeded[name].add(who)

    # As the description shows it: plainly, and with each of its examples.
    parameters = {"id": spare.get(kind(operation.path), "none"), "account": spare.get("acc", "none"), "photo": spare.get("pho", "none")}
    path = {name: value for name, value in parameters.items() if f"{{{name}}}" in operation.path}
    if name in OAUTH:
        send(operation.Case(body=OAUTH[name], media_type="application/x-www-form-urlencoded"), False)
    for body in example_bodies(operation) or [None]:
        more = {} if body is None else {"body": body, "media_type": "application/json"}
        send(operation.Case(path_parameters=path, **more), True)

    for mode, count in ((GenerationMode.POSITIVE, RIGHT), (GenerationMode.NEGATIVE, WRONG)):
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers or operation.path_parameters):
            continue
        if name in OWN_LOGIN_FOR_EACH_REQUEST:
            count = 2
        real = st.booleans() if mode is GenerationMode.POSITIVE else st.just(bool(spare))
        run = hypothesis.given(case=operation.as_strategy(generation_mode=mode), real=real)(send)
        hypothesis.settings(
            max_examples=max(2, count // half), derandomize=True, database=None, deadline=None, phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck))(run)()


def test_most_operations_were_not_only_refused(request):
    """A server that refuses everything would conform: nearly every operation succeeded for somebody."""
    if len(request.session.items) < len(OPERATIONS):
        pytest.skip("not the whole of it was run")
    never = set(OPERATIONS) - set(succeeded)
    # These need a right password, a code of an app, or a session that is waiting for its review.
    codes = {"signInSecondStep", "mailSignInCode", "confirmAuthenticatorApp", "renewRecoveryCodes", "removeFactor"}
    assert never <= codes | {"signIn", "changeOwnPassword", "reviewSession"}, never
