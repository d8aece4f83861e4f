"""Sixty-four at once, on both nodes: what must be one is one, and nobody gets a 5xx."""

import collections
import itertools
import threading
import time

import pytest

from Contract.cast import PASSWORD, Branch
from support.nodes import at_once

from .stage import CUSTOMER, NEW_PASSWORD

MANY = 64


@pytest.fixture(scope="module")
def olive(nodes):
    return nodes.a.sign_in()


@pytest.fixture(scope="module")
def branches(nodes, olive):
    """Makes branches with names of their own."""
    names = itertools.count(1)
    return lambda: Branch(nodes.a, olive, f"Racers{next(names)} branch")


@pytest.fixture(scope="module", autouse=True)
def intact(nodes):
    """Whatever happened, the history that both have written is one chain for each account."""
    yield
    lines = nodes.a.command("history", "verify").stdout.splitlines()
    assert len(lines) > 1 and all(line.startswith("intact ") for line in lines), lines


@pytest.fixture
def race(nodes, postgres):
    """Asks the nodes in turn, all at once: `ask(api, number)`; answers by what they say, a status and where it is no success a code.

    Who has judged and changed something is held for a moment at its history, so that writes of both nodes are surely in the middle at once.
    """
    return lambda ask: _race(nodes, postgres, ask)


def _race(nodes, postgres, ask):
    apis = [nodes.all[number % 2].api() for number in range(MANY)]
    for api in apis:
        api.get("/livez", expect=200)  # connected before the race begins
    holding = threading.Thread(target=postgres.run, args=("LOCK TABLE history IN SHARE MODE; SELECT pg_sleep(0.5)", nodes.database))
    holding.start()
    while postgres.run("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND granted AND relation = 'history'::regclass", nodes.database) == "0":
        assert holding.is_alive()
    answers = at_once(MANY, lambda number: ask(apis[number], number))
    holding.join()
    said = collections.defaultdict(list)
    for answer in answers:
        said[answer.status_code if answer.ok else (answer.status_code, answer.json()["code"])].append(answer)
    return said


def counts(said):
    return {what: len(answers) for what, answers in said.items()}


def of(person, api):
    """The connection, with this person's credential."""
    api.token = person.token
    return api


def test_one_gets_a_username(nodes, race, branches):
    grounds, spellings = [branches(), branches()], ["Olga", "olga", "OLGA", "ｏｌｇａ"]
    roles = [ground.role("USER") for ground in grounds]

    def ask(api, number):
        ground = number // 2 % 2
        return of(grounds[ground].inside, api).post("/users", {
            "username": spellings[number % 4], "email": f"olga{number}@alder.example", "first_name": "Olga", "last_name": "Berg",
            "roles": [roles[ground]], "api_keys": [], "password": PASSWORD})

    assert counts(race(ask)) == {201: 1, (409, "username_taken"): MANY - 1}


def test_somebody_with_the_manager_role_stays_when_two_disable_each_other(nodes, race, branches):
    for _ in range(2):
        branch = branches()
        manager = branch.role("ADMIN")
        adam, eve = branch.user("Adam", manager, "all"), branch.user("Eve", manager, "all")

        def ask(api, number):
            asker, target = (adam, eve) if number % 2 else (eve, adam)  # one on each node
            return of(asker.api, api).post(f"/users/{target.id}/disable")

        said = race(ask)
        assert {what if isinstance(what, int) else what[0] for what in said} <= {200, 401, 403, 409}, counts(said)
        assert len(branch.inside.items("/users", role=manager, status="enabled")) == 1


def test_a_mailed_link_works_once(nodes, race, sink, branches):
    branch = branches()
    una = branch.user("Una", branch.role("USER"))
    email = branch.inside.get(f"/users/{una.id}", expect=200)["email"]
    nodes.b.api().post("/password/forgot", {"email": email}, expect=202)
    token = sink.wait(1, to=email)[-1].token()
    said = race(lambda api, number: api.post("/password/reset", {"token": token, "new": f"{NEW_PASSWORD}{number}"}))
    assert counts(said) == {204: 1, (410, "link_closed"): MANY - 1}
    number = int(said[204][0].request.body.decode().rsplit('"', 2)[1].removeprefix(NEW_PASSWORD))
    nodes.b.sign_in(una.username, f"{NEW_PASSWORD}{number}")


def test_a_link_starts_as_often_as_it_may(nodes, race, branches):
    branch = branches()
    key = branch.key("Road checks")
    url = branch.inside.post("/links", {"name": "Counter desk", "api_key": key.id, "max_starts": 7}, expect=201)["url"]

    def ask(api, number):
        return api.session.post(
            f"{api.base}{url[url.index('/l/'):]}", json=CUSTOMER, timeout=60,
            headers={"Accept": "application/json", "X-Forwarded-For": f"192.0.2.{number}"})

    assert counts(race(ask)) == {201: 7, (410, "link_closed"): MANY - 7}
    assert branch.inside.get("/sessions/count", expect=200) == {"count": 7}


@pytest.mark.parametrize("take_over", [True, False], ids=["by taking over", "by being first"])
def test_one_login_is_left(nodes, race, branches, take_over):
    branch = branches()
    una = branch.user("Una", branch.role("USER"))
    una.api.delete("/logins/current", expect=204)
    branch.inside.patch("/settings/security", {"concurrent_logins": "take_over"}, expect=200)
    body = {"username": una.username, "password": PASSWORD} | ({"take_over": True} if take_over else {})
    said = race(lambda api, number: api.post("/logins", body))
    assert counts(said) == ({201: MANY} if take_over else {201: 1, (409, "already_signed_in"): MANY - 1})
    tokens = [answer.json()["token"] for answer in said[201]]
    time.sleep(1)  # the promise
    for node in nodes.all:
        assert [node.api(token).get("/me").status_code for token in tokens].count(200) == 1


def test_an_idempotency_key_works_once_on_both(nodes, race, branches):
    branch = branches()
    una = branch.user("Una", branch.role("USER"), [branch.key("Road checks")])
    key = una.api.items("/me/api-keys")[0]["id"]
    headers = {"Idempotency-Key": "the-same-on-both"}
    said = race(lambda api, number: of(una.api, api).post("/sessions", {"api_key": key}, headers=headers))
    assert counts(said) == {201: MANY}
    assert len({answer.json()["id"] for answer in said[201]}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in said[201]].count(None) == 1
    assert una.api.get("/sessions/count", expect=200) == {"count": 1}
