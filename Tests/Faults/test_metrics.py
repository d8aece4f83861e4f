"""The metrics listener: well-formed, apart from the public one, and without anything that is nobody's business."""

import re

import pytest
import requests

from .branch import PASSWORD, Branch
from support.server import OLIVE, OLIVES_PASSWORD, Server, free_port, init, temporary_folder

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')


def parse(text):
    """{(name, labels): value} and {name: type} of the text format 0.0.4; raises what is wrong with it."""
    assert text.endswith("\n")
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge", "histogram"), line
            types[name] = kind
        elif line.startswith("# HELP "):
            assert line.count(" ") >= 3, line
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            name, labels, value = found.groups()
            assert (name, labels) not in samples, f"twice: {line}"
            assert re.sub(r"_(bucket|sum|count)$", "", name) in types or name in types, f"before its type: {line}"
            samples[name, labels] = float(value)
    return samples, types


@pytest.fixture(scope="module")
def measured():
    with temporary_folder() as folder:
        init(folder / "data")
        port = free_port()
        with Server(folder / "data", "--metrics-listen", f"127.0.0.1:{port}") as server:
            branch = Branch(server)
            made = branch.una.post("/sessions", branch.session("CANARY-REFERENCE"), expect=201)
            branch.una.get(f"/sessions/{made['id']}", expect=200)
            branch.una.get("/sessions?search=CANARY-SEARCH", expect=200)
            server.api().post("/logins", {"username": "canary@alder.example", "password": "CANARY-PASSWORD"}, expect=401)
            server.api().get("/CANARY-PATH", expect=404)
            server.api().request("CANARY", "/me")
            text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
            secrets = [
                OLIVE, OLIVES_PASSWORD, PASSWORD, branch.secret, branch.una.token, branch.inside.token, branch.olive.token, branch.account,
                branch.people[0].id, branch.people[0].username, branch.key, made["id"], made["code"],
            ]
            yield server, port, text, secrets


def test_the_exposition_is_well_formed(measured):
    samples, types = parse(measured[2])
    assert types["latchkey_requests_total"] == "counter" and types["latchkey_request_seconds"] == "histogram"
    assert samples["latchkey_requests_total", 'method="POST",route="/api/v1/sessions",status="201"'] == 1
    assert samples["latchkey_database_commits", None] > 0
    assert samples["latchkey_resident_bytes", None] > 1e6
    buckets = [(labels, value) for (name, labels), value in samples.items() if name == "latchkey_request_seconds_bucket"]
    values = [value for _, value in buckets]
    assert values == sorted(values) and buckets[-1][0] == 'le="+Inf"'
    assert values[-1] == samples["latchkey_request_seconds_count", None]
    assert values[-1] == sum(value for (name, _), value in samples.items() if name == "latchkey_requests_total")


def test_nothing_in_it_is_a_secret_or_names_anybody(measured):
    text, secrets = measured[2:]
    assert "CANARY" not in text.upper().replace("LATCHKEY", "")
    assert [secret for secret in secrets if secret in text] == []


def test_it_is_on_its_own_listener_alone(measured):
    server, port, _, _ = measured
    assert requests.get(f"{server.api().base}/metrics", timeout=10).status_code == 404
    for path in ("/", "/api/v1/me", "/livez", "/metrics/"):
        assert requests.get(f"http://127.0.0.1:{port}{path}", timeout=10).status_code == 404
    assert requests.post(f"http://127.0.0.1:{port}/metrics", timeout=10).status_code in (404, 405)


def test_there_is_none_unless_asked_for(fresh):
    assert requests.get(f"{fresh.api().base}/metrics", timeout=10).status_code == 404
