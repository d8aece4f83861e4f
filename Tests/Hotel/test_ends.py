"""A login that ends takes the open page with it."""

import time

import pytest

from Hotel.guest import Listener


def closed(adam, people, house, guest):
    adam.post(f"/users/{people['una']['id']}/logins/close", {}, expect=None)


def one_closed(adam, people, house, guest):
    """As in the list of active sessions."""
    login = next(login["id"] for login in adam.items("/logins") if login["principal"]["id"] == people["una"]["id"])
    assert adam.delete(f"/logins/{login}").status_code in (200, 204)


def signed_out(adam, people, house, guest):
    guest.api.delete("/logins/current", expect=204)


def taken_over(adam, people, house, guest):
    password = next(person["password"] for person in house.people if person["username"] == "una")
    type(guest).sign_in(house.origin, "una", password)


def disabled(adam, people, house, guest):
    adam.post(f"/users/{people['una']['id']}/disable", {}, expect=200)


@pytest.mark.parametrize("end", [closed, one_closed, signed_out, taken_over, disabled])
def test_an_open_stream_ends_with_its_login(guest, adam, people, house, times, end):
    una = guest("una")
    page = Listener(una)
    try:
        end(adam, people, house, una)
        started = time.monotonic()
        page.heard("over")
        page.until(lambda: page.ended_at)
        # The promise is a second; how long it took is shown at the end, and here only whether it ends at all is judged.
        assert page.ended_at - started < 5
        times.append(page.ended_at - started)
        assert una.ask("api/rooms").status_code == 401
        assert una.ask("stream").status_code == 401
    finally:
        if end is disabled:
            adam.post(f"/users/{people['una']['id']}/enable", {}, expect=200)


def test_nothing_is_told_after_the_end(guest, adam, people, device):
    una = guest("una")
    page, rita, controller = Listener(una), Listener(guest("rita")), device()
    adam.post(f"/users/{people['una']['id']}/logins/close", {})
    controller.reads("108", temperature=11.5)
    rita.heard("room", lambda room: room["number"] == "108")
    page.until(lambda: page.ended_at)
    assert 11.5 not in [data.get("temperature") for _, data in page.told]


def test_an_open_page_does_not_keep_a_login_awake(guest, house):
    """Its stream and its questions in the background are no activity: what counts is told by Latchkey."""
    una = guest("una")
    before = next(login["last_seen_at"] for login in una.api.get("/me/logins", expect=200)["items"] if login["current"])
    page = Listener(una)
    page.waits_for_life()
    una.ask("api/me", expect=200, headers={"Latchkey-Background": "1"})
    after = next(
        login["last_seen_at"] for login in una.api.get("/me/logins", expect=200, headers={"Latchkey-Background": "1"})["items"] if login["current"])
    # Looking before was the last that counted.
    assert after >= before and page.ended_at is None


def test_without_latchkey_nothing_is_shown(guest, house):
    una = guest("una")
    page = Listener(una)
    house.pause("latchkey")
    try:
        page.until(lambda: page.ended_at, seconds=15)
        assert "over" not in [name for name, _ in page.told]
    finally:
        house.go_on("latchkey")
    assert una.rooms()
