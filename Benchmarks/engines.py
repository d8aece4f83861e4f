"""Cedar and Casbin on the questions that Latchkey's core is asked: may this user do this on that screen, at that place?

Run with the Python that has them (`.venv/bin/python Benchmarks/engines.py SECONDS`); prints JSON, decisions a second on one core. Both are more
general than Latchkey's core: they evaluate policies that somebody writes, and are called here through a binding. Each is given the form that
suits it best: what a role grants as an ancestor of its users, everything parsed or loaded beforehand, Cedar's questions in batches, Casbin's
policies found by screen and action. Their answers are compared with a plain reading of the rules before anything is measured.
"""

import json
import pathlib
import random
import sys
import tempfile
import time

import casbin
import cedarpy

ROLES, USERS, SCREENS = 1_000, 10_000, 30
BUILDINGS, FLOORS, ROOMS = 10, 20, 24
ASKED = 2_000


class Account:
    """1,000 roles, 10,000 users, about 5,000 places, and questions about them; the same each time."""

    def __init__(self):
        chance = random.Random(7)
        self.above = {}
        for building in range(BUILDINGS):
            self.above[f"b{building}"] = None
            for floor in range(FLOORS):
                self.above[f"b{building}f{floor}"] = f"b{building}"
                for room in range(ROOMS):
                    self.above[f"b{building}f{floor}r{room}"] = f"b{building}f{floor}"
        places = list(self.above)
        self.roles = {
            f"role{number}": {f"s{screen}": chance.choice(("read", "full")) for screen in chance.sample(range(SCREENS), 10)} for number in range(ROLES)}
        self.users = {
            f"user{number}": (chance.sample(list(self.roles), 2), None if chance.random() < 0.1 else chance.sample(places, 3))
            for number in range(USERS)}
        self.questions = []
        for _ in range(ASKED):
            user = chance.choice(list(self.users))
            held = self.users[user][1]
            # Half of them at a place of theirs, or few answers would be yes.
            place = chance.choice(held) if held and chance.random() < 0.5 else chance.choice(places)
            self.questions.append((user, chance.choice(("read", "write")), f"s{chance.randrange(SCREENS)}", place))

    def path(self, place):
        while place:
            yield place
            place = self.above[place]

    def allowed(self, user, action, screen, place):
        roles, places = self.users[user]
        levels = {self.roles[role].get(screen) for role in roles}
        return ("full" in levels or (action == "read" and "read" in levels)) and (places is None or not set(places).isdisjoint(self.path(place)))

    def grants(self, role):
        """What a role gives, `s3:read` and `s3:write`."""
        for screen, level in self.roles[role].items():
            yield f"{screen}:read"
            if level == "full":
                yield f"{screen}:write"


CASBIN = """
[request_definition]
r = sub, obj, act, place
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.obj == p.obj && r.act == p.act && g(r.sub, p.sub) && holds(r.sub, r.place)
"""


def cedar(account):
    """A way to ask Cedar all the questions, in batches of 100."""
    def entity(kind, name, parents=(), **attributes):
        return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": [{"type": one, "id": other} for one, other in parents]}

    entities = [entity("Place", place, [("Place", above)] if above else []) for place, above in account.above.items()]
    entities += [entity("Role", role, [("Grant", grant) for grant in account.grants(role)]) for role in account.roles]
    for user, (roles, places) in account.users.items():
        held = [{"__entity": {"type": "Place", "id": place}} for place in places or []]
        entities.append(entity("User", user, [("Role", role) for role in roles], everywhere=places is None, places=held))
    known = cedarpy.Entities.from_json_str(json.dumps(entities))
    policies = cedarpy.PolicySet.from_str(
        "permit(principal is User, action, resource is Place)"
        " when { principal in context.grant && (principal.everywhere || resource in principal.places) };")
    asked = [{
        "principal": {"type": "User", "id": user}, "action": {"type": "Action", "id": action}, "resource": {"type": "Place", "id": place},
        "context": {"grant": {"__entity": {"type": "Grant", "id": f"{screen}:{action}"}}}} for user, action, screen, place in account.questions]

    def ask():
        answers = []
        for start in range(0, len(asked), 100):
            answers += [answer.allowed for answer in cedarpy.is_authorized_batch(asked[start:start + 100], policies, known)]
        return answers

    return ask


def pycasbin(account):
    """A way to ask Casbin all the questions."""
    lines = [f"p, s{screen}:{action}, s{screen}, {action}" for screen in range(SCREENS) for action in ("read", "write")]
    lines += [f"g, {role}, {grant}" for role in account.roles for grant in account.grants(role)]
    lines += [f"g, {user}, {role}" for user, (roles, _) in account.users.items() for role in roles]
    with tempfile.TemporaryDirectory() as folder:
        model, policies = pathlib.Path(folder, "model"), pathlib.Path(folder, "policies")
        model.write_text(CASBIN), policies.write_text("\n".join(lines))
        enforcer = casbin.FastEnforcer(str(model), str(policies), cache_key_order=[1, 2])
    held = {user: places and set(places) for user, (_, places) in account.users.items()}

    def holds(user, place):
        places = held[user]
        return places is None or not places.isdisjoint(account.path(place))

    enforcer.add_function("holds", holds)
    return lambda: [enforcer.enforce(user, screen, action, place) for user, action, screen, place in account.questions]


def per_second(ask, seconds):
    asked, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        ask()
        asked += ASKED
    return asked / (time.perf_counter() - started)


def main():
    seconds = float(sys.argv[1])
    account = Account()
    right = [account.allowed(*question) for question in account.questions]
    figures = {"yes": sum(right) / len(right)}
    for name, make in (("cedar", cedar), ("casbin", pycasbin)):
        ask = make(account)
        if ask() != right:
            raise SystemExit(f"{name} answers otherwise than the rules")
        figures[name] = per_second(ask, seconds)
    print(json.dumps(figures))


main()
