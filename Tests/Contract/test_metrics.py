"""Prometheus: on a listener of its own, counting by route, never naming anybody."""

import requests

from support.server import free_port, init


def test_metrics_are_answered_on_their_own_listener_only(data, serve):
    init(data)
    port = free_port()
    server = serve(data, "--metrics-listen", f"127.0.0.1:{port}")
    olive = server.sign_in()
    account = olive.post("/accounts", {"name": "North branch"}, expect=201)["id"]
    olive.get(f"/accounts/{account}", expect=200)
    server.api().get("/nowhere")
    assert server.api().post("/logins", {"username": "nobody", "password": "wrong"}).status_code == 401

    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    assert 'latchkey_requests_total{method="GET",route="/api/v1/accounts/{id}",status="200"} 1' in text
    assert 'latchkey_requests_total{method="GET",route="unknown",status="404"} 1' in text
    assert "latchkey_request_seconds_bucket" in text and "latchkey_database_commits" in text and "latchkey_resident_bytes" in text
    for secret in (account, "nowhere", "nobody", "olive", olive.token):
        assert secret not in text
    for line in text.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0

    assert requests.get(f"http://127.0.0.1:{port}/api/v1/me", timeout=10).status_code == 404
    assert requests.get(f"http://127.0.0.1:{server.port}/metrics", timeout=10).status_code == 404
