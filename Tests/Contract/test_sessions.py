"""Sessions: whose they are, who sees them, what is said about them. Una and Uwe share a key and do not see each other's."""

import pytest

from Contract.cast import NEVER, Branch, refused
from support.server import Api


def ids(api, **filters):
    return [session["id"] for session in api.items("/sessions", **filters)]


@pytest.fixture(scope="module")
def made(cast):
    """Two sessions under the shared key, one each, one under the key of Uwe alone, and one that the CRM made for nobody."""
    return {
        "una": cast.session(cast.una, reference="Una's own", contact={"first_name": "Kari", "last_name": "Nordahl"})["id"],
        "uwe": cast.session(cast.uwe, reference="Uwe's own")["id"],
        "fleet": cast.session(cast.uwe, cast.fleet)["id"],
        "nobody": cast.road.api.post("/sessions", {}, expect=201)["id"],
    }


def every_way_in(api, session):
    """What each read of one session answers, without what differs from request to request."""
    answers = [api.get(f"/sessions/{session}{part}") for part in ("", "/events", "/notes")]
    answers += [
        api.patch(f"/sessions/{session}", {"reference": "x"}), api.post(f"/sessions/{session}/notes", {"text": "x"}), api.delete(f"/sessions/{session}")]
    return [(a.status_code, {k: v for k, v in a.json().items() if k != "request_id"}) for a in answers]


def test_each_sees_their_own(cast, made):
    assert ids(cast.una.api) == [made["una"]]
    assert ids(cast.uwe.api) == [made["fleet"], made["uwe"]]
    assert set(ids(cast.rita.api)) == {made["una"], made["uwe"], made["nobody"]}
    assert set(ids(cast.adam.api)) == set(made.values()) == set(ids(cast.north.inside))
    assert set(ids(cast.road.api)) == {made["una"], made["uwe"], made["nobody"]}
    assert ids(cast.mallory.api) == []
    for api, count in ((cast.una.api, 1), (cast.uwe.api, 2), (cast.rita.api, 3), (cast.adam.api, 4), (cast.mallory.api, 0)):
        assert api.get("/sessions/count", expect=200) == {"count": count}
        assert api.get("/sessions?total=true&limit=1", expect=200)["total"] == count


@pytest.mark.parametrize("who, what", [("una", "uwe"), ("una", "fleet"), ("una", "nobody"), ("rita", "fleet"), ("mallory", "una")])
def test_what_is_hidden_is_as_if_it_never_was(cast, made, who, what):
    api = getattr(cast, who).api
    hidden = every_way_in(api, made[what])
    assert hidden == every_way_in(api, NEVER["ses"]) and {status for status, _ in hidden} == {404}
    for filters in ({"owner": cast.uwe.id}, {"search": made[what]}, {"api_key": cast.fleet.id}):
        assert made[what] not in ids(api, **filters)


def test_search_filters_and_counts_stay_within_what_is_seen(cast, made):
    assert ids(cast.una.api, search="uwe") == [] and ids(cast.uwe.api, search="uwe") == [made["uwe"]]
    assert ids(cast.una.api, search="KAR") == [made["una"]] and ids(cast.una.api, search="ari") == []
    code = cast.una.api.get(f"/sessions/{made['una']}", expect=200)["code"]
    assert ids(cast.una.api, search=code.lower()) == [made["una"]] and ids(cast.uwe.api, search=code) == []
    assert ids(cast.adam.api, owner=cast.una.id) == [made["una"]] and ids(cast.adam.api, source="api") == [made["nobody"]]
    assert ids(cast.adam.api, mode="test") == [] and ids(cast.adam.api, status="COMPLETE") == []
    assert ids(cast.adam.api, **{"from": "2000-01-01T00:00:00Z", "to": "2001-01-01T00:00:00Z"}) == []
    refused(cast.una.api.get("/sessions?mode=both"), 422, "invalid_choice")
    refused(cast.una.api.get("/sessions?colour=blue"), 400, "unknown_parameter")
    refused(cast.una.api.get("/sessions?from=yesterday"), 400, "invalid_time")


def test_taking_a_key_away_hides_and_giving_it_back_shows(cast, made):
    path = f"/users/{cast.una.id}"
    cast.north.inside.patch(path, {"api_keys": [cast.training.id]}, expect=200)
    assert ids(cast.una.api) == [] and cast.una.api.get(f"/sessions/{made['una']}").status_code == 404
    refused(cast.una.api.post("/sessions", {"api_key": cast.road.id}), 422, "unknown_reference", "api_key")
    cast.north.inside.patch(path, {"api_keys": [cast.road.id, cast.training.id]}, expect=200)
    assert ids(cast.una.api) == [made["una"]]


def test_who_may_be_named_as_the_owner(cast):
    assert cast.road.api.post("/sessions", {"owner": cast.una.id}, expect=201)["owner"]["id"] == cast.una.id
    for owner in (cast.mallory.id, NEVER["usr"]):
        refused(cast.road.api.post("/sessions", {"owner": owner}), 422, "unknown_reference", "owner")
    refused(cast.fleet.api.post("/sessions", {"owner": cast.una.id}), 422, "unknown_reference", "owner")
    refused(cast.una.api.post("/sessions", {"api_key": cast.road.id, "owner": cast.uwe.id}), 422, "unknown_reference", "owner")
    assert cast.session(cast.una, owner=cast.una.id)["owner"]["id"] == cast.una.id
    refused(cast.north.inside.post("/sessions", {"api_key": cast.road.id, "owner": cast.una.id}), 422, "unknown_reference", "owner")
    switched = cast.north.inside.post("/sessions", {"api_key": cast.road.id}, expect=201)
    assert switched["owner"] is None and switched["source"]["username"]


def test_nobody_makes_one_under_a_key_that_is_not_theirs_or_is_disabled(cast, server):
    refused(cast.una.api.post("/sessions", {"api_key": cast.fleet.id}), 422, "unknown_reference", "api_key")
    refused(cast.una.api.post("/sessions", {"api_key": NEVER["key"]}), 422, "unknown_reference", "api_key")
    refused(cast.una.api.post("/sessions", {}), 422, "required", "api_key")
    branch = Branch(server, cast.olive, "Key branch")
    key = branch.key("Stopped")
    branch.inside.post(f"/api-keys/{key.id}/disable", expect=200)
    refused(branch.inside.post("/sessions", {"api_key": key.id}), 422, "unknown_reference", "api_key")


def test_notes_and_events_are_kept_in_order(cast):
    session = cast.session(cast.una)["id"]
    for text in ("First.", "Second,\nover two lines."):
        assert cast.una.api.post(f"/sessions/{session}/notes", {"text": text}, expect=201)["text"] == text
    notes = cast.una.api.items(f"/sessions/{session}/notes")
    assert [note["text"] for note in notes] == ["Second,\nover two lines.", "First."]
    assert notes[0]["author"]["id"] == cast.una.id
    cast.una.api.patch(f"/sessions/{session}", {"vehicle": {"make": "Volvo", "year": 2021}}, expect=200)
    assert len(cast.una.api.items(f"/sessions/{session}/events")) == 4
    refused(cast.una.api.post(f"/sessions/{session}/notes", {"text": "  "}), 422, "too_short", "text")
    refused(cast.una.api.post(f"/sessions/{session}/notes", {"text": "x" * 5001}), 422, "too_long", "text")


def test_patch_replaces_what_it_names_whole(cast):
    session = cast.session(cast.una, reference="R-1", vehicle={"make": "Volvo", "model": "XC60", "year": 2021}, contact={"phone": "+4740098765"})
    edited = cast.una.api.patch(f"/sessions/{session['id']}", {"vehicle": {"make": "Saab"}, "reference": None}, expect=200)
    assert edited["vehicle"] == {"vin": None, "year": None, "make": "Saab", "model": None, "odometer": None, "odometer_unit": None}
    assert edited["reference"] is None and edited["contact"]["phone"] == "+4740098765"
    for field, value in {"code": "NB-1234", "status": "COMPLETE", "owner": cast.uwe.id, "api_key": cast.training.id}.items():
        refused(cast.una.api.patch(f"/sessions/{session['id']}", {field: value}), 400, "immutable", field)


@pytest.mark.parametrize("fields, code, field", [
    ({"vehicle": {"vin": "1HGCM82633A00435O"}}, None, "vehicle.vin"),
    ({"vehicle": {"year": 1700}}, "out_of_range", "vehicle.year"),
    ({"contact": {"first_name": "Kari"}}, None, "contact.last_name"),
    ({"contact": {"phone": "12345"}}, None, "contact.phone"),
    ({"contact": {"email": "nobody"}}, "invalid_email", "contact.email"),
    ({"reference": "x" * 101}, "too_long", "reference"),
    ({"redirect_url": "javascript:alert(1)"}, None, "redirect_url"),
])
def test_bad_fields_are_named_and_nothing_is_stored(cast, fields, code, field):
    before = cast.una.api.get("/sessions/count", expect=200)
    answer = cast.una.api.post("/sessions", {"api_key": cast.road.id} | fields)
    assert answer.status_code == 422 and field in [error["field"] for error in answer.json()["errors"]], answer.text
    assert all(error["message"] for error in answer.json()["errors"])
    if code:
        refused(answer, 422, code, field)
    assert cast.una.api.get("/sessions/count", expect=200) == before


def test_a_wrong_check_digit_is_a_warning(cast):
    assert cast.session(cast.una, vehicle={"vin": "1HGCM82633A004352"})["warnings"] == []
    assert cast.session(cast.una, vehicle={"vin": "1HGCM82633A004353"})["warnings"]


def test_review_is_for_those_who_see_everybodys(cast):
    session = cast.session(cast.una)["id"]
    refused(cast.una.api.post(f"/sessions/{session}/review", {"outcome": "COMPLETE"}), 403, "level_too_low")
    refused(cast.una.api.post(f"/sessions/{NEVER['ses']}/review", {"outcome": "COMPLETE"}), 403, "level_too_low")
    refused(cast.rita.api.post(f"/sessions/{NEVER['ses']}/review", {"outcome": "COMPLETE"}), 404, "not_found")
    refused(cast.rita.api.post(f"/sessions/{session}/review", {"outcome": "INVALID"}), 422, "required", "reason")
    # Nothing reaches CONFIRM before there is capture.
    refused(cast.rita.api.post(f"/sessions/{session}/review", {"outcome": "COMPLETE"}), 409, "wrong_status")


def test_seen_but_not_writable_is_not_owner(cast):
    role = cast.north.inside.post("/roles", {
        "name": "Onlooker", "description": "Reads all, writes own.", "screens": {"sessions": {"level": "read", "reach": "all"}}}, expect=201)["id"]
    both = cast.north.user("Onny", role, [cast.road])
    cast.north.inside.patch(f"/users/{both.id}", {"roles": [role, cast.user_role]}, expect=200)
    assert both.api.get("/me", expect=200)["access"]["screens"]["sessions"] == {"level": "full", "reach": "own", "read_reach": "all"}
    theirs, own = cast.session(cast.una)["id"], cast.session(both)["id"]
    both.api.get(f"/sessions/{theirs}", expect=200)
    refused(both.api.patch(f"/sessions/{theirs}", {"reference": "x"}), 403, "not_owner")
    refused(both.api.post(f"/sessions/{theirs}/notes", {"text": "x"}), 403, "not_owner")
    both.api.patch(f"/sessions/{own}", {"reference": "x"}, expect=200)


def test_test_sessions_follow_their_key(cast):
    session = cast.session(cast.una, cast.training)
    assert session["mode"] == "test"
    assert ids(cast.una.api, mode="test") == [session["id"]] and session["id"] not in ids(cast.una.api, mode="live")
    assert session["id"] in ids(cast.una.api)


def test_an_idle_session_is_deleted(cast):
    session = cast.session(cast.una)["id"]
    cast.una.api.delete(f"/sessions/{session}", expect=204)
    refused(cast.una.api.get(f"/sessions/{session}"), 404, "not_found")


def test_history_names_who_did_it_and_keeps_from_others_what_they_cannot_see(cast):
    session = cast.session(cast.una, reference="H-1")["id"]
    cast.una.api.patch(f"/sessions/{session}", {"reference": "H-2"}, expect=200)
    entries = cast.adam.api.items("/history", subject=session)
    assert [entry["action"] for entry in entries] == ["session.changed", "session.created"]
    assert entries[0]["actor"]["id"] == cast.una.id and entries[0]["changes"] == [{"field": "reference", "from": "H-1", "to": "H-2"}]
    assert entries[0]["request_id"].startswith("req_") and entries[0]["address"] == "127.0.0.1"
    cast.una.api.patch(f"/sessions/{session}", {"reference": "H-2"}, expect=200)
    assert len(cast.adam.api.items("/history", subject=session)) == 2
    assert cast.mallory.api.items("/history", subject=session) == []
    assert {entry["actor"]["id"] for entry in cast.adam.api.items("/history", actor=cast.una.id)} == {cast.una.id}
    assert {entry["action"] for entry in cast.adam.api.items("/history", action="session.changed")} == {"session.changed"}
