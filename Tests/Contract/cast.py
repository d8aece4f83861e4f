"""The cast: Olive owns the enterprise; in North branch Adam administers, Una and Uwe share a key, Rita supervises that key;
Mallory administers South branch."""

import dataclasses
import functools
import time

from support.server import Api

PASSWORD = "Amber-kettle-orchard-58"
NEVER = {"usr": "usr_01m7yq5hm0enzte5nxv5xnfjee", "key": "key_01m7yqcw00ezns0mqywq32jnyk", "ses": "ses_01m7yrrt80eg3rz33yv6x3xn9n",
         "rol": "rol_01m7yq96t0e1hacb0mwv265ngj", "acc": "acc_01m7yqgh60fjpvq9zym4gwh9qq", "lgn": "lgn_01m7yqm6c0fhjrmc49g81xs88b"}


@dataclasses.dataclass
class Key:
    id: str
    api: Api
    secret: str


@dataclasses.dataclass
class Person:
    id: str
    username: str
    api: Api


class Branch:
    """An account; `inside` is Olive switched into it."""

    def __init__(self, server, olive, name):
        self.server = server
        self.name = name
        self.id = olive.post("/accounts", {"name": name}, expect=201)["id"]
        self.inside = server.api(olive.post(f"/accounts/{self.id}/switch", {}, expect=201)["token"])

    def role(self, name):
        return next(role["id"] for role in self.inside.items("/roles") if role["name"] == name)

    def key(self, name, mode="live", **more):
        made = self.inside.post("/api-keys", {"name": name, "mode": mode} | more, expect=201)
        return Key(made["id"], self.server.api(made["secret"]), made["secret"])

    def user(self, name, role, keys=(), **more):
        """A user with the first name `name` and the password of all; keys are `Key`s or "all"."""
        email = f"{name.lower()}@{self.name.split()[0].lower()}.example"
        keys = keys if keys == "all" else [key.id for key in keys]
        made = self.inside.post(
            "/users",
            {"email": email, "first_name": name, "last_name": "Berg", "roles": [role], "api_keys": keys, "password": PASSWORD} | more,
            expect=201)
        return Person(made["id"], made["username"], self.server.sign_in(made["username"], PASSWORD))


class Cast:
    def __init__(self, server):
        self.server = server
        self.olive = server.sign_in()
        self.north = Branch(server, self.olive, "North branch")
        self.south = Branch(server, self.olive, "South branch")
        self.road = self.north.key("Road checks")
        self.fleet = self.north.key("Fleet returns")
        self.training = self.north.key("Training", mode="test")

    @functools.cached_property
    def user_role(self):
        return self.north.role("USER")

    @functools.cached_property
    def supervisor_role(self):
        return self.north.inside.post(
            "/roles",
            {"name": "Supervisor", "description": "Sees everybody's sessions under the ticked keys.",
             "screens": {"overview": {"level": "read"}, "sessions": {"level": "full", "reach": "all"}}}, expect=201)["id"]

    @functools.cached_property
    def adam(self):
        return self.north.user("Adam", self.north.role("ADMIN"), "all")

    @functools.cached_property
    def una(self):
        return self.north.user("Una", self.user_role, [self.road, self.training])

    @functools.cached_property
    def uwe(self):
        return self.north.user("Uwe", self.user_role, [self.road, self.fleet])

    @functools.cached_property
    def rita(self):
        return self.north.user("Rita", self.supervisor_role, [self.road])

    @functools.cached_property
    def mallory(self):
        return self.south.user("Mallory", self.south.role("ADMIN"), "all")

    def session(self, person, key=None, **fields):
        """A session that somebody makes in the dashboard, under the shared key unless another is named."""
        return person.api.post("/sessions", {"api_key": (key or self.road).id} | fields, expect=201)


def refused(answer, status, code, field=None):
    """The answer is this problem, and about this field."""
    assert answer.status_code == status, f"{answer.status_code} and not {status}: {answer.text[:1000]}"
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= problem.keys() and "instance" not in problem
    assert problem["status"] == status and problem["request_id"] == answer.headers["X-Request-Id"]
    codes = [problem["code"]] + [error["code"] for error in problem.get("errors", []) if field in (None, error["field"])]
    assert code in codes, problem
    if field:
        assert field in [error["field"] for error in problem["errors"]], problem
    return problem


def ready_export(api, body, inside=""):
    """An export that this caller asks for, in the account of the path if there is one, once its file is made."""
    one = api.post(f"{inside}/exports", body, expect=201)
    for _ in range(200):
        if one["status"] != "running":
            break
        time.sleep(0.05)
        one = api.get(f"{inside}/exports/{one['id']}", expect=200)
    assert one["status"] == "ready", one
    return one
