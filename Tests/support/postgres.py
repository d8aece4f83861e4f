"""A PostgreSQL server of a test's own, by the script beside this file; it ends with whoever started it."""

import contextlib
import pathlib
import subprocess
import urllib.parse

SCRIPT = pathlib.Path(__file__).with_name("throw-away-postgres")
BIN = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)


class Postgres:
    """A running server; `database` makes an empty one and answers its URL."""

    def __init__(self, *settings):
        self.process = subprocess.Popen([str(SCRIPT), *settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = self.process.stdout.readline().strip()
        if not self.folder:
            raise RuntimeError("the throw-away PostgreSQL did not start; see above")
        self.count = 0

    def url(self, database):
        return f"postgres://latchkey@/{database}?host={urllib.parse.quote(self.folder, safe='')}"

    def database(self):
        self.count += 1
        self.sql("postgres", f"CREATE DATABASE p{self.count} TEMPLATE template0")
        return self.url(f"p{self.count}")

    def sql(self, database, statement):
        """The rows of one statement, as psql prints them."""
        url = database if database.startswith("postgres://") else self.url(database)
        done = subprocess.run([str(BIN / "psql"), "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", url, "-c", statement], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


@contextlib.contextmanager
def throw_away(*settings):
    server = Postgres(*settings)
    try:
        yield server
    finally:
        server.close()
