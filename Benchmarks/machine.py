"""The processes that are measured, what the system says about them, and the load."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = pathlib.Path(os.environ.get("LATCHKEY_BENCH_BINARIES") or ROOT / ".build/release")
OLIVE = "olive@alder.example"
PASSWORD = "Quiet-harbour-lantern-27"
MB = 1_000_000


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LATCHKEY_")}
    return kept | more


def run_latchkey(*arguments, input=""):
    done = subprocess.run([BINARIES / "latchkey", *arguments], input=input, text=True, capture_output=True, env=environment())
    if done.returncode != 0:
        raise SystemExit(f"latchkey {arguments[0]} failed: {done.stdout}{done.stderr}")
    return done


def benchstore(*arguments):
    done = subprocess.run([BINARIES / "benchstore", *map(str, arguments)], text=True, capture_output=True, env=environment())
    if done.returncode != 0:
        raise SystemExit(f"benchstore {arguments[0]} failed: {done.stdout}{done.stderr}")
    return json.loads(done.stdout or "{}")


def milliseconds(seconds):
    return f"{seconds * 1000:.3g} ms"


def benchdecisions(seconds):
    done = subprocess.run([BINARIES / "benchdecisions", str(seconds)], text=True, capture_output=True, env=environment())
    if done.returncode != 0:
        raise SystemExit(f"benchdecisions failed: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server on a loopback port; `seconds_to_ready` is from its start to its first good answer."""

    ready_path = "/"

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        started = time.monotonic()
        self.process = subprocess.Popen(
            [str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment())
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - started > 60:
                raise SystemExit(f"{self.command()[0]} does not start")
            time.sleep(0.001)
        self.seconds_to_ready = time.monotonic() - started
        return self

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"GET {self.ready_path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def environment(self):
        return environment()

    # What the kernel says about its memory, in bytes.

    def resident(self):
        return self._memory("VmRSS")

    def peak(self):
        """The most since the start or the last `forget_peak`."""
        return self._memory("VmHWM")

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _memory(self, name):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        return 0


class Bare(Process):
    """A Hummingbird server with one route that does nothing (Benchmarks/bare)."""

    def command(self):
        return [BINARIES / "bare", self.port]


class Latchkey(Process):
    """Latchkey on a data directory, logging as `make serve` does."""

    ready_path = "/readyz"

    def __init__(self, folder, log_level="notice"):
        super().__init__()
        self.folder, self.log_level, self.metrics_port, self.tokens = folder, log_level, free_port(), []

    def command(self):
        return [
            BINARIES / "latchkey", "serve", "--data", self.folder, "--listen", f"127.0.0.1:{self.port}", "--metrics-listen",
            f"127.0.0.1:{self.metrics_port}", "--trusted-proxy", "127.0.0.1", "--log-level", self.log_level]

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " ") or line.startswith(name + "{"):
                    return float(line.rsplit(" ", 1)[1])
        return 0.0

    def sign_in(self, username):
        """A token that ends with this server, unless it is taken off `tokens`."""
        token = api(self, "POST", "/logins", {"username": username, "password": PASSWORD, "take_over": True})["token"]
        self.tokens.append(token)
        return token

    def stop(self):
        # A directory is measured again and again, and nobody has more than ten logins.
        while self.tokens:
            api(self, "DELETE", "/logins/current", token=self.tokens.pop())
        super().stop()


def api(server, method, path, body=None, token=None):
    """The JSON of an answer of the API; ends the run where it is an error."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if body is not None:
        headers["Content-Type"], data = "application/json", json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/v1{path}", data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()}") from None


def wrk(url, *arguments, headers=None, connections=64, threads=2, seconds=5, script="get"):
    """One run of wrk: `{per_second, mean, median, p99, failed}`, times in seconds. Failed answers end the run."""
    command = ["wrk", "-c", connections, "-t", min(threads, connections), "-d", f"{seconds}s", "--timeout", "60s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", pathlib.Path(__file__).with_name(f"{script}.lua"), url, "--", *arguments]
    done = subprocess.run(list(map(str, command)), text=True, capture_output=True, env=environment())
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if done.returncode != 0 or line is None:
        raise SystemExit(f"wrk failed: {done.stdout}{done.stderr}")
    figures = json.loads(line)
    if figures["failed"]:
        raise SystemExit(f"{url}: {figures['failed']} of {figures['requests']} answers were errors")
    return figures
