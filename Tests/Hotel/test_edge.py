"""What nginx and the dashboard let nobody do: say who they are, come from elsewhere, or be sent elsewhere."""

import http.client
import socket
import stat

import pytest

CLAIMS = {
    "Remote-User": "adam", "Latchkey-User-Id": "{adam}", "Latchkey-Account": "{account}", "Latchkey-Places": "all", "Latchkey-Kind": "user",
    "Latchkey-Name": "Adam", "Latchkey-Functions": "lighting=full,check-in=full,energy=full,system-alerts=full",
    "Latchkey-Screens": "pulse=full,control-center=full,reporting=full,configuration=full,dashboard-settings=full"}


@pytest.fixture
def claims(house, people):
    """What Adam's headers would be."""
    return {name: value.format(adam=people["adam"]["id"], account=house.plan["account"]) for name, value in CLAIMS.items()}


def spelled(claims):
    """The claims in other spellings, and each twice: as programs behind a proxy have been known to take them."""
    yield claims
    yield {name.lower(): value for name, value in claims.items()}
    yield {name.replace("-", "_"): value for name, value in claims.items()}
    yield {f"X-{name}": value for name, value in claims.items()} | claims


def test_nobody_says_who_they_are(stranger, claims):
    for headers in spelled(claims):
        assert stranger.ask("api/rooms", headers=headers).status_code == 401
        assert stranger.ask("control-center", headers=headers).status_code == 401
        assert stranger.ask("stream", headers=headers).status_code == 401
        assert stranger.ask("devices/rooms/101", headers=headers).status_code == 401


def test_nobody_says_that_they_are_more(guest, claims):
    una = guest("una")
    for headers in spelled(claims):
        assert una.ask("api/me", expect=200, headers=headers)["username"] == "una"
        assert len(una.ask("api/rooms", expect=200, headers=headers)["rooms"]) == 8
        assert una.ask("configuration", headers=headers).status_code == 403
        assert una.ask("rooms/201/lighting", "POST", json={"value": "on"}, headers=headers).status_code == 404


def test_a_header_that_the_client_repeats_does_not_count(guest, house, claims):
    """Sent twice and folded, which a library would not do."""
    una = guest("una")
    connection = http.client.HTTPConnection("localhost", house.port, timeout=10)
    connection.putrequest("GET", "/dashboard/api/me")
    connection.putheader("Authorization", f"Bearer {una.token}")
    for name, value in claims.items():
        connection.putheader(name, value)
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200 and b'"una"' in answer.read()


def test_the_socket_is_nginxs_alone(house):
    assert stat.S_IMODE(house.scratch.stat().st_mode) == 0o700
    listening = [line.split()[1] for line in open("/proc/net/tcp", encoding="ascii") if line.split()[3] == "0A"]
    # Nothing of the dashboard listens on a port: what was started is nginx and Latchkey.
    assert f"0100007F:{house.port:04X}" in listening
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(house.scratch / "hotel.sock"))


def test_who_is_of_another_house_is_nobody_here(guest):
    for name in ("mallory", "olive@alder.example"):
        other = guest(name)
        for path in ("", "pulse", "control-center", "rooms/101", "reporting.csv", "api/rooms", "api/me"):
            answer = other.ask(path)
            assert answer.status_code == 403 and "101" not in answer.text, path
        assert other.ask("rooms/101/lighting", "POST", json={"value": "on"}).status_code == 403


def test_the_login_does_not_reach_the_dashboard(guest, house):
    """But on the stream, which has to ask whether it lives."""
    una = guest("una")
    with house.in_place_of_the_dashboard() as seen:
        for path in ("api/rooms", "pulse", "static/hotel.css"):
            una.ask(path, headers={"Cookie": f"__Host-latchkey={una.token}"})
    assert len(seen) == 3 and not [head for head in seen if una.token in head]


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_page_from_elsewhere_changes_nothing(guest, headers):
    una = guest("una")
    una.switch("106", "lighting", "off")
    for path in ("rooms/106/lighting", "alerts/a1/acknowledge", "dashboard-settings"):
        assert una.ask(path, "POST", data={"value": "on"}, headers=headers).status_code == 403
    assert una.ask("api/rooms/106", expect=200)["light"] is False


ELSEWHERE = ["//evil.example/", "/\\evil.example/", "https://evil.example/", "/dashboard/\r\nLocation: https://evil.example/", "/%2f/evil.example", "javascript:alert(1)"]


def test_the_way_to_the_sign_in_leads_back_here(stranger, house):
    for path in ("/dashboard/control-center?floor=1&search=a%20b", "/dashboard/", "/dashboard//evil.example/"):
        answer = stranger.http.get(house.origin + path, headers={"Sec-Fetch-Mode": "navigate"}, allow_redirects=False, timeout=30)
        assert answer.status_code == 302
        where = answer.headers["Location"].removeprefix(house.origin)
        assert where.startswith("/sign-in") and "evil.example/&" not in where, where


@pytest.mark.parametrize("header", ["X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Referer"])
def test_a_header_does_not_say_where_the_way_back_is(stranger, house, header):
    value = "host=evil.example" if header == "Forwarded" else "https://evil.example/x"
    answer = stranger.ask("pulse", headers={"Sec-Fetch-Mode": "navigate", header: value})
    assert answer.status_code == 302 and "evil" not in answer.headers["Location"]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_sends_nobody_elsewhere(stranger, house, where):
    password = next(person["password"] for person in house.people if person["username"] == "una")
    answer = stranger.http.post(
        f"{house.origin}/sign-in", params={"return_to": where}, data={"username": "una", "password": password, "take_over": "true", "return_to": where},
        headers={"Origin": house.origin, "Sec-Fetch-Site": "same-origin"}, allow_redirects=False, timeout=30)
    to = answer.headers.get("Location", "/").removeprefix(house.origin)
    assert answer.status_code < 500 and to.startswith("/") and to[1:2] not in ("/", "\\"), answer.headers
