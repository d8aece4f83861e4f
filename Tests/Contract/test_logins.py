"""Who is signed in to an account, closed by those who look after it."""

import pytest

from Contract.cast import NEVER, PASSWORD, Cast, refused


@pytest.fixture
def cast(fresh):
    return Cast(fresh)


def test_active_logins(cast):
    adam, una = cast.adam.api, cast.una.api
    elsewhere = cast.server.sign_in(cast.una.username, PASSWORD)
    logins = adam.items("/logins", user=cast.una.id)
    assert [login["principal"] for login in logins] == [{"id": cast.una.id, "name": "Una Berg"}] * 2
    assert all(login["kind"] == "user" and not login["current"] and login["address"] == "127.0.0.1" for login in logins)
    assert {login["kind"] for login in adam.items("/logins")} == {"user", "administrator"}
    assert [login["current"] for login in adam.items("/logins", search="adam")] == [True]
    refused(una.get("/logins"), 403, "screen_not_granted")
    refused(adam.delete(f"/logins/{NEVER['lgn']}"), 404, "not_found")

    mine = elsewhere.get("/logins/current", expect=200)
    assert mine["id"] in {login["id"] for login in logins} and mine["current"] and mine["ends_by"] == "inactivity" and 1700 < mine["ends_in"] <= 1800
    adam.delete(f"/logins/{mine['id']}", expect=204)
    refused(elsewhere.get("/me"), 401, "unauthenticated")
    una.get("/me", expect=200)
    assert adam.post(f"/users/{cast.una.id}/logins/close", expect=200) == {"closed": 1}
    refused(una.get("/me"), 401, "unauthenticated")
    closed = [entry for entry in adam.items("/history", action="login.closed") if entry["subject"]["id"] == cast.una.id]
    assert len(closed) == 2 and {entry["actor"]["id"] for entry in closed} == {cast.adam.id}
    assert cast.olive.post(f"/accounts/{cast.north.id}/users/{cast.una.id}/logins/close", expect=200) == {"closed": 0}
    refused(cast.south.inside.post(f"/users/{cast.una.id}/logins/close"), 404, "not_found")
