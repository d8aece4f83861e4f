"""One credential of every kind, all live on two nodes: Vera is a user of North branch, Gus an administrator of the groups West (with North
and East branch's East)."""

import dataclasses
import itertools

import requests

from support.server import OLIVE, OLIVES_PASSWORD, Api

PASSWORD, NEW_PASSWORD = "Amber-kettle-orchard-58", "Copper-meadow-violin-93"
CUSTOMER = {"first_name": "Carla", "last_name": "Customer", "phone": "+49 151 123-45678"}


@dataclasses.dataclass
class Way:
    """How a credential is tried: a GET that answers 200 while it lives, and one of `refused` when it does not."""

    path: str
    refused: set
    by: str | None = None  # whose login asks; nobody's for what carries its token in the path


def login(who):
    return Way("/api/v1/me", {401}, who)


def program(who):
    """Which may also call from an address that is not allowed."""
    return Way("/api/v1/me", {401, 403}, who)


def public(path):
    return Way(path, {410})


def seen(what, by):
    return Way(f"/api/v1/{what}", {401, 403, 404}, by)


# What may end, and how one sees whether it has. The last of them are what a login may do: it stays, with less.
CREDENTIALS = {
    "vera": login("vera"), "vera elsewhere": login("vera elsewhere"), "carl": login("carl"),
    "key": program("key"), "other key": program("other key"),
    "gus": login("gus"), "gus elsewhere": login("gus elsewhere"), "gus in north": login("gus in north"), "gus in east": login("gus in east"),
    "gus elsewhere in north": login("gus elsewhere in north"), "olive as gus": login("olive as gus"),
    "reset": public("/r/{reset}"), "activation": public("/r/{activation}"), "gus's reset": public("/r/{gus_reset}"),
    "administrator's activation": public("/r/{ida_activation}"),
    "machine": program("machine"), "machine reads users": seen("users", "machine"),
    "link": public("/l/{link_token}"), "capture": public("/c/{capture}"),
    "vera lists sessions": seen("sessions", "vera"), "vera sees her session": seen("sessions/{session}", "vera"),
    "vera sees the link's": seen("sessions/{started}", "vera"),
}
VERA = {"vera", "vera lists sessions", "vera sees her session", "vera sees the link's"}
VERAS_LOGINS = VERA | {"vera elsewhere"}
VERAS = VERAS_LOGINS | {"reset"}
MACHINE = {"machine", "machine reads users"}
GUSES_LOGINS = {"gus", "gus elsewhere", "gus in north", "gus in east", "gus elsewhere in north"}
IN_NORTH = VERAS | MACHINE | {"carl", "gus in north", "gus elsewhere in north", "key", "other key", "activation", "link", "capture"}


class Stage:
    numbers = itertools.count(1)

    def __init__(self, nodes, sink):
        self.nodes, self.sink = nodes, sink
        number = next(self.numbers)
        # Everybody of a stage comes from an address of its own, so that no limit of one address is met.
        self.address = f"10.{number >> 8}.{number & 255}.1"
        self.names = {name: f"{name}{number}" for name in ("vera", "carl", "pia")}
        self.names |= {name: f"{name}{number}@alder.example" for name in ("gus", "ida")}
        self.names["password"], self.names["new_password"] = PASSWORD, NEW_PASSWORD
        self.tokens = {"olive": nodes.a.sign_in(OLIVE, OLIVES_PASSWORD).token}
        self._http = requests.Session()
        self._set(number)

    def _set(self, number):
        olive, names = self.on(self.nodes.a, "olive"), self.names
        for group in ("west", "east"):
            names[group] = olive.post("/groups", {"name": f"{group} {number}"}, expect=201)["id"]
        names["north"] = olive.post("/accounts", {"name": f"North {number}", "group": names["west"]}, expect=201)["id"]
        eastern = olive.post("/accounts", {"name": f"East {number}", "group": names["east"]}, expect=201)["id"]
        self._switch("inside", "olive", f"/accounts/{names['north']}/switch")
        inside = self.on(self.nodes.a, "inside")
        roles = {role["name"]: role["id"] for role in inside.items("/roles")}
        for name, mode in (("key", "live"), ("other key", "test")):
            made = inside.post("/api-keys", {"name": name, "mode": mode}, expect=201)
            names[name.replace(" ", "_")], self.tokens[name] = made["id"], made["secret"]
        machine = {"name": "Machine", "client_id": f"machine-{number}", "functions": {"users": "read"}}
        made = inside.post("/integrations", machine, expect=201)
        names["machine"], names["client_id"], names["client_secret"] = made["id"], made["client_id"], made["client_secret"]
        self.tokens["machine"] = self.oauth("token", grant_type="client_credentials", expires_in=86400).json()["access_token"]
        less = {"name": "Less", "description": "Sees the overview.", "screens": {"overview": {"level": "read"}}}
        names["less"] = inside.post("/roles", less, expect=201)["id"]
        for name, role, more in (("vera", "USER", {"password": PASSWORD}), ("carl", "ADMIN", {"password": PASSWORD}), ("pia", "USER", {})):
            body = {"username": names[name], "email": f"{names[name]}@mail.example", "first_name": name.title(), "last_name": "Moss"}
            made = inside.post("/users", body | {"roles": [roles[role]], "api_keys": [names["key"]]} | more, expect=201)
            names[f"{name}_id"] = made["id"]
        for name, groups, more in (("gus", ["west", "east"], {"password": PASSWORD}), ("ida", ["west"], {})):
            body = {"email": names[name], "name": f"{name.title()} Frost", "permissions": ["manage_users", "switch"]}
            made = olive.post("/administrators", body | {"groups": [names[group] for group in groups]} | more, expect=201)
            names[f"{name}_id"] = made["id"]
        for name in ("vera", "vera elsewhere", "carl", "gus", "gus elsewhere"):
            self.sign_in(name, names[name.split()[0]])
        self._switch("gus in north", "gus", f"/accounts/{names['north']}/switch")
        self._switch("gus in east", "gus", f"/accounts/{eastern}/switch")
        self._switch("gus elsewhere in north", "gus elsewhere", f"/accounts/{names['north']}/switch")
        self._switch("olive as gus", "olive", f"/administrators/{names['gus_id']}/switch")
        logins = self.on(self.nodes.a, "vera elsewhere").items("/me/logins")
        names["other_login"] = next(login["id"] for login in logins if login["current"])
        names["switched_login"] = self.on(self.nodes.a, "gus in north").get("/logins/current", expect=200)["id"]
        self._field_work(inside)
        for email in (f"{names['vera']}@mail.example", names["gus"]):
            self.on(self.nodes.a).post("/password/forgot", {"email": email}, expect=202)
        names["reset"] = self.mailed(f"{names['vera']}@mail.example")
        names["activation"] = self.mailed(f"{names['pia']}@mail.example")
        names["gus_reset"], names["ida_activation"] = self.mailed(names["gus"]), self.mailed(names["ida"])

    def _field_work(self, inside):
        names = self.names
        link = inside.post("/links", {"name": "Counter desk", "api_key": names["key"], "user": names["vera_id"]}, expect=201)
        names["link"], names["link_token"] = link["id"], link["url"].rsplit("/", 1)[1]
        started = self.starts(self.nodes.a)
        assert started.status_code == 201, started.text
        names["capture"], names["started"] = started.json()["capture_url"].rsplit("/", 1)[1], started.json()["session"]["id"]
        names["session"] = self.on(self.nodes.a, "vera").post("/sessions", {"api_key": names["key"]}, expect=201)["id"]

    # MARK: asking

    def on(self, node, who=None):
        """A client of this node with somebody's credential, or nobody's."""
        api = Api(node.api().base, self.tokens.get(who))
        api.session.headers["X-Forwarded-For"] = self.address
        return api

    def sign_in(self, who, username, node=None):
        self.tokens[who] = self.on(node or self.nodes.a).post("/logins", {"username": username, "password": PASSWORD}, expect=201)["token"]

    def oauth(self, endpoint, node=None, **form):
        """What the machine is answered at an OAuth endpoint."""
        answer = requests.post(
            f"{(node or self.nodes.a).api().base}/oauth/{endpoint}", form, auth=(self.names["client_id"], self.names["client_secret"]),
            headers={"X-Forwarded-For": self.address}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer

    def _switch(self, who, by, path):
        self.tokens[who] = self.on(self.nodes.a, by).post(path, {}, expect=201)["token"]

    def mailed(self, to, path="/r/"):
        return self.sink.wait(1, to=to)[-1].token(path)

    def starts(self, node):
        """What a customer gets who starts a session from the link."""
        headers = {"Accept": "application/json", "X-Forwarded-For": self.address}
        return requests.post(f"{node.api().base}/l/{self.names['link_token']}", json=CUSTOMER, headers=headers, timeout=30)

    def lives(self, credential, node):
        """Whether the node lets this credential in now."""
        way = CREDENTIALS[credential]
        headers = {"Accept": "application/json" if way.path.startswith("/c/") else "*/*", "X-Forwarded-For": self.address}
        if way.by:
            headers["Authorization"] = f"Bearer {self.tokens[way.by]}"
        answer = self._http.get(node.api().base + way.path.format(**self.names), headers=headers, timeout=30)
        assert answer.status_code in {200} | way.refused, f"{credential}: {answer.status_code} {answer.text[:300]}"
        return answer.status_code == 200
