"""Room controllers are integrations: each request's token is introspected."""

import pytest


@pytest.fixture
def controllers(house, adam):
    """The integration of the controllers, enabled again whatever a test does to it."""
    yield house.devices["id"]
    adam.post(f"/integrations/{house.devices['id']}/enable", {})


def test_a_reading_arrives(device, guest):
    assert device().reads("105", temperature=22.25, occupied=True, energy=3.5) == {
        name: guest("una").ask("api/rooms/105", expect=200)[name] for name in ("light", "curtains", "target")}
    room = guest("una").ask("api/rooms/105", expect=200)
    assert (room["temperature"], room["occupied"], room["silent"]) == (22.2, True, False)


def test_a_token_dies_with_its_integration(device, adam, controllers):
    controller = device()
    controller.reads("105")
    adam.post(f"/integrations/{controllers}/disable", {}, expect=200)
    controller.reads("105", expect=401)
    adam.post(f"/integrations/{controllers}/enable", {}, expect=200)
    controller.reads("105", expect=401)
    device().reads("105")


def test_a_token_can_do_less_as_soon_as_its_integration_can(device, adam, controllers):
    controller = device()
    try:
        adam.patch(f"/integrations/{controllers}", {"functions": {"room-status": "read"}}, expect=200)
        controller.reads("105", expect=403)
        controller.ask("devices/rooms/105", expect=200)
    finally:
        adam.patch(f"/integrations/{controllers}", {"functions": {"room-status": "full", "room-alerts": "full"}}, expect=200)
    controller.reads("105")


def test_a_revoked_token_is_refused(device, house):
    controller = device()
    controller.reads("105")
    answer = controller.http.post(
        f"{house.origin}/oauth/revoke", data={"token": controller.token}, auth=(house.devices["client_id"], house.devices["client_secret"]), timeout=30)
    assert answer.status_code == 200
    controller.reads("105", expect=401)


def test_only_a_token_of_an_integration_is_one(device, guest, stranger):
    stranger.reads("105", expect=401)
    guest("una").reads("105", expect=401)
    guest("adam").reads("105", expect=401)
    for header in ("Bearer", "Bearer ", "Basic eDp5", "Bearer lk_access_0000"):
        assert stranger.ask("devices/rooms/105", headers={"Authorization": header}).status_code == 401


def test_another_integration_is_not_a_controller(device, house):
    device(house.dashboard).reads("105", expect=403)


def test_a_token_of_another_hotel_is_none(house, guest):
    made = guest("mallory").api.post(
        "/integrations", {"name": "Not theirs", "client_id": "south-quay-controllers", "functions": {"room-status": "full"}}, expect=201)
    token = guest("mallory").access_token({"client_id": "south-quay-controllers", "client_secret": made["client_secret"]})
    stranger = type(guest("mallory"))(house.origin, token)
    stranger.reads("105", expect=401)


@pytest.mark.parametrize("reading", [
    {"temperature": "warm"}, {"temperature": 1e9}, {"temperature": None}, {"energy": -1}, {"occupied": "yes"}, {"alert": ""}, {"alert": "x" * 300}, {"alert": 7}])
def test_nonsense_is_refused(device, reading):
    device().reads("105", expect=422, **reading)
