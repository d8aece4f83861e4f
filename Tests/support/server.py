"""The real server, as its tests start, ask, move through time and stop it."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENTERPRISE = "Alder Inspections"
OLIVE = "olive@alder.example"
OLIVES_PASSWORD = "Quiet-harbour-lantern-27"


def binary():
    """The server under test: LATCHKEY_BIN, else the debug build."""
    path = pathlib.Path(os.environ.get("LATCHKEY_BIN") or ".build/debug/latchkey")
    path = path if path.is_absolute() else ROOT / path
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"there is no server at {path}: run `make test-build`, or set LATCHKEY_BIN")
    return str(path)


def environment(**extra):
    """This process's environment without settings of somebody's own Latchkey."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LATCHKEY_")}
    return kept | {name: str(value) for name, value in extra.items()}


# With LATCHKEY_TEST_DATABASE=postgres: the URL of a data directory's database, from a throw-away PostgreSQL that conftest.py starts.
database_of = None


def _where(arguments):
    """Where the data of a command's `--data` is."""
    arguments = list(map(str, arguments))
    return {"LATCHKEY_DATABASE": database_of(arguments[arguments.index("--data") + 1])} if database_of and "--data" in arguments else {}


def latchkey(*arguments, stdin="", check=True, timeout=60, **env):
    """Runs one command to its end; answers the finished process with `stdout` and `stderr` as text."""
    done = subprocess.run(
        [binary(), *map(str, arguments)], input=stdin, text=True, capture_output=True, timeout=timeout, env=environment(**_where(arguments) | env))
    if check and done.returncode != 0:
        raise AssertionError(f"latchkey {' '.join(map(str, arguments))} exited with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def init(data, enterprise=ENTERPRISE, email=OLIVE, password=OLIVES_PASSWORD, test_clock=True, **options):
    """Makes the enterprise and its first administrator in an empty data directory."""
    flags = ["--test-clock"] if test_clock else []
    return latchkey(
        "init", "--data", data, "--enterprise", enterprise, "--email", email, "--password-stdin", *flags, stdin=password + "\n", **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def temporary_folder():
    """A folder with a short name: the control socket's path in it may have 107 bytes, which pytest's own folders exceed."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="latchkey-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


class Server:
    """One server process on a loopback port. It outlives `stop` and `kill`: `start` runs it again on the same data and port."""

    running = []

    def __init__(self, data, *flags, wrapper=(), env=None):
        """`wrapper` goes before the binary on the command line (a tracer); `env` on top of the environment (LD_PRELOAD)."""
        self.data = pathlib.Path(data)
        self.flags, self.wrapper, self.env = flags, wrapper, env or {}
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.process = None
        self._output = self.data.with_name(self.data.name + ".out")
        self._log = self.data.with_name(self.data.name + ".log")

    def start(self, wait=True):
        command = [*self.wrapper, binary(), "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.flags]
        with open(self._output, "ab") as output, open(self._log, "ab") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=environment(**_where(command) | self.env))
        Server.running.append(self)
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server exited with {self.process.returncode}\n{self.output}{self.log}")
            with contextlib.suppress(requests.ConnectionError):
                if self.api().get("/readyz").status_code == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the server was not ready within {seconds} s\n{self.output}{self.log}")

    def stop(self, seconds=30):
        """Asks the server to end (SIGTERM), and kills it if it does not; answers its exit code (negative: the signal)."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._gone()

    def kill(self):
        """SIGKILL, by this server's own pid."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        return self._gone()

    def _gone(self):
        if self in Server.running:
            Server.running.remove(self)
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        """What it printed for the person who started it, over all its starts."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    @property
    def log(self):
        """Its log, one JSON object a line, over all its starts."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def set_up_url(self, seconds=10):
        """The one-time URL that a start without an administrator prints, the latest one."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.findall(r"https?://\S+/set-up/\S+", self.output)
            if found:
                return found[-1]
            if time.monotonic() > deadline:
                raise AssertionError(f"no set-up URL was printed:\n{self.output}")
            time.sleep(0.02)

    def api(self, token=None):
        """A client that nobody has signed in, or one with this token."""
        return Api(f"http://127.0.0.1:{self.port}", token)

    def sign_in(self, username=OLIVE, password=OLIVES_PASSWORD, **more):
        return self.api().sign_in(username, password, **more)

    def command(self, *arguments, **options):
        """A command on this server's data directory, and on its database where that is elsewhere."""
        env = {name: value for name, value in self.env.items() if name.startswith("LATCHKEY_")}
        return latchkey(*arguments, "--data", self.data, **env | options)

    def move_clock(self, seconds=0, *, minutes=0, hours=0, days=0):
        """Moves the test clock forward by so much more and waits until the server has seen it; answers the whole offset in seconds."""
        path = self.data / "test-clock"
        offset = int(path.read_text()) if path.exists() else 0
        offset += seconds + 60 * minutes + 3600 * hours + 86_400 * days
        part = path.with_name("test-clock.part")
        part.write_text(str(offset))
        part.replace(path)
        time.sleep(0.25)
        return offset


class Api:
    """A client of the JSON API. Paths begin at /api/v1 unless they name something at the root (/readyz, /api/openapi.yaml)."""

    ROOTS = ("/api/", "/livez", "/readyz", "/version", "/assets/")

    def __init__(self, base, token=None):
        self.base, self.token = base, token
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy and no .netrc of this machine
        self.me = None

    def sign_in(self, username, password, expect=201, **more):
        """A new client with a login of this person; its `me` is the answer to the sign-in."""
        answer = self.post("/logins", {"username": username, "password": password, **more}, expect=expect)
        signed_in = Api(self.base, answer["token"])
        signed_in.me = answer
        return signed_in

    def request(self, method, path, body=None, *, expect=None, headers=None, **options):
        """The answer; with `expect`, its JSON (None for an empty one) after the status was found to be that."""
        url = self.base + (path if path.startswith(self.ROOTS) else "/api/v1" + path)
        headers = dict(headers or {})
        if self.token and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            options["json"] = body
        options.setdefault("timeout", 60)
        options.setdefault("allow_redirects", False)
        answer = self.session.request(method, url, headers=headers, **options)
        if expect is None:
            return answer
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} and not {expect}\n{answer.text[:2000]}"
        return answer.json() if answer.content else None

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.request("PUT", path, body, **options)

    def patch(self, path, body=None, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def items(self, path, **parameters):
        """Every item of a list, page after page."""
        found, after = [], None
        while True:
            page = self.get(path, params=parameters | ({"after": after} if after else {}), expect=200)
            found += page["items"]
            after = page["next"]
            if not after:
                return found
