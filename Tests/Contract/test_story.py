"""A developer sets up a branch with nothing but `curl`: the whole of it, once, in order."""

import subprocess

import json

from Contract.cast import PASSWORD, refused
from support.server import ENTERPRISE, OLIVE, OLIVES_PASSWORD, latchkey


def curl(url, *arguments, token=None, body=None):
    """The status and the JSON that `curl` gets, as a developer would type it."""
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", "--write-out", "\n%{http_code}", *arguments]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    if body is not None:
        command += ["--json", json.dumps(body)]
    text, _, status = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout.rpartition("\n")
    return int(status), json.loads(text) if text else None


def test_init_refuses_where_there_is_an_administrator(fresh):
    again = latchkey(
        "init", "--data", fresh.data, "--enterprise", ENTERPRISE, "--email", OLIVE, "--password-stdin", stdin=OLIVES_PASSWORD + "\n", check=False)
    assert again.returncode != 0 and OLIVES_PASSWORD not in again.stdout + again.stderr


def test_a_branch_by_curl(fresh):
    api = f"http://127.0.0.1:{fresh.port}/api/v1"
    status, olive = curl(f"{api}/logins", body={"username": OLIVE, "password": OLIVES_PASSWORD})
    assert status == 201 and olive["principal"]["kind"] == "administrator" and olive["must_change_password"] is False
    status, north = curl(f"{api}/accounts", token=olive["token"], body={"name": "North branch", "region": "North"})
    assert status == 201 and north["id"].startswith("acc_") and north["catalogue"] == "inspection"
    assert curl(f"{api}/sessions", token=olive["token"])[1]["code"] == "no_account"

    status, switched = curl(f"{api}/accounts/{north['id']}/switch", token=olive["token"], body={"reason": "Setting up"})
    assert status == 201 and switched["account"] == north["id"]
    inside = switched["token"]
    me = curl(f"{api}/me", token=inside)[1]
    assert (me["kind"], me["name"], me["account"]) == ("administrator", olive["principal"]["name"], north["id"])
    assert me["access"]["screens"]["sessions"] == {"level": "full", "reach": "all"} and me["access"]["api_keys"] == "all"

    status, key = curl(f"{api}/api-keys", token=inside, body={"name": "Road checks", "mode": "live", "session_expiry": "72h"})
    assert status == 201 and key["secret"].startswith("lk_live_")
    assert "secret" not in curl(f"{api}/api-keys/{key['id']}", token=inside)[1]

    roles = {role["name"]: role["id"] for role in curl(f"{api}/roles", token=inside)[1]["items"]}
    status, una = curl(f"{api}/users", token=inside, body={
        "email": "una@alder.example", "first_name": "Una", "last_name": "Berg", "roles": [roles["USER"]], "api_keys": [key["id"]],
        "generate_password": True})
    assert status == 201 and una["username"] == una["email"] and una["status"] == "enabled" and una["must_change_password"]
    assert "generated_password" not in curl(f"{api}/users/{una['id']}", token=inside)[1]

    status, login = curl(f"{api}/logins", body={"username": "UNA@alder.example", "password": una["generated_password"]})
    assert status == 201 and login["must_change_password"] is True
    assert curl(f"{api}/sessions", token=login["token"])[1]["code"] == "password_change_required"
    assert curl(f"{api}/me/password", "--request", "PUT", token=login["token"],
                body={"current": una["generated_password"], "new": PASSWORD})[0] == 204
    status, session = curl(f"{api}/sessions", token=login["token"], body={
        "api_key": key["id"], "reference": "ORDER-1", "contact": {"first_name": "Kari", "last_name": "Nordahl", "phone": "+4740098765"},
        "vehicle": {"vin": "1hgcm82633a004352", "make": "Honda"}})
    assert status == 201 and session["owner"] == {"id": una["id"], "name": "Una Berg"} and session["status"] == "IDLE"
    assert session["source"] == {"type": "dashboard", "api_key_name": "Road checks", "username": "una@alder.example"}
    assert session["vehicle"]["vin"] == "1HGCM82633A004352" and session["mode"] == "live"

    # The CRM, with the key's own secret, makes one for Una and one for nobody, and sees all three.
    crm = key["secret"]
    status, named = curl(f"{api}/sessions", token=crm, body={"owner": una["id"], "client_id": "CRM-4711"})
    assert status == 201 and named["owner"]["id"] == una["id"] and named["source"]["type"] == "api"
    assert curl(f"{api}/sessions", token=crm, body={"reference": "NOBODY"})[1]["owner"] is None
    assert curl(f"{api}/sessions/count", token=crm)[1] == {"count": 3}
    assert [s["id"] for s in curl(f"{api}/sessions", token=login["token"])[1]["items"]] == [named["id"], session["id"]]

    assert curl(f"{api}/sessions/{session['id']}/notes", token=login["token"], body={"text": "Calls back at noon."})[0] == 201
    events = curl(f"{api}/sessions/{session['id']}/events", token=login["token"])[1]["items"]
    assert len(events) >= 1
    actions = [entry["action"] for entry in curl(f"{api}/history?limit=200", token=inside)[1]["items"]]
    assert {"user.created", "api_key.created", "session.created"} <= set(actions)

    # Back from the account, then out.
    assert curl(f"{api}/logins/current", "--request", "DELETE", token=inside)[0] == 204
    assert curl(f"{api}/me", token=inside)[0] == 401
    assert curl(f"{api}/me", token=olive["token"])[1]["account"] is None
    assert curl(f"{api}/logins/current", "--request", "DELETE", token=olive["token"])[0] == 204
    assert curl(f"{api}/me", token=olive["token"])[0] == 401


def test_the_description_is_served_and_answers_lead_to_it(fresh):
    answer = fresh.api().get("/api/openapi.yaml")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/yaml") and answer.text.startswith("openapi: 3.1")
    docs = fresh.api().get("/api/docs")
    assert docs.status_code == 200 and "/api/openapi.yaml" in docs.text
    refused(fresh.api().get("/nowhere"), 404, "not_found")
