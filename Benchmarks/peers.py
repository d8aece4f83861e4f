"""What other programs ask Latchkey: introspection, forward auth, and decisions over HTTP, beside a bare route and Glewlwyd's introspection; and
Cedar and Casbin, the more general engines, on questions like those of Latchkey's core."""

import json
import subprocess
import urllib.request

from glewlwyd import Glewlwyd, basic
from machine import ROOT, Bare, Latchkey, api, wrk

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CLIENT = "bench-dashboard"


class Integration:
    """An integration that may ask about others, and an access token of it."""

    def __init__(self, server, manager):
        for one in api(server, "GET", "/integrations?limit=200", None, manager)["items"]:
            api(server, "DELETE", f"/integrations/{one['id']}", None, manager)
        # The client ID of one that was deleted stays taken.
        self.client = f"{CLIENT}-{server.port}"
        made = api(server, "POST", "/integrations", {"name": "Bench", "client_id": self.client, "functions": {"decisions": "read"}}, manager)
        self.secret = made["client_secret"]
        request = urllib.request.Request(
            server.url + "/oauth/token", data=b"grant_type=client_credentials", headers={"Authorization": basic(self.client, self.secret)})
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.token = json.loads(answer.read())["access_token"]


def peers(bench, work):
    """On the small directory of sessions: introspection and forward auth, and an evaluation that an integration asks for somebody else."""
    with Bare() as bare, Glewlwyd(work / "glewlwyd") as glewlwyd, Latchkey(bench.small) as server:
        integration = Integration(server, server.sign_in("adam@alder.example"))
        login = server.sign_in("una@alder.example")
        asked = {
            "subject": {"type": "user", "id": bench.small_facts["una"]}, "action": {"name": "read"},
            "resource": {"type": "screen", "id": "sessions"}}

        def form(url, client, token):
            return lambda: wrk(
                url, FORM, "token=" + token, headers={"Authorization": basic(*client)}, seconds=bench.seconds, script="post")["per_second"]

        url, client, token = glewlwyd.introspection()
        measures = {
            "bare": lambda: wrk(bare.url + "/", seconds=bench.seconds)["per_second"],
            "glewlwyd": form(url, client, token),
            "introspection": form(server.url + "/oauth/introspect", (integration.client, integration.secret), integration.token),
            "`GET /auth/verify`": lambda: wrk(
                server.url + "/auth/verify", headers={"Cookie": f"__Host-latchkey={login}"}, seconds=bench.seconds)["per_second"],
            "an evaluation for somebody else": lambda: wrk(
                server.url + "/access/v1/evaluation", JSON, json.dumps(asked), headers={"Authorization": f"Bearer {integration.token}"},
                seconds=bench.seconds, script="post")["per_second"]}
        # What is measured must be a yes: a refusal would be quicker.
        answer = post(server.url + "/access/v1/evaluation", asked, integration.token)
        if answer.get("decision") is not True:
            raise SystemExit(f"the evaluation that is measured is no yes: {answer}")
        for measure in measures.values():
            measure()
        got = bench.turns(**measures)
    bench.row(
        "introspection, to a bare route's throughput", got["introspection"] / got["bare"], "at least 0.4", least=0.4,
        figures=f"{got['introspection']:,.0f}/s to {got['bare']:,.0f}/s")
    for what in list(measures)[2:]:
        bench.row(
            f"{what}, to Glewlwyd's introspection", got[what] / got["glewlwyd"], "at least 5", least=5,
            figures=f"{got[what]:,.0f}/s to {got['glewlwyd']:,.0f}/s")


def post(url, body, token):
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": JSON, "Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def engines(bench, own):
    """Decisions a second in one process; `own` are those of Latchkey's core in the same run."""
    runs = []
    for _ in range(bench.rounds):
        command = [ROOT / ".venv/bin/python", ROOT / "Benchmarks/engines.py", str(bench.seconds)]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"engines.py failed: {done.stderr}")
        runs.append(json.loads(done.stdout))
    for name, title in (("cedar", "Cedar (cedarpy, in batches of 100)"), ("casbin", "Casbin (pycasbin)")):
        rate = sorted(run[name] for run in runs)[len(runs) // 2]
        bench.row(
            f"decisions a second by {title} on 1,000 roles, 10,000 users, 5,000 places; a more general engine behind a binding", rate, "",
            unit="/s", figures=f"{100 * runs[0]['yes']:.0f} % are yes; Latchkey's core makes {own / rate:,.0f} times as many")
