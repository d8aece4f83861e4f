"""How the people side holds up in size: an account with 100,000 users, a profile that all of them have, revocation under load on two nodes,
and 10,000 open event streams."""

import contextlib
import resource
import shutil
import socket
import statistics
import time

from crowd import ADAM, aggregate, crowd
from machine import MB, Latchkey, api, milliseconds, wrk
from postgres import Node, PostgresServer
from revoking import PER_SECOND, revocations

TAB = "/settings/users"


def access(bench, work):
    """All rows of this part."""
    many, few = (2_000, 500) if bench.quick else (100_000, 1_000)
    folders = {count: work / f"crowd-{count}" for count in (many, few)}
    facts = {count: crowd(folder, count) for count, folder in folders.items()}
    with Latchkey(folders[many]) as big, Latchkey(folders[few]) as small:
        users_tab(bench, {many: big, few: small}, facts)
        role_preview(bench, big, folders[many], facts[many])
    with Latchkey(folders[few]) as server:
        streams(bench, server)
    revoking(bench, folders[few], facts[few], work / "revoking")


# MARK: The Users tab


def users_tab(bench, servers, facts):
    many, few = max(servers), min(servers)
    cookies = {count: {"Cookie": f"__Host-latchkey={server.sign_in(ADAM)}"} for count, server in servers.items()}
    tokens = {count: server.tokens[-1] for count, server in servers.items()}
    middle = {count: cursor(server, tokens[count], count // 2) for count, server in servers.items()}

    def each(count, path):
        """Seconds for one page to somebody who is alone."""
        return wrk(servers[count].url + path, headers=cookies[count], connections=1, threads=1, seconds=bench.seconds)["median"]

    screen, floor = facts[many]["screens"][5], facts[many]["floors"][3]
    pages = {
        "the first page": ("", ""), "a page in the middle": tuple(f"?after={middle[count]}" for count in (many, few)),
        "those who have a screen at full": (f"?screen={screen}&level=full",) * 2,
        "those of one place": (f"?place={floor}", f"?place={facts[few]['floors'][3]}"),
        "those found by a word": ("?search=bench000123",) * 2}
    for what, (of_many, of_few) in pages.items():
        for count, query in ((many, of_many), (few, of_few)):
            each(count, TAB + query)
        got = bench.turns(many=lambda: each(many, TAB + of_many), few=lambda: each(few, TAB + of_few))
        bench.row(
            f"the Users tab of {many:,} users and 30 screens, {what}, to that of {few:,}", got["many"] / got["few"], "at most 1.5", most=1.5,
            figures=f"{milliseconds(got['many'])} to {milliseconds(got['few'])}")


def cursor(server, token, skipped):
    """What the next page is asked with, after so many users."""
    after = ""
    while skipped > 0:
        page = api(server, "GET", f"/users?limit={min(200, skipped)}{after and '&after=' + after}", None, token)
        after, skipped = page["next"], skipped - len(page["items"])
    return after


# MARK: Who gains and loses what


def role_preview(bench, server, folder, known):
    token = server.tokens[-1]  # one sign-in at a time: this is the one that looked at the Users tab
    body = {"screens": {known["screens"][0]: {"level": "full"}, known["screens"][2]: {"level": "read"}}}
    path = f"/roles/{known['everybody']}"
    role = api(server, "GET", path, None, token)

    def timed(work):
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    def ask():
        api(server, "POST", f"{path}/preview", {"name": role["name"], "description": role["description"], "functions": {}} | body, token)

    ask(), aggregate(folder, known)
    got = bench.turns(preview=lambda: timed(ask), sql=lambda: timed(lambda: aggregate(folder, known)))
    bench.row(
        f"who gains and loses what by an edit of a profile with {known['wanted'] - 2:,} holders, to one SQL aggregate over the same rows",
        got["preview"] / got["sql"], "at most 2", most=2, figures=f"{milliseconds(got['preview'])} to {milliseconds(got['sql'])}")


# MARK: Event streams


def streams(bench, server):
    count = 1_000 if bench.quick else 10_000
    tokens = [server.sign_in(f"bench{number:06}") for number in range(50)]
    each = kilobytes_for_each_stream(server, tokens, count)
    bench.row(
        f"resident memory for each of {count:,} open event streams, over idle", each, "at most 40 kB", most=40, unit=" kB",
        figures=f"{server.resident() / MB:.0f} MB after they have gone")


def kilobytes_for_each_stream(server, tokens, count):
    """What the server has resident for each, over what it had before; the streams have been open for a while."""
    before = server.resident()
    with contextlib.ExitStack() as stack:
        for stream in open_streams(server, tokens, count):
            stack.callback(stream.close)
        # Past the first look of each stream at its login.
        time.sleep(20)
        return (server.resident() - before) / count / 1000


def open_streams(server, tokens, count):
    """Opens so many event streams, dealt out over these logins; answers their connections once each has been answered."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if limit < count + 1_000:
        raise SystemExit(f"{count} streams need more open files than the {limit} that are allowed here")
    opened = []
    for number in range(count):
        stream = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        stream.sendall(
            f"GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {tokens[number % len(tokens)]}\r\n\r\n".encode())
        opened.append(stream)
    for stream in opened:
        if not stream.recv(4096).startswith(b"HTTP/1.1 200 "):
            raise SystemExit("an event stream was refused")
    return opened


# MARK: Revocation


def revoking(bench, folder, known, scratch):
    times = 10 if bench.quick else 200
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with PostgresServer() as postgres:
        postgres.fill("latchkey", folder, scratch / "filling")
        with Node(postgres, "latchkey", folder, scratch / "one") as one, Node(postgres, "latchkey", folder, scratch / "two") as two:
            adam = one.sign_in(ADAM)
            user = api(one, "GET", "/users?search=bench000007", None, adam)["items"][0]
            delays, rate = revocations((one, two), adam, user["id"], user["username"], times)
    bench.row(
        f"from the answer that a login is closed or its user disabled to the last request let in on two nodes, of {times} tries, the longest",
        delays[-1] * 1000, "at most 1000 ms", most=1000, unit=" ms",
        figures=f"median {milliseconds(statistics.median(delays))}, 99 of 100 within {milliseconds(delays[int(len(delays) * 0.99) - 1])}, "
        f"under {rate:,.0f} requests/s with that login ({PER_SECOND:,} intended)")


