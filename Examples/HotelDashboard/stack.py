"""The processes of the whole: Latchkey, nginx, the dashboard and the rooms' controllers, each of them ended with this one."""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import requests

from seeding import OLIVE, seed

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ready(url, status=200):
    with contextlib.suppress(requests.RequestException):
        return requests.get(url, timeout=5, allow_redirects=False).status_code == status
    return False


class Stack:
    """`with Stack(data, binary, port) as stack`: all of it, on a data directory that is seeded where it is new.

    `origin` is where a person opens it; `people`, `plan`, `dashboard` and `devices` are what the seeding made.
    """

    def __init__(self, data, binary, port, *flags, environment=None, controllers=True):
        self.data, self.binary, self.port, self.flags, self.controllers = pathlib.Path(data), binary, port, flags, controllers
        self.environment = environment or dict(os.environ)
        self.origin, self.latchkey_port, self.running = f"http://localhost:{port}", free_port(), {}

    def __enter__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="hotel-"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def house(self):
        """The folder with what the seeding made."""
        return self.data / "hotel"

    def log(self, name):
        """What one of the processes has said."""
        return self.data.with_name(f"{self.data.name}-logs") / f"{name}.log"

    # MARK: Starting

    def _start(self):
        password = None
        if not self.house.exists():
            # What is there without it was left by a seeding that failed.
            shutil.rmtree(self.data, ignore_errors=True)
            password = f"Oli-{secrets.token_urlsafe(12)}-7v"
            self._run("init", "--data", self.data, "--enterprise", "Alder Hotels", "--email", OLIVE, "--password-stdin", input=password + "\n")
        self._spawn("latchkey", [
            self.binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.latchkey_port}", "--public-url", self.origin,
            "--trusted-proxy", "127.0.0.1", *self.flags])
        self._until("latchkey", f"http://127.0.0.1:{self.latchkey_port}/readyz")
        if password:
            seed(f"http://127.0.0.1:{self.latchkey_port}", password, self.house)
        self.plan, self.people, self.dashboard, self.devices = (
            json.loads((self.house / f"{name}.json").read_text()) for name in ("plan", "people", "dashboard", "devices"))
        self.start_dashboard()
        self._start_nginx()
        if self.controllers:
            self._spawn("devices", [
                sys.executable, HERE / "devices.py", "--origin", self.origin, "--plan", self.house / "plan.json", "--credentials",
                self.house / "devices.json"])

    def start_dashboard(self):
        self._spawn("dashboard", [
            sys.executable, "-m", "hotel", "--socket", self.scratch / "hotel.sock", "--plan", self.house / "plan.json", "--credentials",
            self.house / "dashboard.json", "--latchkey", f"http://127.0.0.1:{self.latchkey_port}", "--origin", self.origin], cwd=HERE)

    def _start_nginx(self):
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not nginx:
            raise SystemExit("There is no nginx: install Debian's package nginx.")
        words = {
            "SCRATCH": str(self.scratch), "LATCHKEY": f"127.0.0.1:{self.latchkey_port}", "LISTEN": f"127.0.0.1:{self.port}",
            "LISTEN6": f"listen [::1]:{self.port};" if has_ipv6() else ""}
        for name in ("nginx.conf", "visitor.conf", "asking.conf"):
            text = (HERE / f"{name}.in").read_text()
            for word, value in words.items():
                text = text.replace(f"@{word}@", value)
            (self.scratch / name).write_text(text)
        as_nobody = []
        if os.getuid() == 0:
            as_nobody = ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups", "--inh-caps=-all"]
            for path in (self.scratch, *self.scratch.iterdir()):
                shutil.chown(path, "www-data", "www-data")
        self._spawn("nginx", [*as_nobody, nginx, "-p", self.scratch, "-c", self.scratch / "nginx.conf", "-e", self.scratch / "nginx.log"])
        self.until_dashboard()

    def until_dashboard(self):
        self._until("dashboard", f"{self.origin}/dashboard/static/icon.svg")

    def _run(self, *arguments, input=""):
        done = subprocess.run([self.binary, *map(str, arguments)], input=input, text=True, capture_output=True, env=self.environment)
        if done.returncode:
            raise SystemExit(f"latchkey {arguments[0]}: {done.stdout}{done.stderr}")

    def _spawn(self, name, command, **options):
        # A session of its own, so that Ctrl-C reaches this process alone, which then ends the others in order.
        self.log(name).parent.mkdir(parents=True, exist_ok=True)
        with open(self.log(name), "ab") as log:
            self.running[name] = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=self.environment, **options)

    def _until(self, name, url, seconds=60):
        deadline = time.monotonic() + seconds
        while not ready(url):
            name = self.ended() or name
            if self.running[name].poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{name} does not start; the end of {self.log(name)}:\n{self.log(name).read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    # MARK: Ending

    def ended(self):
        """The name of one that has ended by itself."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def end(self, name):
        process = self.running.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop(self):
        for name in ("devices", "nginx", "dashboard", "latchkey"):
            self.end(name)
        shutil.rmtree(self.scratch, ignore_errors=True)


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False
