"""What every answer carries, the console's cookie, and requests that pages of other sites make."""

import re
import subprocess

import pytest
import requests

from Contract.cast import refused
from support.server import OLIVE, OLIVES_PASSWORD, Server, binary, environment, free_port, init, temporary_folder

SAME = {"Sec-Fetch-Site": "same-origin"}


class Browser:
    """A console client with a cookie jar; requests drop Secure cookies on plain http, so it keeps them itself."""

    def __init__(self, server, name="__Host-latchkey"):
        self.server, self.name, self.jar = server, name, {}

    def send(self, method, path, headers=SAME, **options):
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        answer = requests.request(
            method, f"http://127.0.0.1:{self.server.port}{path}", headers={"Accept": "text/html", **({"Cookie": cookie} if cookie else {}), **headers},
            allow_redirects=False, timeout=30, **options)
        for header in answer.raw.headers.getlist("Set-Cookie"):
            name, _, value = header.split(";")[0].partition("=")
            self.jar.pop(name, None)
            if value and "Max-Age=0" not in header:
                self.jar[name] = value
        return answer

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, **fields):
        headers = fields.pop("headers", SAME)
        return self.send("POST", path, headers=headers, data=fields)

    def sign_in(self, username=OLIVE, password=OLIVES_PASSWORD):
        answer = self.post("/sign-in", username=username, password=password)
        assert answer.status_code == 303, answer.text
        return answer


def set_cookies(answer):
    return {header.split("=")[0]: header for header in answer.raw.headers.getlist("Set-Cookie")}


# --- headers

def ways_to_be_answered(server, cast):
    nobody = server.api()
    page = Browser(server)
    page.sign_in()
    asset = re.search(r'href="(/assets/[^"]+\.css)"', page.get("/my").text)[1]
    yield "page", page.get("/my")
    yield "sign-in", Browser(server).get("/sign-in")
    yield "redirect", Browser(server).get("/my")
    yield "404 page", page.get("/nowhere")
    yield "403 page", page.get("/sessions")
    yield "404 set-up", Browser(server).get("/set-up/x")
    yield "json", cast.una.api.get("/me")
    yield "201", cast.road.api.post("/sessions", {})
    yield "204", cast.una.api.delete(f"/sessions/{cast.session(cast.una)['id']}")
    yield "400", cast.una.api.get("/me?x=1")
    yield "401", nobody.get("/me")
    yield "403", cast.una.api.get("/users")
    yield "404", nobody.get("/nowhere")
    yield "405", nobody.delete("/users")
    yield "413", cast.road.api.request("POST", "/sessions", data=b"x" * 3_000_000, headers={"Content-Type": "application/json"})
    yield "415", cast.road.api.request("POST", "/sessions", data="x", headers={"Content-Type": "text/plain"})
    yield "yaml", nobody.get("/api/openapi.yaml")
    yield "docs", nobody.get("/api/docs")
    yield "livez", nobody.get("/livez")
    yield "asset", nobody.get(asset)
    yield "no asset", nobody.get("/assets/nothing.js")
    yield "HEAD", nobody.request("HEAD", "/livez")


def test_security_headers_are_on_every_kind_of_answer(server, cast):
    seen = set()
    for kind, answer in ways_to_be_answered(server, cast):
        seen.add(answer.status_code)
        headers = answer.headers
        assert headers.get("X-Content-Type-Options") == "nosniff", kind
        assert headers.get("X-Frame-Options") == "DENY", kind
        assert headers.get("Referrer-Policy") == "no-referrer", kind
        assert headers.get("Permissions-Policy") == "camera=(), microphone=(), geolocation=()", kind
        assert headers.get("Cross-Origin-Opener-Policy") == headers.get("Cross-Origin-Resource-Policy") == "same-origin", kind
        assert re.fullmatch(r"req_[0-7][0-9a-hjkmnp-tv-z]{25}", headers.get("X-Request-Id", "")), kind
        policy = headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy and "*" not in policy, kind
        assert headers.get("Cache-Control") == "no-store" or kind == "asset", kind
        assert "Server" not in headers and "X-Powered-By" not in headers and "Access-Control-Allow-Origin" not in headers, kind
        assert "Strict-Transport-Security" not in headers, kind
        if answer.status_code >= 400 and "page" not in kind and "set-up" not in kind and kind != "no asset":
            assert headers["Content-Type"] == "application/problem+json", kind
    assert {200, 201, 204, 303, 400, 401, 403, 404, 405, 413, 415} <= seen


def test_scripts_of_a_page_carry_its_nonce_and_nothing_is_inline(server, cast):
    page = Browser(server)
    page.sign_in()
    nonces = set()
    for path in ("/my", "/accounts", "/nowhere", "/api/docs"):
        answer = page.get(path)
        nonce = re.search(r"script-src 'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        nonces.add(nonce)
        scripts = re.findall(r"<script[^>]*>", answer.text)
        assert scripts and all(f'nonce="{nonce}"' in script and "src=" in script for script in scripts), path
        assert not re.search(r"<[^>]+\s(on[a-z]+|style)\s*=", answer.text), path
        assert "<style" not in answer.text and not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), path
    assert len(nonces) == 4


# --- the cookie

def test_the_console_cookie_is_host_only_secure_and_unreadable(server):
    browser = Browser(server)
    answer = browser.sign_in()
    cookies = set_cookies(answer)
    login = cookies["__Host-latchkey"]
    assert "; Path=/" in login and "; Secure" in login and "; HttpOnly" in login and "; SameSite=Lax" in login
    assert "Domain" not in login and "Max-Age" not in login and "Expires" not in login
    for name, cookie in cookies.items():
        assert "HttpOnly" in cookie and "Secure" in cookie, name
    assert browser.get("/my").status_code == 200
    token = browser.jar["__Host-latchkey"]
    assert browser.post("/sign-out").status_code == 303 and "__Host-latchkey" not in browser.jar
    refused(server.api(token).get("/me"), 401, "unauthenticated")


def test_signing_in_gives_a_new_token_and_takes_none(server):
    browser = Browser(server)
    browser.jar["__Host-latchkey"] = "chosen-by-somebody-else"
    browser.sign_in()
    assert browser.jar["__Host-latchkey"].startswith("lk_login_")


def test_a_cookie_that_comes_twice_signs_nobody_in(server):
    browser = Browser(server)
    browser.sign_in()
    token = browser.jar["__Host-latchkey"]
    twice = Browser(server)
    assert twice.send("GET", "/my", headers={"Cookie": f"__Host-latchkey={token}; __Host-latchkey={token}"}).status_code in (303, 401)
    assert server.api().get("/me", headers={"Cookie": f"__Host-latchkey={token}"}).status_code == 200


def test_the_api_sets_the_cookie_for_its_own_pages_only(server):
    body = {"username": OLIVE, "password": OLIVES_PASSWORD}
    assert not set_cookies(server.api().post("/logins", body))
    assert "__Host-latchkey" in set_cookies(server.api().post("/logins", body, headers=SAME))
    for site in ("cross-site", "same-site", "none"):
        answer = server.api().post("/logins", body, headers={"Sec-Fetch-Site": site})
        assert "__Host-latchkey" not in set_cookies(answer), site


def test_an_api_key_is_no_cookie(server, cast):
    assert server.api().get("/me", headers={"Cookie": f"__Host-latchkey={cast.road.secret}"}).status_code == 401


# --- other sites

@pytest.mark.parametrize("headers, allowed", [
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "SELF"}, False),
    ({"Origin": "SELF"}, True),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({}, False),
], ids=str)
def test_unsafe_requests_by_cookie_come_from_our_own_pages(server, headers, allowed):
    headers = {name: server.url if value == "SELF" else value for name, value in headers.items()}
    browser = Browser(server)
    browser.sign_in()
    answer = browser.send("POST", "/my/theme", headers=headers, data={"theme": "dark"})
    assert answer.status_code == (303 if allowed else 403), answer.text
    api = server.api().request(
        "POST", "/accounts", {"name": f"Made {headers}"[:90]}, headers={**headers, "Cookie": f"__Host-latchkey={browser.jar['__Host-latchkey']}"})
    assert api.status_code == (201 if allowed else 403), api.text
    if not allowed:
        refused(api, 403, "cross_site")


def test_a_page_of_another_site_signs_nobody_in(server):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = Browser(server).post("/sign-in", username=OLIVE, password=OLIVES_PASSWORD, headers=headers)
        assert answer.status_code == 403 and not set_cookies(answer)
        refused(server.api().post("/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}, headers=headers), 403, "cross_site")


def test_reading_and_curl_are_not_hindered(server, cast):
    browser = Browser(server)
    browser.sign_in()
    assert browser.send("GET", "/my", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    cast.road.api.post("/sessions", {}, expect=201)
    refused(cast.road.api.post("/sessions", {}, headers={"Sec-Fetch-Site": "cross-site"}), 403, "cross_site")
    options = server.api().request("OPTIONS", "/sessions", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert "Access-Control-Allow-Origin" not in options.headers


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "/@evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "/ x"])
def test_a_sign_in_leads_nowhere_but_here(server, target):
    answer = Browser(server).post("/sign-in", username=OLIVE, password=OLIVES_PASSWORD, return_to=target)
    assert answer.status_code == 303 and "\n" not in answer.headers["Location"]
    assert re.match(r"/(?![/\\])", answer.headers["Location"]) and "evil" not in answer.headers["Location"]


def test_links_are_made_of_the_public_url_and_never_of_the_host_header(data, serve):
    server = serve(data, wait=True)
    assert server.set_up_url().startswith(f"http://localhost:{server.port}/set-up/")
    answer = requests.get(f"http://127.0.0.1:{server.port}/my", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}, allow_redirects=False, timeout=10)
    assert "evil" not in answer.headers.get("Location", "") + answer.text


# --- https, and plain http elsewhere

def test_https_has_hsts_and_insecure_http_says_so(data, serve):
    refused_start = subprocess.run(
        [binary(), "serve", "--data", str(data), "--listen", f"127.0.0.1:{free_port()}", "--public-url", "http://latchkey.example"],
        capture_output=True, text=True, timeout=30, env=environment())
    assert refused_start.returncode != 0 and "--insecure-http" in refused_start.stderr
    init(data)
    server = serve(data, "--public-url", "https://latchkey.example")
    assert "max-age=" in server.api().get("/livez").headers["Strict-Transport-Security"]
    server.stop()
    insecure = serve(data, "--public-url", "http://latchkey.example", "--insecure-http")
    browser = Browser(insecure)
    cookie = set_cookies(browser.sign_in())["latchkey"]
    assert "Secure" not in cookie and "HttpOnly" in cookie
    assert "Plain http" in browser.get("/my").text
    assert "Strict-Transport-Security" not in insecure.api().get("/livez").headers
