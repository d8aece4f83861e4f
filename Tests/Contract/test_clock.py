"""Time: a login ends after 30 minutes without activity and after 12 hours at the latest; deadlines, overlaps and ends are kept."""

import datetime
import signal
import time

from Contract.cast import PASSWORD, Cast, refused
from support.server import init


def test_a_login_ends_when_idle_and_at_the_latest_after_12_hours(fresh):
    cast = Cast(fresh)
    una = cast.una.api
    for _ in range(3):
        fresh.move_clock(minutes=29)
        una.get("/me", expect=200)
    # What a page asks for by itself is no activity.
    fresh.move_clock(minutes=20)
    una.get("/me", headers={"Latchkey-Background": "1"}, expect=200)
    fresh.move_clock(minutes=11)
    refused(una.get("/me"), 401, "unauthenticated")
    refused(cast.olive.get("/me"), 401, "unauthenticated")

    again = fresh.sign_in(cast.una.username, PASSWORD)
    started = fresh.move_clock()
    while fresh.move_clock(minutes=29) - started < 12 * 3600:
        again.get("/me", expect=200)
    refused(again.get("/me"), 401, "unauthenticated")


def test_the_settings_decide_but_managers_are_out_after_an_hour(fresh):
    cast = Cast(fresh)
    cast.north.inside.patch("/settings/security", {"inactivity_minutes": None, "absolute_hours": 720}, expect=200)
    adam, una = cast.adam.api, cast.una.api
    fresh.move_clock(minutes=59)
    assert adam.get("/me").status_code == una.get("/me").status_code == 200
    fresh.move_clock(minutes=61)
    refused(adam.get("/me"), 401, "unauthenticated")
    una.get("/me", expect=200)
    fresh.move_clock(days=20)
    una.get("/me", expect=200)


def test_activity_in_an_account_is_activity_of_the_login_it_came_from(fresh):
    cast = Cast(fresh)
    for _ in range(3):
        fresh.move_clock(minutes=20)
        cast.north.inside.get("/users", expect=200)
    cast.olive.get("/me", expect=200)


def test_a_session_is_expired_from_its_deadline_on(fresh):
    cast = Cast(fresh)
    key = cast.north.key("An hour", session_expiry="1h")
    session = key.api.post("/sessions", {}, expect=201)
    made, ends = (datetime.datetime.fromisoformat(session[name].replace("Z", "+00:00")) for name in ("created_at", "expires_at"))
    assert ends - made == datetime.timedelta(hours=1)
    fresh.move_clock(minutes=59)
    assert key.api.get(f"/sessions/{session['id']}", expect=200)["status"] == "IDLE"
    fresh.move_clock(minutes=2)
    assert key.api.get(f"/sessions/{session['id']}", expect=200)["status"] == "EXPIRED"
    assert [s["id"] for s in key.api.items("/sessions", status="EXPIRED")] == [session["id"]]
    assert key.api.items("/sessions", status="IDLE") == []
    refused(key.api.delete(f"/sessions/{session['id']}"), 409, "wrong_status")


def test_an_old_secret_works_for_the_overlap(fresh):
    cast = Cast(fresh)
    new = fresh.api(cast.north.inside.post(f"/api-keys/{cast.road.id}/rotate", {"overlap_hours": 2}, expect=200)["secret"])
    fresh.move_clock(minutes=119)
    cast.road.api.get("/me", expect=200)
    fresh.move_clock(minutes=2)
    refused(cast.road.api.get("/me"), 401, "unauthenticated")
    new.get("/me", expect=200)


def test_from_ends_at_on_a_user_is_as_disabled(fresh):
    cast = Cast(fresh)
    una = cast.una
    me = cast.north.inside.get(f"/users/{una.id}", expect=200)
    tomorrow = datetime.datetime.fromisoformat(me["created_at"].replace("Z", "+00:00")) + datetime.timedelta(minutes=20)
    cast.north.inside.patch(f"/users/{una.id}", {"ends_at": tomorrow.isoformat()}, expect=200)
    una.api.get("/me", expect=200)
    fresh.move_clock(minutes=21)
    refused(una.api.get("/me"), 401, "unauthenticated")
    refused(fresh.api().post("/logins", {"username": una.username, "password": PASSWORD}), 401, "invalid_credentials")


def test_an_idempotency_key_is_free_again_after_a_day(fresh):
    cast = Cast(fresh)
    send = lambda: cast.road.api.post("/sessions", {"reference": "day"}, headers={"Idempotency-Key": "day"}, expect=201)["id"]  # noqa: E731
    first = send()
    fresh.move_clock(hours=23)
    assert send() == first
    fresh.move_clock(hours=2)
    assert send() != first


def test_no_other_installation_honours_a_test_clock(data, serve):
    init(data, test_clock=False)
    server = serve(data)
    api = server.sign_in()
    server.move_clock(hours=13)
    api.get("/me", expect=200)


def test_a_restart_forgets_at_most_the_last_30_seconds_of_activity(fresh):
    cast = Cast(fresh)
    una = cast.una.api
    fresh.move_clock(minutes=20)
    una.get("/me", expect=200)  # written down
    fresh.move_clock(seconds=20)
    una.get("/me", expect=200)  # not yet
    fresh.kill()
    fresh.start()
    fresh.move_clock(minutes=29, seconds=30)
    una.get("/me", headers={"Latchkey-Background": "1"}, expect=200)
    fresh.move_clock(seconds=55)
    refused(una.get("/me"), 401, "unauthenticated")


def test_a_suspended_machine_wakes_to_ended_logins(fresh):
    cast = Cast(fresh)
    una, adam = cast.una.api, cast.adam.api
    fresh.process.send_signal(signal.SIGSTOP)
    (fresh.data / "test-clock").write_text("7200")
    fresh.process.send_signal(signal.SIGCONT)
    time.sleep(0.3)
    for api in (una, adam):
        refused(api.get("/me"), 401, "unauthenticated")
    again = fresh.sign_in(cast.una.username, PASSWORD)
    assert [login["current"] for login in again.items("/me/logins")] == [True]
