"""A code is good once, however many nodes it is shown to at once."""

import collections
import time

import pyotp

from Contract.cast import PASSWORD, Branch
from support.nodes import at_once


def test_one_code_of_an_app_signs_in_once(nodes):
    branch = Branch(nodes.a, nodes.a.sign_in(), "North branch")
    una = branch.user("Una", branch.role("USER"))
    offer = una.api.post("/me/factors/totp", expect=200)
    app = pyotp.TOTP(offer["secret"])
    start = time.time()
    added = una.api.post("/me/factors/totp/confirm", {"enrolment": offer["enrolment"], "code": app.at(int(start) - 30)}, expect=201)
    codes = added["recovery_codes"]

    def begin(number):
        """At an address of its own, so that no limit stands before what is tried here."""
        node = nodes.all[number % 2]
        headers = {"X-Forwarded-For": f"10.7.0.{number + 1}"}
        answer = node.api().post("/logins", {"username": una.username, "password": PASSWORD}, headers=headers)
        assert answer.status_code == 401 and answer.json()["code"] == "second_step_required", answer.text
        return node, answer.json()["step_token"], headers

    def race(shown, flows):
        def show(number):
            node, token, headers = flows(number)
            return node.api().post("/logins/second-step", {"step_token": token} | shown, headers=headers).status_code

        return collections.Counter(at_once(64, show))

    begun = [begin(number) for number in range(64)]
    code = app.at(int(time.time()) + 30)
    answers = race({"code": code}, lambda number: begun[number])
    assert answers[201] == 1 and set(answers) <= {201, 401, 429}, answers
    # One sign-in, shown to both nodes 64 times at once: one login.
    nodes.move_clock(minutes=70)
    _, token, headers = begin(0)
    answers = race({"recovery_code": codes[0]}, lambda number: (nodes.all[number % 2], token, headers))
    assert answers[201] == 1 and set(answers) <= {201, 401, 429}, answers
    begun = [begin(number) for number in range(64)]
    answers = race({"recovery_code": codes[1]}, lambda number: begun[number])
    assert answers[201] == 1 and set(answers) <= {201, 401, 429}, answers
