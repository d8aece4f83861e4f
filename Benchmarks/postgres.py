"""PostgreSQL to measure on: a throw-away server, nodes on it with the data of a seeded directory, and pgbench with the server's own statements.

pgbench is given what the server's log says that two creations ran, with what differs between the two replaced by numbers that count: the same
statements with the same prepared parameters, in the same order, on a copy of the same data. Savepoints and time-outs it is spared.
"""

import concurrent.futures
import os
import pathlib
import re
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

from machine import OLIVE, PASSWORD, ROOT, Latchkey, api, environment, run_latchkey, wrk

BIN = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)
SIGN_OF_LIFE = "SELECT $1"


class PostgresServer:
    """Starts with `with`; everything that it kept is gone after it. Durable, and with autovacuum, as servers are."""

    settings = ("autovacuum=on", "shared_preload_libraries=pg_stat_statements")

    def __enter__(self):
        self.process = subprocess.Popen(
            [ROOT / "Tests/support/throw-away-postgres", *self.settings], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = pathlib.Path(self.process.stdout.readline().strip() or "/nowhere")
        if not self.folder.is_dir():
            raise SystemExit("there is no PostgreSQL to measure on")
        # Owns the databases, as which nodes come: for a superuser no row is out of sight.
        self.sql("CREATE ROLE latchkey LOGIN", "CREATE EXTENSION pg_stat_statements")
        self.set("pg_stat_statements.track", "none")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)

    def url(self, database, role="latchkey"):
        return f"postgres:///{database}?host={self.folder}&user={role}"

    def sql(self, *statements, database="postgres", input=None):
        """What the statements answer, a line for each row with | between the columns."""
        command = [BIN / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--dbname", self.url(database, "postgres")]
        for statement in statements:
            command += ["--command", statement]
        done = subprocess.run(command, text=True, capture_output=True, input=input)
        if done.returncode != 0:
            raise SystemExit(f"psql failed: {done.stderr}")
        return done.stdout

    def set(self, name, value):
        """Sets the server to something while it runs; connections take it over before their next statement."""
        self.sql(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
        time.sleep(0.3)

    # MARK: Data

    def fill(self, database, folder, scratch):
        """Makes a database with the tables of `latchkey init` and the rows of a data directory."""
        self.sql(f"CREATE DATABASE {database} OWNER latchkey")
        run_latchkey(
            "init", "--data", scratch, "--database", self.url(database), "--enterprise", "Emptied", "--email", OLIVE, "--password-stdin",
            input=PASSWORD + "\n")
        source = sqlite3.connect(f"file:{folder}/latchkey.db?mode=ro", uri=True)
        tables = [
            name for (name,) in source.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'")]
        # References and triggers are left out: these rows have passed them already.
        free = "SET session_replication_role = replica"
        self.sql(free, "TRUNCATE " + ", ".join(tables), database=database)
        for table in tables:
            found = source.execute(f"SELECT * FROM {table}")
            columns = ", ".join(column for column, *_ in found.description)
            text = "".join("\t".join(map(copied, row)) + "\n" for row in found)
            self.sql(free, f"COPY {table} ({columns}) FROM STDIN", database=database, input=text)
        source.close()
        self.sql("VACUUM (ANALYZE)", database=database)

    # MARK: What the server sees

    def statements(self, database, work):
        """How often each statement ran while `work` did."""
        self.set("pg_stat_statements.track", "all")
        self.sql("SELECT pg_stat_statements_reset()")
        result = work()
        lines = self.sql(
            "SELECT calls, regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            f"WHERE d.datname = '{database}'").splitlines()
        self.set("pg_stat_statements.track", "none")
        return result, {query: int(calls) for calls, query in (line.split("|", 1) for line in lines)}

    def logged(self, work):
        """The transactions that were committed while `work` ran, each as its statements with their parameters, from the server's log."""
        log = self.folder / "log"
        self.set("log_statement", "all")
        start = log.stat().st_size
        work()
        self.set("log_statement", "none")
        with open(log, encoding="utf-8") as file:
            file.seek(start)
            entries = re.findall(r"^\d{4}-\S+ \S+ \S+ \[(\d+)\] (\w+):  (.*?)(?=^\d{4}-\S+ \S+ \S+ \[|\Z)", file.read(), re.S | re.M)
        open_ones, done = {}, []
        for process, kind, text in entries:
            ran = open_ones.setdefault(process, [])
            if kind == "LOG" and text.startswith("statement: COMMIT"):
                done.append(open_ones.pop(process))
            elif kind == "LOG" and text.startswith("statement: BEGIN"):
                ran.clear()
            elif kind == "LOG" and text.startswith("execute "):
                ran.append((" ".join(text.split(": ", 1)[1].split()), []))
            elif kind == "DETAIL" and ran:
                ran[-1] = (ran[-1][0], re.findall(r"\$\d+ = (NULL|'(?:[^']|'')*')", text))
        return done


def copied(value):
    """A value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


class Node(Latchkey):
    """One of the servers that share a database; its master key and its photos are the seeded directory's."""

    def __init__(self, server, database, folder, own):
        super().__init__(own)
        self.server, self.database, self.seeded = server, database, folder
        own.mkdir(parents=True, exist_ok=True)

    def command(self):
        return [*super().command(), "--blobs", self.seeded / "blobs"]

    def environment(self):
        return environment(LATCHKEY_DATABASE=self.server.url(self.database), LATCHKEY_MASTER_KEY_FILE=str(self.seeded / "master.key"))


# MARK: The reference


class Replay:
    """pgbench with the statements of one creation, again and again, so many to a commit; each run goes on where the last one ended."""

    def __init__(self, server, database, first, second, scratch):
        self.server, self.database, self.scratch = server, database, scratch
        self.number, self.constants, self.locks, self.lines = 0, {}, [], []
        if [text for text, _ in first] != [text for text, _ in second]:
            raise SystemExit("two creations ran different statements")
        for (text, one), (_, other) in zip(first, second):
            pairs = list(zip(one, other))
            # A lock is held until the commit and taken once for it.
            lines = self.locks if "pg_advisory_xact_lock" in text else self.lines
            lines.append(re.sub(r"\$(\d+)", lambda mark: self.expression(*pairs[int(mark[1]) - 1]), text) + ";")

    def expression(self, one, other):
        """What stands for a parameter that had these values in two creations: itself, or what counts on where they differ."""
        if one == "NULL":
            return one
        one, other = one[1:-1].replace("''", "'"), other[1:-1].replace("''", "'")
        if one != other:
            if one.startswith("\\x") and len(one) == 66:
                return f"sha256(convert_to('{one[2:10]}' || CAST(:n AS text), 'UTF8'))"
            if one.isdigit() and other.isdigit() and int(other) == int(one) + 1:
                return f"(CAST(:n AS bigint) + {one})"
            if not one.isdigit() and not one.startswith("\\x"):
                begins = os.path.commonprefix([one, other])
                same = self.constant(begins)
                return f"({same} || lpad(CAST(:n AS text), {len(one) - len(begins)}, '0'))"
        return self.constant(one)

    def constant(self, text):
        if not text:
            return "''"
        return ":" + self.constants.setdefault(text, f"c{len(self.constants)}")

    def per_second(self, batch, seconds):
        """Creations a second by one client, as the one connection that writes, with so many to a commit."""
        script = self.scratch / "creations.sql"
        script.write_text("\n".join(["BEGIN;", *self.locks] + ["\\set n :n + 1", *self.lines] * batch + ["COMMIT;"]) + "\n")
        for old in self.scratch.glob("pgbench_log.*"):
            old.unlink()
        command = [
            BIN / "pgbench", "--no-vacuum", "--protocol=prepared", "--client=1", f"--time={seconds}", f"--file={script}", "--log",
            f"--define=n={self.number}", *(f"--define={name}={text}" for text, name in self.constants.items()), self.server.url(self.database, "postgres")]
        # Each statement of the script is prepared by itself: without this, all of a short run would be planning.
        settings = {"PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c synchronous_commit=on"}
        done = subprocess.run(list(map(str, command)), text=True, capture_output=True, env=environment(**settings), cwd=self.scratch)
        if done.returncode != 0:
            raise SystemExit(f"pgbench failed: {done.stderr[-2000:]}")
        # The first transaction prepares everything and is left out.
        took = [int(line.split()[2]) for log in self.scratch.glob("pgbench_log.*") for line in log.read_text().splitlines()][1:]
        self.number += batch * (len(took) + 10)
        if not took:
            raise SystemExit("pgbench had no time for a second transaction")
        return batch * len(took) / (sum(took) / 1e6)


# MARK: Several nodes


def together(nodes, path="", *arguments, seconds, connections=64, **more):
    """The sum of what so many clients get from these nodes per second, who share them evenly."""
    with concurrent.futures.ThreadPoolExecutor(len(nodes)) as pool:
        runs = [
            pool.submit(
                wrk, node.url + path, *arguments, connections=connections // len(nodes), threads=2 // len(nodes), seconds=seconds, **more)
            for node in nodes]
        return sum(run.result()["per_second"] for run in runs)


def let_in(node, bearer):
    request = urllib.request.Request(node.url + "/api/v1/me", headers={"Authorization": f"Bearer {bearer}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        if error.code == 401:
            return False
        raise


def revocations(told, asked, token, times):
    """Seconds from one node's answer that a key is disabled to the first refusal by another, which is asked every 5 ms all the while."""
    made = api(told, "POST", "/api-keys", {"name": "Revoked again and again", "mode": "live"}, token)
    path, delays = f"/api-keys/{made['id']}", []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:

        def until_refused():
            while let_in(asked, made["secret"]):
                time.sleep(0.005)
            return time.monotonic()

        for _ in range(times):
            while not let_in(asked, made["secret"]):
                time.sleep(0.005)
            refused = pool.submit(until_refused)
            time.sleep(0.02)
            api(told, "POST", path + "/disable", {}, token)
            answered = time.monotonic()
            delays.append(max(0, refused.result() - answered))
            api(told, "POST", path + "/enable", {}, token)
    return sorted(delays)
