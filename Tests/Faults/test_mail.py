"""Mail to a real mail server on loopback: delivered once, over TLS that is verified, whatever the mail server or a kill -9 does meanwhile."""

import random
import socket
import sqlite3
import stat
import time

import pytest
import requests

from .branch import PASSWORD, Branch
from support.mail import Sink, certificate
from support.server import OLIVE, OLIVES_PASSWORD, free_port, init, latchkey

LOGIN = ("relay@alder.example", "Canary:smtp/Password 77")
URL = "smtp://relay%40alder.example:Canary%3Asmtp%2FPassword%2077@localhost"


def pending(branch, name, **more):
    """A new user without a password, who is mailed a link."""
    body = {"email": f"{name}@mail.example", "first_name": "Zoë", "last_name": "Berg", "roles": [branch.user_role], "api_keys": []}
    return branch.inside.post("/users", body | more, expect=201)


def standing(server):
    return server.sign_in().get("/mail", expect=200)


def wait_for(what, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def states(data):
    connection = sqlite3.connect(f"file:{data / 'latchkey.db'}?mode=ro", uri=True)
    try:
        return [row[0] for row in connection.execute("SELECT state FROM outbox ORDER BY id")]
    finally:
        connection.close()


def test_delivers_over_verified_tls_and_no_secret_is_left_anywhere(data, serve):
    ca, *tls = certificate(data.parent / "tls")
    port = free_port()
    init(data)
    with Sink(tls=tls, login=LOGIN) as sink:
        server = serve(
            data, "--mail", f"{URL}:{sink.port}", "--mail-from", "Läden <no-reply@alder.example>", "--mail-ca", ca, "--metrics-listen",
            f"127.0.0.1:{port}")
        branch = Branch(server, people=0)
        pending(branch, "zoe")
        made = pending(branch, "rita", generate_password=True, send_credentials=True)
        branch.olive.put("/me/password", {"current": OLIVES_PASSWORD, "new": PASSWORD}, expect=204)
        server.api().post("/password/forgot", {"email": OLIVE}, expect=202)
        mails = {mail.to: mail for mail in sink.wait(3)}
        assert set(sink.logins) == {LOGIN}
        zoe = mails["zoe@mail.example"]
        assert zoe.sender == "no-reply@alder.example" and "Läden" in str(zoe.message["From"]) and "North branch" in zoe.message["Subject"]
        assert "Zoë" in zoe.text and "Zoë" in zoe.html and zoe.link() in zoe.html and zoe.link().startswith(server.url)
        assert zoe.message["Message-ID"] and zoe.message["Date"] and zoe.bytes.isascii()
        rita = mails["rita@mail.example"]
        assert made["generated_password"] in rita.text and made["username"] in rita.text and f"{server.url}/sign-in" in rita.text
        assert server.sign_in(made["username"], made["generated_password"]).me["must_change_password"]
        server.api().post("/password/reset", {"token": zoe.token(), "new": PASSWORD}, expect=204)
        server.sign_in("zoe@mail.example", PASSWORD)
        olives = mails[OLIVE].token()
        answer = requests.get(mails[OLIVE].link(), timeout=10)
        assert answer.status_code == 200 and answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
        assert answer.text.count(olives) == 1  # where the form goes
        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        assert "latchkey_mails_sent_total 3" in metrics
        inside = server.api(server.sign_in(password=PASSWORD).post(f"/accounts/{branch.account}/switch", {}, expect=201)["token"])
        history = str(inside.items("/history"))
        mail = str(server.sign_in(password=PASSWORD).get("/mail", expect=200))
        canaries = [zoe.token(), olives, made["generated_password"], LOGIN[1], URL.split(":")[2].split("@")[0], PASSWORD]
        for place, said in {"log": server.log, "output": server.output, "history": history, "metrics": metrics, "mail": mail}.items():
            assert [canary for canary in canaries if canary in said] == [], place
        server.stop()
    for file in data.iterdir():
        if file.is_file():
            content = file.read_bytes()
            assert [canary for canary in canaries if canary.encode() in content] == [], file.name
    assert states(data) == ["sent"] * 3


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "smtps"])
def test_a_certificate_that_nobody_vouches_for_is_refused_before_a_word_is_said(data, serve, implicit):
    _, *tls = certificate(data.parent / "tls")
    init(data)
    with Sink(tls=tls, login=LOGIN, implicit=implicit) as sink:
        server = serve(data, "--mail", f"{URL}:{sink.port}".replace("smtp:", "smtps:" if implicit else "smtp:"))
        pending(Branch(server, people=0), "zoe")
        reason = wait_for(lambda: standing(server)["last_reason"])
        assert "certificate" in reason.lower() or "SSL" in reason
        assert sink.mails == [] and sink.logins == [] and standing(server)["waiting"] == 1
        tested = server.sign_in().post("/mail/test", {}, expect=200)
        assert not tested["sent"] and tested["to"] == OLIVE and LOGIN[1] not in str(tested)


def test_another_machine_must_speak_tls(data, serve):
    """libcurl finds every name under localhost here, and to the server that name is another machine's."""
    init(data)
    with Sink() as sink:
        server = serve(data, "--mail", f"smtp://relay.localhost:{sink.port}")
        pending(Branch(server, people=0), "zoe")
        assert wait_for(lambda: standing(server)["last_reason"])
        assert sink.mails == []


def test_a_slow_mail_server_slows_nobody(data, serve):
    init(data)
    with Sink(delay=4) as sink:
        server = serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}")
        branch = Branch(server)
        slowest, started = 0, time.monotonic()
        for number in range(20):
            began = time.monotonic()
            pending(branch, f"slow{number}")
            branch.una.get("/me", expect=200)
            slowest = max(slowest, time.monotonic() - began)
        assert sink.held.wait(5)
        while time.monotonic() - started < 3:
            began = time.monotonic()
            branch.una.get("/me", expect=200)
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 1, slowest
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20


def test_a_mail_server_that_was_down_gets_each_mail_once(data, serve):
    init(data)
    port = free_port()
    server = serve(data, "--mail", f"smtp://127.0.0.1:{port}")
    branch = Branch(server, people=0)
    for name in ("zoe", "rita"):
        pending(branch, name)
    wait_for(lambda: standing(server)["last_reason"])
    assert standing(server)["waiting"] == 2
    with Sink(port=port) as sink:
        time.sleep(1)
        assert sink.mails == [], "it is not tried again at once"
        server.move_clock(minutes=2)
        sink.wait(2)
        server.move_clock(hours=20)
        time.sleep(1)
        assert sorted(mail.to for mail in sink.mails) == ["rita@mail.example", "zoe@mail.example"]
        assert standing(server)["waiting"] == 0
        # The link of an attempt that failed was never mailed; this one works.
        server.api().post("/password/reset", {"token": sink.mails[0].token(), "new": PASSWORD}, expect=204)


def test_a_refused_recipient_is_given_up_and_seen(data, serve):
    init(data)
    with Sink() as sink:
        sink.answer = "550 5.7.1 no"
        server = serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}")
        branch = Branch(server, people=0)
        pending(branch, "zoe")
        given_up = wait_for(lambda: standing(server)["given_up"])
        assert given_up[0]["state"] == "failed" and "550" in given_up[0]["reason"]
        assert [entry["action"] for entry in branch.inside.items("/history", action="mail.given_up")] == ["mail.given_up"]
        sink.answer = "451 4.7.1 later"
        pending(branch, "rita")
        assert "451" in wait_for(lambda: standing(server)["last_reason"])
        sink.answer = "250 taken"
        server.move_clock(minutes=2)
        sink.wait(1, to="rita@mail.example")


def test_a_kill_between_commit_and_send_sends_once_afterwards(data, serve):
    init(data)
    # Takes connections and never says a word: the mail is surely not handed over.
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        server = serve(data, "--mail", f"smtp://127.0.0.1:{port}")
        made = pending(Branch(server, people=0), "zoe", generate_password=True, send_credentials=True)
        wait_for(lambda: states(data) == ["taken"])
        server.kill()
    # Until it is sent the password waits, and nobody who has the files reads it.
    for file in data.iterdir():
        assert not file.is_file() or made["generated_password"].encode() not in file.read_bytes(), file.name
    with Sink(port=port) as sink:
        server.start()
        sink.wait(1)
        server.move_clock(hours=20)
        time.sleep(1)
        assert len(sink.mails) == 1 and made["generated_password"] in sink.mails[0].text
        assert states(data) == ["sent"]


def test_a_kill_while_nobody_has_said_that_it_was_taken_does_not_send_twice(data, serve):
    init(data)
    with Sink(delay=30) as sink:
        server = serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}")
        pending(Branch(server, people=0), "zoe")
        assert sink.held.wait(10)
        server.kill()
        sink.delay = 0
        server.start()
        given_up = wait_for(lambda: standing(server)["given_up"])
        assert given_up[0]["state"] == "unknown"
        server.move_clock(hours=20)
        time.sleep(1)
        assert len(sink.mails) == 1


def test_bursts_of_kills_send_nothing_twice_and_forget_nothing(data, serve):
    init(data, test_clock=False)
    chance = random.Random(7)
    with Sink(delay=0.02) as sink:
        server = serve(data, "--mail", f"smtp://127.0.0.1:{sink.port}")
        branch, names = Branch(server, people=0), []
        for burst in range(6):
            for number in range(5):
                pending(branch, f"burst{burst}n{number}")
                names.append(f"burst{burst}n{number}@mail.example")
            time.sleep(chance.uniform(0, 0.2))
            server.kill()
            server.start()
        wait_for(lambda: not {"waiting", "taken", "handing"} & set(states(data)), seconds=60)
        got = [mail.to for mail in sink.mails]
        assert len(got) == len(set(got)), "a mail came twice"
        found = states(data)
        assert len(found) == len(names) and set(found) <= {"sent", "unknown"}
        assert found.count("sent") <= len(got) <= len(names)
        assert found.count("unknown") <= 6


def test_without_a_mail_server_mails_are_private_files(data, serve):
    init(data)
    server = serve(data)
    branch = Branch(server, people=0)
    pending(branch, "zoe")
    file, = wait_for(lambda: list((data / "mail").glob("*.eml")) if (data / "mail").exists() else [])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE((data / "mail").stat().st_mode) == 0o700
    assert b"To: <zoe@mail.example>" in file.read_bytes()
    assert standing(server)["server"] is None
    tested = server.sign_in().post("/mail/test", {}, expect=200)
    assert tested["sent"] and len(list((data / "mail").glob("*.eml"))) == 2


def test_options_come_from_files_too_and_say_what_is_wrong_without_repeating_it(data, serve):
    init(data)
    secret = data.parent / "mail-url"
    with Sink(login=None) as sink:
        secret.write_text(f"smtp://127.0.0.1:{sink.port}\n")
        server = serve(data, env={"LATCHKEY_MAIL_FILE": str(secret), "LATCHKEY_MAIL_FROM": "from-env@alder.example"})
        pending(Branch(server, people=0), "zoe")
        assert sink.wait(1)[0].sender == "from-env@alder.example"
        assert server.stop() == 0
    for value in ("https://user:Canary-88@host", "smtp://user:Canary-88@host/path", "Canary-88"):
        done = latchkey("serve", "--data", data, "--mail", value, check=False)
        assert done.returncode != 0 and "--mail" in done.stderr and "Canary-88" not in done.stderr + done.stdout
    done = latchkey("serve", "--data", data, "--mail-from", "a@b\r\nBcc: x@y", check=False)
    assert done.returncode != 0 and "--mail-from" in done.stderr
