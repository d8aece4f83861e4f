"""The table "What ends when", over two nodes: it happens on one, and the other refuses. The promise is one second; these tests allow five."""

import dataclasses
import time
import typing

import pyotp
import pytest

from .stage import CREDENTIALS, GUSES_LOGINS, IN_NORTH, MACHINE, VERA, VERAS, VERAS_LOGINS, Stage

PATIENCE = 5


def by(who):
    """Who does it, on the first node: `carl("POST /users/{vera_id}/disable")`, with the stage's names in path and body."""
    return lambda what, **body: lambda stage: _do(stage, who, what, body)


def _do(stage, who, what, body):
    method, path = what.split()
    answer = stage.on(stage.nodes.a, who).request(method, path.format(**stage.names), _named(body, stage.names))
    assert answer.ok, f"{what}: {answer.status_code} {answer.text}"


def _named(body, names):
    if isinstance(body, dict):
        return {name: _named(value, names) for name, value in body.items()}
    if isinstance(body, list):
        return [_named(value, names) for value in body]
    return body.format(**names) if isinstance(body, str) else body


def signed_in(name):
    return lambda stage: stage.sign_in("another", stage.names[name])


def later(**by_):
    return lambda stage: stage.nodes.move_clock(**by_)


def in_a_minute(do, what, **body):
    """With an `ends_at` that passes: on both nodes the time is two minutes later afterwards."""
    def happens(stage):
        now = time.time() + int((stage.nodes.a.data / "test-clock").read_text() if (stage.nodes.a.data / "test-clock").exists() else 0)
        do(what, ends_at=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now + 60)), **body)(stage)
        stage.nodes.move_clock(minutes=2)
    return happens


def confirmed(stage):
    olive("PUT /accounts/{north}/users/{vera_id}/email", email="{vera}@moved.example")(stage)
    token = stage.mailed(f"{stage.names['vera']}@moved.example", "/email/")
    stage.on(stage.nodes.a).post("/email/confirm", {"token": token}, expect=204)


def every(*acts):
    return lambda stage: [act(stage) for act in acts]


def place_taken(stage):
    """Vera stays signed in, and the other node knows of her place and of its loss."""
    here, vera_id = stage.on(stage.nodes.a, "carl"), stage.names["vera_id"]
    place = here.post("/places", {"name": f"Tower {vera_id}", "kind": "building"}, expect=201)["id"]
    for places in ([place], []):
        here.patch(f"/users/{vera_id}", {"places": places}, expect=200)
        deadline = time.monotonic() + PATIENCE
        while stage.on(stage.nodes.b, "vera").get("/me", expect=200)["access"]["places"] != places:
            assert time.monotonic() < deadline, f"the other node does not know of {places}"
            time.sleep(0.02)


def app_added(who):
    """An authenticator app of this person, by a code as the nodes' clocks have it."""
    def happens(stage):
        clock = stage.nodes.a.data / "test-clock"
        now = time.time() + int(clock.read_text() if clock.exists() else 0)
        api = stage.on(stage.nodes.a, who)
        offer = api.post("/me/factors/totp", expect=200)
        typed = {"enrolment": offer["enrolment"], "code": pyotp.TOTP(offer["secret"]).at(int(now))}
        stage.names["factor"] = api.post("/me/factors/totp/confirm", typed, expect=201)["id"]
    return happens


olive, carl, vera, gus, anyone = by("olive"), by("carl"), by("vera"), by("gus"), by(None)
inside, as_gus, gus_in_north = by("inside"), by("olive as gus"), by("gus in north")


@dataclasses.dataclass
class Event:
    name: str
    ends: set
    happens: typing.Callable
    again: typing.Callable | None = None
    revives: set = dataclasses.field(default_factory=set)
    # For what takes so long that logins end by themselves: only these are looked at.
    among: set = dataclasses.field(default_factory=lambda: set(CREDENTIALS))


EVENTS = [
    # Users
    Event("nothing", set(), lambda stage: None),
    Event("user disabled", VERAS | {"link"}, carl("POST /users/{vera_id}/disable"), carl("POST /users/{vera_id}/enable"), {"link"}),
    Event("user deleted", VERAS | {"link"}, every(carl("PATCH /settings/security", user_deletion=True), carl("DELETE /users/{vera_id}"))),
    Event("user past their end", VERAS | {"link"}, in_a_minute(carl, "PATCH /users/{vera_id}"), carl("PATCH /users/{vera_id}", ends_at=None), {"link"}),
    Event("user's password changed by another", VERAS, carl("PUT /users/{vera_id}/password", password="{new_password}")),
    Event("own password changed", {"vera elsewhere", "reset"}, vera("PUT /me/password", current="{password}", new="{new_password}")),
    Event("second factor removed", {"vera elsewhere", "reset"}, every(app_added("vera"), vera("DELETE /me/factors/{factor}"))),
    Event("second factor reset by another", VERAS, every(app_added("vera"), carl("POST /users/{vera_id}/factors/reset"))),
    Event("role taken away", VERA - {"vera"}, carl("PATCH /users/{vera_id}", roles=["{less}"])),
    Event("role edited", set(), inside("PATCH /roles/{less}", description="Sees less.")),
    Event("place taken away", set(), place_taken),
    Event("key taken away", {"vera sees her session", "vera sees the link's"}, carl("PATCH /users/{vera_id}", api_keys=[]),
          carl("PATCH /users/{vera_id}", api_keys=["{key}"]), {"vera sees her session", "vera sees the link's"}),
    # Logins
    Event("signed out", VERA, vera("DELETE /logins/current")),
    Event("own login closed", {"vera elsewhere"}, vera("DELETE /me/logins/{other_login}")),
    Event("login closed by another", {"vera elsewhere"}, carl("DELETE /logins/{other_login}")),
    Event("all logins of a user closed by another", VERAS_LOGINS, carl("POST /users/{vera_id}/logins/close")),
    Event("switched login closed by somebody of the account", {"gus in north"}, carl("DELETE /logins/{switched_login}")),
    Event("login taken over", VERAS, every(carl("PATCH /settings/security", concurrent_logins="take_over"),
          anyone("POST /logins", username="{vera}", password="{password}", take_over=True))),
    Event("administrator signed out", {"gus", "gus in north", "gus in east"}, gus("DELETE /logins/current")),
    Event("switched login signed out", {"gus in north"}, gus_in_north("DELETE /logins/current")),
    Event("the login that acts as another signed out", {"olive as gus"}, as_gus("DELETE /logins/current")),
    # Mails
    Event("newer mail of a forgotten password", {"reset"}, anyone("POST /password/forgot", email="{vera}@mail.example")),
    Event("user signed in while a link was out", {"reset"}, signed_in("vera")),
    Event("mailed link used", VERAS, anyone("POST /password/reset", token="{reset}", new="{new_password}")),
    Event("e-mail changed", {"reset"}, confirmed),
    Event("activation sent again", {"activation"}, carl("POST /users/{pia_id}/activation")),
    Event("activation used", {"activation"}, anyone("POST /password/reset", token="{activation}", new="{new_password}")),
    Event("pending user disabled", {"activation"}, carl("POST /users/{pia_id}/disable"), carl("POST /users/{pia_id}/enable")),
    Event("pending user given a password", {"activation"}, carl("PUT /users/{pia_id}/password", password="{new_password}")),
    Event("pending user asks for a forgotten password", {"activation"}, anyone("POST /password/forgot", email="{pia}@mail.example")),
    Event("administrator's activation sent again", {"administrator's activation"}, olive("POST /administrators/{ida_id}/activation")),
    Event("pending administrator disabled", {"administrator's activation"}, olive("POST /administrators/{ida_id}/disable"),
          olive("POST /administrators/{ida_id}/enable")),
    # API keys
    Event("API key disabled", {"key", "link"}, carl("POST /api-keys/{key}/disable"), carl("POST /api-keys/{key}/enable"), {"key", "link"}),
    Event("API key rotated", {"key"}, carl("POST /api-keys/{key}/rotate")),
    Event("API key rotated with an overlap", set(), carl("POST /api-keys/{key}/rotate", overlap_hours=1)),
    Event("the overlap is over", {"key"}, every(carl("POST /api-keys/{key}/rotate", overlap_hours=1), later(minutes=61)),
          among={"key", "other key", "link", "capture"}),
    Event("API key deleted", {"other key"}, carl("DELETE /api-keys/{other_key}")),
    # Integrations
    Event("integration disabled", MACHINE, carl("POST /integrations/{machine}/disable"), carl("POST /integrations/{machine}/enable")),
    Event("integration deleted", MACHINE, carl("DELETE /integrations/{machine}")),
    Event("integration's functions changed", {"machine reads users"}, carl("PATCH /integrations/{machine}", functions={"roles": "read"}),
          carl("PATCH /integrations/{machine}", functions={"users": "read"}), {"machine reads users"}),
    Event("token revoked", MACHINE, lambda stage: stage.oauth("revoke", token=stage.tokens["machine"])),
    Event("address no longer allowed", {"key", "other key"} | MACHINE, carl("PATCH /settings/security", allowed_addresses=["203.0.113.7"]),
          carl("PATCH /settings/security", allowed_addresses=[]), {"key", "other key"} | MACHINE),
    # Links
    Event("link switched off", {"link"}, carl("PATCH /links/{link}", active=False), carl("PATCH /links/{link}", active=True), {"link"}),
    Event("link past its end", {"link"}, in_a_minute(carl, "PATCH /links/{link}"), carl("PATCH /links/{link}", ends_at=None), {"link"}),
    Event("link over its limit", {"link"}, carl("PATCH /links/{link}", max_starts=1), carl("PATCH /links/{link}", max_starts=2), {"link"}),
    # Accounts
    Event("account disabled", IN_NORTH, olive("POST /accounts/{north}/disable"), olive("POST /accounts/{north}/enable"),
          {"key", "other key", "link", "capture"}),
    Event("account moved to another group", {"gus in north", "gus elsewhere in north"}, olive("PATCH /accounts/{north}", group=None),
          olive("PATCH /accounts/{north}", group="{west}")),
    # Administrators
    Event("administrator disabled", GUSES_LOGINS | {"gus's reset", "olive as gus"}, olive("POST /administrators/{gus_id}/disable"),
          olive("POST /administrators/{gus_id}/enable")),
    Event("administrator's password changed by another", GUSES_LOGINS | {"gus's reset"},
          olive("PUT /administrators/{gus_id}/password", password="{new_password}")),
    Event("administrator's own password changed", {"gus elsewhere", "gus elsewhere in north", "gus's reset"},
          gus("PUT /me/password", current="{password}", new="{new_password}")),
    Event("administrator's second factor reset by another", GUSES_LOGINS | {"gus's reset"},
          every(app_added("gus"), olive("POST /administrators/{gus_id}/factors/reset"))),
    Event("administrator loses a group", {"gus in north", "gus elsewhere in north"}, olive("PATCH /administrators/{gus_id}", groups=["{east}"]),
          olive("PATCH /administrators/{gus_id}", groups=["{west}", "{east}"])),
    Event("administrator may no longer switch", {"gus in north", "gus in east", "gus elsewhere in north"},
          olive("PATCH /administrators/{gus_id}", permissions=["manage_users"]),
          olive("PATCH /administrators/{gus_id}", permissions=["manage_users", "switch"])),
]


def wait_until(stage, credentials, live):
    """Asks the other node every 20 ms until all of these live, or none; answers after how many seconds each came to that."""
    began, waiting, times = time.monotonic(), set(credentials), {}
    while waiting:
        for credential in sorted(waiting):
            if stage.lives(credential, stage.nodes.b) == live:
                times[credential] = time.monotonic() - began
        waiting -= times.keys()
        assert not waiting or time.monotonic() - began < PATIENCE, f"after {PATIENCE} s the other node {'refuses' if live else 'lets in'} {waiting}"
        time.sleep(0.02)
    return times


def living(stage, among):
    return {credential for credential in among if stage.lives(credential, stage.nodes.b)}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_what_ends_on_one_node_is_refused_by_the_other(nodes, sink, times, event):
    stage = Stage(nodes, sink)
    # By this the other node has them all in memory.
    assert living(stage, event.among) == event.among
    event.happens(stage)
    times += wait_until(stage, event.ends, live=False).values()
    assert living(stage, event.among) == event.among - event.ends
    if "link" in event.ends:
        assert stage.starts(nodes.b).status_code == 410
    if event.again:
        event.again(stage)
        wait_until(stage, event.revives, live=True)
        assert living(stage, event.among) == event.among - event.ends | event.revives
