"""The command line, as an operator meets it."""

import contextlib
import csv
import io
import json
import re
import socket
import sqlite3
import stat
import time

import pytest
import requests

from support.mail import Sink
from support.server import OLIVE, OLIVES_PASSWORD, free_port, init, latchkey, temporary_folder

NEW_PASSWORD = "Copper-meadow-violin-93"


def fails(*arguments, **options):
    """Runs a command that must fail; answers what it says, which is never a crash."""
    done = latchkey(*arguments, check=False, **options)
    assert done.returncode > 0, f"latchkey {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
    assert "Fatal error" not in done.stderr and "Backtrace" not in done.stderr
    return done.stderr


# MARK: init, version, demo


def test_version():
    assert re.fullmatch(r"latchkey \d+\.\d+\.\d+\n", latchkey("version").stdout)
    assert "serve" in latchkey("--help").stdout


def test_init_refuses_a_second_time(data):
    init(data)
    message = fails(
        "init", "--data", data, "--enterprise", "Another", "--email", "mallory@alder.example", "--password-stdin", stdin=NEW_PASSWORD)
    assert "administrator" in message or "set up" in message, message


def test_init_while_served_is_refused(fresh):
    message = fails(
        "init", "--data", fresh.data, "--enterprise", "Another", "--email", "mallory@alder.example", "--password-stdin", stdin=NEW_PASSWORD)
    assert str(fresh.pid) in message or "set up" in message, message


@pytest.mark.parametrize("password, reason", [("short", "at least"), ("Olive@alder.example1", "e-mail"), ("Password123", "guess"), ("", "")])
def test_init_explains_a_bad_password_and_makes_nobody(data, password, reason):
    message = fails("init", "--data", data, "--enterprise", "Alder", "--email", OLIVE, "--password-stdin", stdin=password)
    assert "password" in message and reason in message, message
    assert not password or password not in message, "it prints the password"
    init(data)


def test_init_needs_a_password_on_standard_input(data):
    assert "--password-stdin" in fails("init", "--data", data, "--enterprise", "Alder", "--email", OLIVE)


def test_init_drops_one_newline_only(data, serve):
    init(data, password=OLIVES_PASSWORD + "\n")
    server = serve(data)
    assert server.api().post("/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}).status_code == 401
    server.sign_in(OLIVE, OLIVES_PASSWORD + "\n")


def test_people_of_the_demo_can_sign_in(data, serve):
    people = json.loads(latchkey("demo", "--data", data, "--json", timeout=120).stdout)["people"]
    server = serve(data)
    assert len(people) >= 5
    assert len({person["password"] for person in people}) == len(people)
    for person in people:
        server.sign_in(person["username"], person["password"]).get("/me", expect=200)
    server.stop()
    message = fails("demo", "--data", data)
    assert "administrator" in message and "Problem(" not in message, message
    require_intact(latchkey("history", "verify", "--data", data))


# MARK: admin reset


def reset_link(answer):
    """The path of the link that a command printed, and nothing else was printed."""
    found = re.fullmatch(r"https?://[^/\s]+(/r/lk_\S+)\n", answer.stdout)
    assert found, answer.stdout
    return found[1]


def use(server, link, password):
    """What the form on the link's page sends."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(server.api().base + link)
        answer = browser.post(
            server.api().base + link, data={"new": password, "repeat": password}, headers={"Origin": server.url, "Sec-Fetch-Site": "same-origin"},
            allow_redirects=False)
        return page, answer


def test_reset_while_served(fresh):
    before = fresh.sign_in()
    link = reset_link(fresh.command("admin", "reset", "--email", OLIVE))
    page, answer = use(fresh, link, "short")
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert answer.status_code == 422, "a refused password does not use the link up"
    page, answer = use(fresh, link, NEW_PASSWORD)
    assert answer.status_code == 303, answer.text
    assert before.get("/me").status_code == 401, "the reset ends all logins"
    assert fresh.api().post("/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}).status_code == 401
    fresh.sign_in(password=NEW_PASSWORD).get("/me", expect=200)

    page, answer = use(fresh, link, OLIVES_PASSWORD)
    assert (page.status_code, answer.status_code) == (410, 410), "it works once"
    fresh.sign_in(password=NEW_PASSWORD)


def test_reset_offline(data, serve):
    init(data)
    done = latchkey("admin", "reset", "--data", data, "--email", OLIVE, "--public-url", "https://latchkey.example.com")
    assert done.stdout.startswith("https://latchkey.example.com/r/")
    server = serve(data)
    page, answer = use(server, reset_link(done), NEW_PASSWORD)
    assert answer.status_code == 303, answer.text
    server.sign_in(password=NEW_PASSWORD)


def test_the_newest_reset_link_alone_is_good_and_not_for_ever(fresh):
    first = reset_link(fresh.command("admin", "reset", "--email", OLIVE))
    second = reset_link(fresh.command("admin", "reset", "--email", OLIVE.upper()))
    assert use(fresh, first, NEW_PASSWORD)[1].status_code == 410
    fresh.move_clock(minutes=31)
    assert use(fresh, second, NEW_PASSWORD)[1].status_code == 410


def test_reset_of_nobody(fresh):
    assert "no enabled administrator" in fails("admin", "reset", "--data", fresh.data, "--email", "nobody@alder.example")
    assert "no Latchkey" in fails("admin", "reset", "--data", fresh.data.with_name("nowhere"), "--email", OLIVE)
    assert not fresh.data.with_name("nowhere").exists()


# MARK: mail


def test_a_test_mail_while_served_and_before(data, serve):
    init(data)
    with Sink() as sink:
        url = f"smtp://127.0.0.1:{sink.port}"
        done = latchkey("mail", "test", "--data", data, "--to", "ops@mail.example", LATCHKEY_MAIL=url)
        assert "took the mail" in done.stdout and len(sink.wait(1, to="ops@mail.example")) == 1
        server = serve(data, "--mail", url)
        # What runs sends, whatever the command's own environment says.
        server.command("mail", "test", "--to", "ops@mail.example")
        assert len(sink.wait(2, to="ops@mail.example")) == 2
        assert "no e-mail address" in latchkey("mail", "test", "--data", data, "--to", "ops", check=False).stdout
        assert latchkey("mail", "test", "--data", data, "--to", "ops", check=False).returncode == 1
    assert "was not taken" in latchkey("mail", "test", "--data", data, "--to", "ops@mail.example", check=False).stdout
    require_intact(server.command("history", "verify"))


def test_the_queue_of_mails_names_what_waits_and_nobody(fresh, serve):
    assert fresh.command("mail", "queue").stdout == "0 mails wait.\nNone was given up.\n"
    fresh.stop()
    deaf = free_port()
    server = serve(fresh.data, "--mail", f"smtp://127.0.0.1:{deaf}")
    body = {"email": "ida@mail.example", "name": "Ida Frost", "groups": "all", "permissions": []}
    server.sign_in().post("/administrators", body, expect=201)
    deadline = time.monotonic() + 15
    while "attempt 1 failed" not in (said := server.command("mail", "queue").stdout) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "1 mail waits." in said and re.search(r"user\.activation +enterprise +ordered .* attempt 1 failed, next ", said), said
    assert "ida" not in said.lower() and "lk_" not in said
    server.stop()
    assert server.command("mail", "queue").stdout == said


# MARK: history verify


def require_intact(done):
    assert done.returncode == 0 and re.search(r"^intact +enterprise: \d+ entries$", done.stdout, re.M), done.stdout


def test_history_is_verified_served_and_offline(fresh):
    fresh.sign_in().post("/accounts", {"name": "North branch"}, expect=201)
    require_intact(fresh.command("history", "verify"))
    fresh.stop()
    require_intact(fresh.command("history", "verify"))


def test_a_forged_entry_is_named(fresh):
    fresh.sign_in().post("/accounts", {"name": "North branch"}, expect=201)
    fresh.stop()
    with contextlib.closing(sqlite3.connect(fresh.data / "latchkey.db")) as database, database:
        database.execute("DROP TRIGGER history_no_update")
        database.execute("UPDATE history SET actor_id = 'adm_somebodyelse' WHERE chain = 'enterprise' AND seq = 2")
        (entry,) = database.execute("SELECT id FROM history WHERE chain = 'enterprise' AND seq = 2").fetchone()
    done = fresh.command("history", "verify", check=False)
    assert done.returncode == 1
    assert re.search(rf"^BROKEN +enterprise: entry 2 \({entry}\)", done.stdout, re.M), done.stdout


# MARK: Options


def test_a_flag_wins_over_the_environment_over_its_file_twin_over_yaml(data, serve):
    init(data)
    with temporary_folder() as folder:
        config, twin = folder / "latchkey.yaml", folder / "public-url"
        config.write_text("public-url: http://localhost:1004\nlog-level: warning\n")
        twin.write_text("http://localhost:1003\n")
        sources = [
            (["--public-url", "http://localhost:1001"], {"LATCHKEY_PUBLIC_URL": "http://localhost:1002"}, 1001),
            ([], {"LATCHKEY_PUBLIC_URL": "http://localhost:1002", "LATCHKEY_PUBLIC_URL_FILE": twin}, 1002),
            ([], {"LATCHKEY_PUBLIC_URL_FILE": twin}, 1003),
            ([], {}, 1004),
        ]
        for flags, env, port in sources:
            server = serve(data, "--config", config, *flags, env=env)
            assert re.findall(r"Open (\S+)", server.output)[-1] == f"http://localhost:{port}"
            server.stop()
        server = serve(data, env={"LATCHKEY_CONFIG": config})
        assert re.findall(r"Open (\S+)", server.output)[-1] == "http://localhost:1004"


@pytest.mark.parametrize(
    "yaml, what", [("listn: 127.0.0.1:1\n", "listn"), ("- a\n- b\n", "map"), ("a: [1\n", "YAML"), ("insecure-http: perhaps\n", "true or false")])
def test_a_bad_configuration_file_is_refused(data, yaml, what):
    init(data)
    with temporary_folder() as folder:
        (folder / "latchkey.yaml").write_text(yaml)
        assert what in fails("serve", "--data", data, "--config", folder / "latchkey.yaml", "--listen", "127.0.0.1:0")
        assert "cannot be read" in fails("serve", "--data", data, "--config", folder / "none.yaml", "--listen", "127.0.0.1:0")


@pytest.mark.parametrize(
    "flags, what",
    [
        (["--listen", "8080"], "--listen"),
        (["--listen", "127.0.0.1:99999"], "--listen"),
        (["--public-url", "latchkey.example.com"], "--public-url"),
        (["--public-url", "https://latchkey.example.com/path"], "--public-url"),
        (["--trusted-proxy", "10.0.0.0/40"], "--trusted-proxy"),
        (["--log-level", "loud"], "--log-level"),
        (["--drain-seconds", "-1"], "drain-seconds"),
        (["--no-such-flag"], "--no-such-flag"),
    ])
def test_a_bad_option_is_refused(data, flags, what):
    init(data)
    assert what in fails("serve", "--data", data, *flags)


def test_without_a_data_directory(data):
    assert "--data" in fails("serve")
    assert "--data" in fails("history", "verify")


# MARK: Plain http


def test_a_plain_http_origin_is_refused_unless_asked_for(data, serve):
    init(data)
    assert "--insecure-http" in fails("serve", "--data", data, "--public-url", "http://latchkey.example.com")
    server = serve(data, "--public-url", "http://latchkey.example.com", "--insecure-http")
    assert "WARNING" in server.output
    answer = server.api().post(
        "/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = next(value for value in answer.raw.headers.getlist("Set-Cookie") if value.startswith("latchkey="))
    assert "Secure" not in cookie and "HttpOnly" in cookie


def test_loopback_needs_no_https(fresh):
    answer = fresh.api().post(
        "/logins", {"username": OLIVE, "password": OLIVES_PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = next(value for value in answer.raw.headers.getlist("Set-Cookie") if value.startswith("__Host-latchkey="))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


# MARK: Users


def test_users_are_exported_and_imported_all_or_nobody(data, serve, tmp_path):
    init(data)
    server = serve(data)
    olive = server.sign_in(OLIVE, OLIVES_PASSWORD)
    account = olive.post("/accounts", {"name": "North"}, expect=201)["id"]
    where = ("--data", data, "--account", account)

    def users(kind="users"):
        return list(csv.DictReader(io.StringIO(latchkey("users", "export", *where, "--kind", kind).stdout.lstrip("\ufeff"))))

    def load(text, *flags):
        (tmp_path / "users.csv").write_text("email,first_name,last_name,roles\n" + text)
        done = latchkey("users", "import", *where, *flags, tmp_path / "users.csv", check=False)
        return done.returncode, done.stdout.splitlines()

    right = "ida@x.example,Ida,Moss,USER\nbo@x.example,Bo,=Moss,USER\n"
    assert load(right, "--dry-run") == (0, ["2 users would be added."]) and users() == []
    code, lines = load(right + "nope,Eve,Moss,NOROLE\nida@x.example,Ida,Moss,USER\n")
    assert code == 1 and lines[-1] == "Nobody was added." and users() == []
    assert {line.split(":")[0] for line in lines[:-1]} >= {"lines.4.email", "lines.4.roles", "lines.5.email"}, lines
    assert load("una@x.example,Una,Moss,USER\n") == (0, ["1 user was added."])
    # By itself as through the server that has the data.
    server.stop()
    assert load(right) == (0, ["2 users were added."])
    assert sorted((user["email"], user["last_name"], user["status"]) for user in users()) == [
        ("bo@x.example", "'=Moss", "pending"), ("ida@x.example", "Moss", "pending"), ("una@x.example", "Moss", "pending")]
    assert {row["email"] for row in users("access")} == {"bo@x.example", "ida@x.example", "una@x.example"}
    assert {"screen"} <= {row["kind"] for row in users("roles")}
    for bad, word in [(tmp_path, "cannot be read"), (tmp_path / "missing.csv", "cannot be read"), ("/dev/zero", "at most")]:
        assert word in fails("users", "import", *where, bad)
    assert "no such account" in fails("users", "export", "--data", data, "--account", "acc_01m7yqgh60fjpvq9zym4gwh9qq")
    assert "acc_" in fails("users", "export", "--data", data, "--account", "North")
    with sqlite3.connect(f"file:{data}/latchkey.db?mode=ro", uri=True) as tables:
        actions = [row[0] for row in tables.execute("SELECT action FROM history WHERE chain = ? ORDER BY seq", (account,))]
    assert actions.count("user.created") == 3 and "users.exported" in actions and "access.exported" in actions
    require_intact(latchkey("history", "verify", "--data", data))


# MARK: The control socket


def test_the_control_socket_is_its_owners_alone(fresh):
    path = fresh.data / "control.sock"
    assert path.is_socket() and stat.S_IMODE(path.stat().st_mode) == 0o600
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(10)
        control.connect(str(path))
        control.sendall(b"POST /no-such-verb HTTP/1.1\r\nHost: control\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        answer = b""
        while part := control.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 4") and b"Unknown" in answer
    for path in ("/password-link", "/verify-history"):
        assert fresh.api().session.post(fresh.api().base + path).status_code == 404, "what the socket offers, the network must not"


def test_a_socket_that_a_crash_left_is_no_hindrance(fresh):
    fresh.kill()
    assert (fresh.data / "control.sock").exists()
    require_intact(fresh.command("history", "verify"))
    fresh.start()
    require_intact(fresh.command("history", "verify"))
