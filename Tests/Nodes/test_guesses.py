"""Guesses at a password are counted together, whichever node judges them."""

import time

from support.server import OLIVE, OLIVES_PASSWORD


def guess(node, password, username=OLIVE):
    return node.api().post("/logins", {"username": username, "password": password})


def test_guesses_on_one_node_count_on_the_other(nodes):
    # Whoever has judged nobody yet has not begun to listen.
    for node in nodes.all:
        assert guess(node, "wrong", "nobody@alder.example").status_code == 401
    deadline = time.monotonic() + 30
    while True:
        # Who is right before the other node has heard has a clean slate on both: then from the start.
        for number in range(5):
            assert guess(nodes.a, f"wrong {number}").status_code in (401, 429)
        time.sleep(0.2)
        answer = guess(nodes.b, OLIVES_PASSWORD)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 0
            break
        assert answer.status_code == 201 and time.monotonic() < deadline, "five guesses on one node, and the other lets a sixth pass"
    # Once the time is over, whoever is right on one node has a clean slate on both.
    nodes.move_clock(minutes=2)
    assert guess(nodes.b, OLIVES_PASSWORD).status_code == 201
    deadline = time.monotonic() + 5
    while (answer := guess(nodes.a, "wrong again")).status_code == 429:
        assert time.monotonic() < deadline, "right on one node, and still refused by the other"
        time.sleep(0.02)
    assert answer.status_code == 401
    for _ in range(3):
        assert guess(nodes.a, "wrong again").status_code == 401
