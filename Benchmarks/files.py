"""Tables out: a million users as CSV and as a workbook, against `sqlite3 -csv` of the same table, and what that costs in memory."""

import subprocess
import time
import urllib.request

from crowd import ADAM, crowd
from machine import MB, Latchkey, api

COLUMNS = "id, username, email, first_name, last_name, all_keys, all_places, ends_at, must_change_password, created_at, last_sign_in_at"


def files(bench, work):
    """All rows of this part."""
    users = 20_000 if bench.quick else 1_000_000
    folder = work / f"crowd-{users}"
    crowd(folder, users)
    with Latchkey(folder) as server:
        token = server.sign_in(ADAM)
        # What the first use of everything takes is not the export's.
        export(server, token, {"kind": "users", "format": "csv", "search": "template"})
        before, sizes = server.resident(), {}
        server.forget_peak()

        def ours(kind, form):
            seconds, sizes[kind, form] = export(server, token, {"kind": kind, "format": form})
            return seconds

        got = bench.turns(
            sqlite=lambda: by_sqlite(folder), csv=lambda: ours("users", "csv"), xlsx=lambda: ours("users", "xlsx"))
        grown = server.peak() - before
    bench.row(
        f"export of {users:,} users as CSV, with roles and places by name, to the speed of `sqlite3 -csv` on the table of users",
        got["sqlite"] / got["csv"], "at least 0.25", least=0.25,
        figures=f"{got['csv']:.1f} s for {sizes['users', 'csv'] / MB:.0f} MB, asked for, made, sealed and fetched; sqlite3 {got['sqlite']:.1f} s")
    bench.row(
        "the same as a workbook", got["sqlite"] / got["xlsx"], "", figures=f"{got['xlsx']:.1f} s for {sizes['users', 'xlsx'] / MB:.0f} MB")
    bench.row("memory that these exports take", grown / MB, "at most 64 MB", most=64, unit=" MB")


def by_sqlite(folder):
    began = time.monotonic()
    subprocess.run(
        ["sqlite3", "-csv", "-header", folder / "latchkey.db", f"SELECT {COLUMNS} FROM users ORDER BY id DESC"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def export(server, token, body):
    """Seconds from asking for it to its last byte, and its size; it is deleted then."""
    began = time.monotonic()
    one = api(server, "POST", "/exports", body, token)
    while one["status"] == "running":
        time.sleep(0.05)
        one = api(server, "GET", f"/exports/{one['id']}", None, token)
    if one["status"] != "ready":
        raise SystemExit(f"no export: {one}")
    size = 0
    request = urllib.request.Request(f"{server.url}/api/v1/exports/{one['id']}/file", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        while piece := answer.read(1 << 20):
            size += len(piece)
    taken = time.monotonic() - began
    api(server, "DELETE", f"/exports/{one['id']}", None, token)
    return taken, size
