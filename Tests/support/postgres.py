"""A PostgreSQL of the tests' own, which can be stopped in the middle of everything, started again, and followed by a standby."""

import os
import pathlib
import shlex
import shutil
import subprocess
import time
import urllib.parse

SCRIPT = pathlib.Path(__file__).with_name("throw-away-postgres")


class Postgres:
    """A server from `throw-away-postgres`, with settings such as `fsync=off`; it is gone when `close` is called, or this process ends."""

    def __init__(self, *settings):
        self._script = subprocess.Popen([SCRIPT, *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        folder = self._script.stdout.readline().strip()
        if not folder:
            raise RuntimeError("the throw-away PostgreSQL did not start; see above")
        self.folder = pathlib.Path(folder)
        self._data = self.folder / "data"
        # What the script started it with, after the program and its folder.
        self._options = shlex.join(shlex.split((self._data / "postmaster.opts").read_text())[3:])
        self._databases = 0
        # Owns the databases, as which nodes come: for a superuser nothing is refused.
        self.run("CREATE ROLE latchkey LOGIN")

    def close(self):
        if (self._data / "postmaster.pid").exists():
            self._control("stop", "-m", "immediate", check=False)
        self._script.stdin.close()
        self._script.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # MARK: what a test does to it

    def stop(self):
        """At once, as if the power had gone."""
        self._control("stop", "-m", "immediate")

    def start(self):
        self._control("start", "-w", "-l", self.folder / "again.log", "-o", self._options)

    def follow(self, primary):
        """Throws its own data away, and becomes a standby of another server."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._data)
        self._run("pg_basebackup", "-D", self._data, "-d", primary.connection("postgres"), "-R", "-c", "fast", "-X", "stream", "--no-sync")
        self.start()

    def promote(self):
        self._control("promote", "-w")

    def require_standby(self, seconds=15):
        """From now on this primary acknowledges what its standby has on disk too; waits until that is so."""
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.run("SELECT pg_reload_conf()")
        deadline = time.monotonic() + seconds
        while self.run("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1":
            if time.monotonic() > deadline:
                raise AssertionError("the standby does not follow")
            time.sleep(0.05)

    def require_nobody(self):
        """A primary without a standby acknowledges by itself."""
        self.run("ALTER SYSTEM RESET synchronous_standby_names")
        self.run("SELECT pg_reload_conf()")

    # MARK: databases

    def database(self):
        """Makes an empty database; answers its name."""
        self._databases += 1
        self.run(f"CREATE DATABASE t{self._databases} TEMPLATE template0 OWNER latchkey")
        return f"t{self._databases}"

    def url(self, database, *others):
        """Where a node finds it; the servers in `others` are further hosts."""
        hosts = ",".join(urllib.parse.quote(str(server.folder), safe="") for server in (self, *others))
        return f"postgres://latchkey@/{database}?host={hosts}"

    def connection(self, database):
        return f"host={self.folder} user=postgres dbname={database}"

    def run(self, statement, database="postgres"):
        """Runs a statement as the superuser; answers its one value as text."""
        return self._run("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.connection(database), "-c", statement).strip()

    def rows(self, statement, database):
        """The first column of every row, as text."""
        return [line for line in self.run(statement, database).splitlines() if line]

    # MARK: its programs

    def _control(self, verb, *options, check=True):
        self._run("pg_ctl", verb, "-D", self._data, "-s", *options, check=check)

    def _run(self, program, *arguments, check=True):
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        prefix = []
        if os.getuid() == 0:
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--inh-caps=-all"]
        # A server that is started holds on to its output, so that a pipe would never end.
        with open(self.folder / "said", "w+") as said:
            done = subprocess.run(
                [*prefix, str(binaries[-1] / program), *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=said,
                stderr=subprocess.STDOUT, timeout=60, env=os.environ | {"LC_ALL": "C.UTF-8", "TZ": "UTC"})
            said.seek(0)
            text = said.read()
        if check and done.returncode != 0:
            raise AssertionError(f"{program} ended with {done.returncode}: {text}")
        return text
