"""Malformed HTTP, byte by byte: it is refused, nothing smuggled in it is done, and the server goes on as before."""

import contextlib
import json
import pathlib
import re
import socket
import time

import pytest

BODY = b'{"username":"a","password":"b"}'
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(*headers, body=b""):
    head = [b"POST /api/v1/logins HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: %d" % len(BODY)

# Each must be refused: no answer at all, or one below 500 that is no success, and then the connection is closed.
REFUSED = {
    "length and chunks": post(LENGTH, CHUNKED, body=b"0\r\n\r\n" + SMUGGLED),
    "chunks and length": post(CHUNKED, LENGTH, body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": post(LENGTH, b"Content-Length: 0", body=SMUGGLED),
    "two equal lengths in one": post(b"Content-Length: %d, %d" % (len(BODY), len(BODY)), body=BODY),
    "a negative length": post(b"Content-Length: -1", body=SMUGGLED),
    "a length with a sign": post(b"Content-Length: +%d" % len(BODY), body=BODY),
    "a hexadecimal length": post(b"Content-Length: 0x1f", body=BODY),
    "an endless length": post(b"Content-Length: 99999999999999999999999", body=BODY),
    "an empty length": post(b"Content-Length: ", body=SMUGGLED),
    "chunks twice": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n" + SMUGGLED),
    "chunks, but not last": post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + SMUGGLED),
    "another coding": post(b"Transfer-Encoding: gzip", body=SMUGGLED),
    "a bad chunk size": post(CHUNKED, body=b"zz\r\n" + SMUGGLED),
    "a negative chunk size": post(CHUNKED, body=b"-5\r\nhello\r\n0\r\n\r\n"),
    "an endless chunk size": post(CHUNKED, body=b"fffffffffffffffffff\r\nhello\r\n"),
    "a chunk longer than said": post(CHUNKED, body=b"2\r\nhello\r\n0\r\n\r\n"),
    "a folded header": GET + b"X-Folded: a\r\n b\r\n\r\n",
    "a header folded by a tab": GET + b"X-Folded: a\r\n\tb\r\n\r\n",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "one bare line feed": GET + b"X-One: a\nX-Two: b\r\n\r\n",
    "a bare carriage return": GET + b"X-One: a\rX-Two: b\r\n\r\n",
    "a NUL in a header": GET + b"X-Nul: a\0b\r\n\r\n",
    "a NUL in a header's name": GET + b"X-N\0ul: a\r\n\r\n",
    "a NUL in the target": b"GET /livez\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a space before the colon": GET + b"X-Space : a\r\n\r\n",
    "a space before the length's colon": post(b"Content-Length : %d" % len(BODY), body=BODY),
    "a header without a colon": GET + b"X-Nothing\r\n\r\n",
    "a header without a name": GET + b": nothing\r\n\r\n",
    "a header first folded": b"GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "101 headers": GET + b"".join(b"X-%d: a\r\n" % number for number in range(101)) + b"\r\n",
    "5000 headers": GET + b"".join(b"X-%d: a\r\n" % number for number in range(5000)) + b"\r\n",
    "a head of 17 kB": GET + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(17)) + b"\r\n",
    "a header of 100 kB": GET + b"X-Long: " + b"a" * 100_000 + b"\r\n\r\n",
    "a target of 9 kB": b"GET /livez?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a body over the cap": post(b"Content-Length: 10000000", body=b"a" * 300_000),
    "chunks over the cap": post(CHUNKED, body=b"10000\r\n" + b"a" * 65536 + b"\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n" + b"40000\r\n" + b"a" * 262144),
    "a method of nobody's": b"BREW /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a small method": b"get /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /livez\r\n\r\n",
    "version 3.7": b"GET /livez HTTP/3.7\r\nHost: localhost\r\n\r\n",
    "a space in the target": b"GET /live z HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TRACE": b"TRACE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(range(190)),
    "garbage": bytes(range(256)) * 8,
    "nothing but line ends": b"\r\n" * 5000,
    "nothing but NULs": bytes(5000),
    "a header's bytes above ASCII in its name": GET + "X-Größe: a\r\n\r\n".encode(),
    "bytes that are no UTF-8 in the target": b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a broken escape in the target": b"GET /api/v1/users/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a climb out of the root": b"GET /assets/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an escaped climb": b"GET /assets/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a JSON body of lone surrogates": post(b"Content-Length: 34", body=rb'{"username":"\ud800","password":""}'[:34]),
    "a body of bytes that are no UTF-8": post(b"Content-Length: 9", body=b'{"a":"\xff"}'),
}

# What follows a refused head must not be taken for a request, so that nothing can be hidden from a proxy in front.
SMUGGLING = [name for name, request in REFUSED.items() if request.endswith(SMUGGLED)]


def exchange(server, request, seconds=5, shut=True):
    """Sends bytes and takes what comes until the server closes or falls silent; answers it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        if shut:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            while part := connection.recv(65536):
                answer += part
        return answer


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def require_alive(server):
    assert server.process.poll() is None, f"the server died\n{server.log[-2000:]}"
    assert server.api().get("/livez").status_code == 200


@pytest.mark.parametrize("name", REFUSED)
def test_malformed_requests_are_refused(server, name):
    answer = exchange(server, REFUSED[name])
    found = statuses(answer)
    assert all(400 <= status < 500 or status in (501, 505) for status in found), answer[:500]
    # Of a body that ends in the middle the parser has a word of its own, after that of the server.
    assert found[1:] in ([], [400]), answer[:500]
    require_alive(server)


@pytest.mark.parametrize("name", SMUGGLING)
def test_nothing_is_smuggled_past_a_refusal(server, name):
    answer = exchange(server, REFUSED[name], shut=False, seconds=2)
    assert b'"latchkey"' not in answer, answer[:500]
    assert len(statuses(answer)) <= 1
    require_alive(server)


@pytest.mark.parametrize("path, accept", [("/api/v1/nowhere", 404), ("/livez", 200)])
def test_the_limits_themselves_are_allowed(server, path, accept):
    """A server that refused everything would pass the tests above."""
    head = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % path.encode()
    assert statuses(exchange(server, head + b"".join(b"X-%d: a\r\n" % number for number in range(90)) + b"\r\n")) == [accept]
    assert statuses(exchange(server, head + b"X-Long: " + b"a" * 12_000 + b"\r\n\r\n")) == [accept]
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    assert statuses(exchange(server, post(CHUNKED, b"Connection: close", body=chunks))) == [401]
    assert statuses(exchange(server, post(b"Content-Length: %d" % len(BODY), b"Connection: close", body=BODY))) == [401]


def test_too_much_is_named(server):
    assert statuses(exchange(server, REFUSED["a body over the cap"]))[:1] in ([413], [])
    assert statuses(exchange(server, REFUSED["chunks over the cap"]))[:1] in ([413], [])
    assert statuses(exchange(server, REFUSED["a target of 9 kB"])) == [414]
    assert statuses(exchange(server, REFUSED["101 headers"])) == [431]
    assert statuses(exchange(server, REFUSED["a head of 17 kB"])) == [431]


def test_a_body_over_the_cap_is_refused_before_it_is_read(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(post(b"Content-Length: 100000000"))
        answer = b""
        with contextlib.suppress(TimeoutError):
            while part := connection.recv(65536):
                answer += part
            part = None
    assert statuses(answer) == [413], answer
    assert part is None, "the connection stays open for a body that nobody reads"


def test_pipelined_requests_are_answered_in_order(server):
    requests = [b"/livez", b"/nowhere", b"/version", b"/api/v1/me", b"/livez"]
    request = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path in requests[:-1])
    request += b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert statuses(exchange(server, request, shut=False)) == [200, 404, 200, 401, 200]
    require_alive(server)


def test_a_flood_of_pipelined_requests(server):
    request = GET + b"\r\n"
    answer = exchange(server, request * 500 + GET + b"Connection: close\r\n\r\n", shut=False, seconds=30)
    assert statuses(answer) == [200] * 501
    require_alive(server)


def test_half_and_slow_requests_keep_nobody_waiting(server):
    halves = [GET, GET[:10], post(LENGTH, body=BODY[:5]), post(CHUNKED, body=b"5\r\nhe"), b""]
    with contextlib.ExitStack() as open_ones:
        connections = []
        for number in range(200):
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            connection.sendall(halves[number % len(halves)])
            connections.append(connection)
        require_alive(server)
        for byte in b"X-Slow: a":
            for connection in connections[:: len(halves)]:
                connection.sendall(bytes([byte]))
            time.sleep(0.02)
        require_alive(server)
        connections[0].sendall(b"\r\n\r\n")
        assert statuses(connections[0].recv(65536)) == [200], "a slow request is still one"
    for half in halves:
        exchange(server, half)  # and hangs up in the middle
    require_alive(server)


def resident(server):
    return int(pathlib.Path(f"/proc/{server.pid}/statm").read_text().split()[1]) * 4096


def test_memory_does_not_grow(server):
    def round():
        for request in REFUSED.values():
            exchange(server, request, seconds=1)

    for _ in range(2):
        round()
    before = resident(server)
    for _ in range(6):
        round()
    require_alive(server)
    assert resident(server) - before < 32 * 1024 * 1024


def test_the_log_cannot_be_forged(server):
    """Line ends and control characters that came in stay inside their JSON line, whatever was sent above."""
    for line in server.log.splitlines():
        assert isinstance(json.loads(line), dict), line
