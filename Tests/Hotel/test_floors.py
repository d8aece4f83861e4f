"""Whose floor it is not, for them it is not there: in lists, search, reports, pages and pushes."""

from Hotel.guest import Listener

FLOOR_1 = [f"10{door}" for door in range(1, 9)]
FLOOR_2 = [f"20{door}" for door in range(1, 9)]


def test_a_list_has_the_rooms_of_ones_floors(guest):
    assert guest("una").rooms() == FLOOR_1
    assert guest("uwe").rooms() == FLOOR_2
    assert len(guest("emil").rooms()) == 24


def test_a_filter_by_another_floor_finds_nothing(guest):
    una = guest("una")
    assert una.rooms(floor=2) == []
    assert una.rooms(floor=1) == FLOOR_1


def test_a_search_finds_nothing_on_another_floor(guest):
    emil = guest("emil")
    emil.switch("101", "check-in", "Ingrid Solberg")
    emil.switch("202", "check-in", "Ingrid Haug")
    assert guest("una").rooms(search="ingrid") == ["101"]
    assert guest("uwe").rooms(search="INGRID") == ["202"]
    assert guest("una").rooms(search="202") == []
    # Rita sees floor 1, but not who sleeps there.
    assert guest("rita").rooms(search="ingrid") == []
    assert "guest" not in guest("rita").ask("api/rooms/101", expect=200)


def test_a_report_adds_up_what_one_sees(guest):
    guest("emil").switch("301", "lighting", "on")
    rune = guest("rune")
    assert [(line["floor"], line["rooms"]) for line in rune.ask("api/report", expect=200)["floors"]] == [("Floor 1", 8), ("Floor 2", 8)]
    text = rune.ask("reporting.csv").text
    assert "Floor 1" in text and "Floor 3" not in text
    assert "Floor 3" in guest("adam").ask("reporting.csv").text


def test_a_room_of_another_floor_is_as_one_that_is_not_there(guest):
    una = guest("una")
    there, nowhere = una.ask("api/rooms/201"), una.ask("api/rooms/999")
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text) == (404, nowhere.text)
    assert una.page("rooms/201", expect=404) == una.page("rooms/999", expect=404)
    there, nowhere = (una.ask(f"rooms/{number}/lighting", "POST", json={"value": "on"}) for number in ("201", "999"))
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text) == (404, nowhere.text)


def test_no_page_names_another_floor(guest):
    una = guest("una")
    for path in ("pulse", "control-center", "control-center?floor=2", "control-center?search=20", "rooms/101"):
        text = una.page(path)
        assert "Floor 2" not in text and not any(f"/rooms/{number}" in text or f">{number}<" in text for number in FLOOR_2), path


def test_a_push_tells_of_ones_floors(guest, device):
    una, uwe = Listener(guest("una")), Listener(guest("uwe"))
    controller = device()
    controller.reads("203", temperature=17.25)
    controller.reads("103", temperature=18.5)
    assert una.heard("room", lambda room: room["number"] == "103")["temperature"] == 18.5
    # Its own came after the other, and the streams are told of both at once: what is not there now will not come.
    uwe.heard("room", lambda room: room["number"] == "203")
    assert una.rooms() <= set(FLOOR_1) and uwe.rooms() <= set(FLOOR_2)


def test_an_alert_is_told_to_those_of_the_floor(guest, device):
    una, uwe, rita = Listener(guest("una")), Listener(guest("uwe")), Listener(guest("rita"))
    device().reads("204", alert="The window does not close")
    alert = uwe.heard("alert")
    assert (alert["room"], alert["text"]) == ("204", "The window does not close")
    device().reads("104")
    una.heard("room", lambda room: room["number"] == "104"), rita.heard("room", lambda room: room["number"] == "104")
    assert not [name for name, _ in una.told + rita.told if name == "alert"]
    assert [one["id"] for one in guest("una").ask("api/alerts", expect=200)["alerts"]] == []
    assert guest("una").ask(f"alerts/{alert['id']}/acknowledge", "POST").status_code == 404
    assert guest("uwe").ask(f"alerts/{alert['id']}/acknowledge", "POST", expect=200)["acknowledged_by"] == "Uwe Berg"


def test_a_floor_given_or_taken_is_seen_by_the_next_request_and_the_open_page(guest, adam, people, house):
    una, floors = guest("una"), {floor["number"]: floor["place"] for floor in house.plan["floors"]}
    page = Listener(una)
    try:
        adam.patch(f"/users/{people['una']['id']}", {"places": [floors[1], floors[2]]}, expect=200)
        assert una.rooms() == FLOOR_1 + FLOOR_2
        page.heard("access")
        adam.patch(f"/users/{people['una']['id']}", {"places": [house.plan["place"]]}, expect=200)
        assert len(una.rooms()) == 24, "who holds the house holds its floors"
        adam.patch(f"/users/{people['una']['id']}", {"places": []}, expect=200)
        assert una.rooms() == []
        una.switch("101", "lighting", "on", expect=404)
    finally:
        adam.patch(f"/users/{people['una']['id']}", {"places": [floors[1]]}, expect=200)
    assert una.rooms() == FLOOR_1


def test_who_can_do_this_here_is_whom_latchkey_names(guest):
    text = guest("adam").page("dashboard-settings?function=lighting&room=201")
    assert "3 may change lighting in 201" in text
    for name in ("Adam Berg", "Emil Berg", "Uwe Berg"):
        assert f"<li>{name}</li>" in text
