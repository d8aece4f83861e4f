"""The history is proved by a second implementation: the verifier that is shipped, in Python, beside Latchkey's own."""

import base64
import contextlib
import json
import shutil
import sqlite3
import sys
import time

import pytest

from Contract.cast import Cast
from support.server import ROOT, init, latchkey, temporary_folder

sys.path.insert(0, str(ROOT / "Examples/history-verifier"))
sys.dont_write_bytecode = True

import verify_history as verifier  # noqa: E402


class Kept:
    """What an auditor has: the exported history, checkpoints that were kept, and the public keys."""

    def __init__(self, server, file):
        deadline = time.monotonic() + 30
        while True:
            self.lines = server.command("history", "export").stdout.splitlines()
            sizes = {}
            for line in self.lines:
                record = json.loads(line)
                sizes[record["chain"]] = record["seq"]
            self.text = file.read_text() if file.exists() else ""
            self.checkpoints = verifier.checkpoints(self.text)
            if {c.chain: c.size for c in self.checkpoints} == sizes:
                break
            assert time.monotonic() < deadline, "the checkpoints do not come"
            time.sleep(0.3)
        self.keys = [line.split()[0] for line in server.command("history", "keys").stdout.splitlines()]

    def verify(self, lines=None):
        return verifier.verify_chains(lines or self.lines, self.checkpoints, [verifier.public_key(key) for key in self.keys])

    def refuses(self, lines, word):
        with pytest.raises(verifier.Wrong, match=word):
            self.verify(lines)


def test_what_is_kept_elsewhere_shows_every_kind_of_tampering(data, serve):
    init(data)
    with temporary_folder() as elsewhere:
        file = elsewhere / "kept.txt"
        server = serve(data, "--checkpoints", file, "--checkpoint-seconds", "1")
        cast = Cast(server)
        zoe = cast.north.user("Zoe", cast.user_role, [cast.road])
        for number in range(3):
            cast.adam.api.patch(f"/users/{zoe.id}", {"last_name": f"Berg {number}"}, expect=200)
        old = cast.adam.api.get("/history/checkpoint", expect=200)
        cast.adam.api.post(f"/users/{zoe.id}/disable", expect=200)
        erased = cast.adam.api.post(f"/users/{zoe.id}/erase", {"reason": "Asked for."}, expect=200)["entries"]
        cast.adam.api.post("/users/" + cast.una.id + "/disable", expect=200)
        new = cast.adam.api.get("/history/checkpoint", expect=200)
        proofs_hold(cast.adam.api, old, new)

        kept = Kept(server, file)
        intact = kept.verify()
        assert f"intact  {cast.north.id}: {new['size']} entries" in intact
        assert not any("Zoe" in line for line in kept.lines) and sum("erased_by" in json.loads(line) for line in kept.lines) == erased
        own = server.command("history", "verify", "--checkpoint", file, "--key", kept.keys[0])
        assert f"the details of {erased} of them erased" in own.stdout and own.returncode == 0
        tampered_exports_are_refused(kept, cast.north.id)
        server.stop()
        tampered_databases_are_refused(data, file, kept)


def proofs_hold(api, old, new):
    """Every entry of the newer checkpoint by its proof; the older one by its."""
    keys = [verifier.public_key(key["verifier"]) for key in new["keys"]]
    before, after = (verifier.checkpoints(checkpoint["note"])[0] for checkpoint in (old, new))
    for seq in (1, 2, old["size"], new["size"]):
        proof = api.get(f"/history/proofs?seq={seq}&size={new['size']}", expect=200)
        assert verifier.verify_inclusion(proof, after, keys)
        for change in ({"action": "user.enabled"}, {"seq": seq + 1}, {"actor_id": "usr_x"}, {"details_hash": "00" * 32}):
            with pytest.raises(verifier.Wrong):
                verifier.verify_inclusion(proof | {"record": proof["record"] | change}, after, keys)
        with pytest.raises(verifier.Wrong, match="not signed"):
            verifier.verify_inclusion(proof, after, [bytes(32)])
    proof = api.get(f"/history/proofs?from={old['size']}&size={new['size']}", expect=200)
    assert verifier.verify_consistency(proof, before, after, keys)
    for hashes in (proof["hashes"][1:], proof["hashes"] + [base64.b64encode(bytes(32)).decode()], proof["hashes"][::-1]):
        if hashes != proof["hashes"]:
            with pytest.raises(verifier.Wrong):
                verifier.verify_consistency(proof | {"hashes": hashes}, before, after, keys)


def forged(record):
    """An entry whose own hashes are right."""
    record["hash"] = verifier.entry_hash(record).hex()
    return record


def tampered_exports_are_refused(kept, chain):
    records = [json.loads(line) for line in kept.lines]
    start = next(index for index, record in enumerate(records) if record["chain"] == chain)
    end = start + sum(record["chain"] == chain for record in records)

    def with_changes(change):
        copy = json.loads(json.dumps(records))
        return [json.dumps(record) for record in change(copy)]

    def edit(index, **values):
        return lambda copy: [record | values if place == index else record for place, record in enumerate(copy)]

    with_details = next(i for i in range(start, end) if "details" in records[i])
    marked = next(i for i in range(start, end) if "erased_by" in records[i])
    kept.refuses(with_changes(edit(start + 2, action="role.created")), "it was changed")
    kept.refuses(with_changes(edit(with_details, details='{"actor":"Nobody"}')), "details were changed")
    kept.refuses(with_changes(lambda c: [
        {k: v for k, v in r.items() if i != with_details or k not in ("salt", "details")} for i, r in enumerate(c)]), "details were removed")
    kept.refuses(with_changes(lambda c: c[:start + 2] + c[start + 3:]), "was removed")
    kept.refuses(with_changes(lambda c: c[:start + 2] + [c[start + 3], c[start + 2]] + c[start + 4:]), "was removed")
    kept.refuses(with_changes(lambda c: c[:start + 2] + [c[start + 1]] + c[start + 2:]), "was removed")
    kept.refuses(with_changes(lambda c: c[:end - 2] + c[end:]), "cut off")
    kept.refuses(with_changes(lambda c: c[:start] + c[end:]), "cut off")
    kept.refuses(with_changes(lambda c: [
        {k: v for k, v in r.items() if i != marked or k != "erased_by"} for i, r in enumerate(c)]), "details were removed")

    def hide_details(copy):
        for name in ("salt", "details"):
            copy[with_details].pop(name)
        copy[with_details]["erased_by"] = records[marked]["erased_by"]
        return copy

    kept.refuses(with_changes(hide_details), "marks")

    def rewrite(copy):
        copy[start + 2]["actor_id"] = "usr_somebody_else"
        for index in range(start, end):
            copy[index]["previous"] = copy[index - 1]["hash"] if index > start else "00" * 32
            forged(copy[index])
        return copy

    kept.refuses(with_changes(rewrite), "written anew")


def tampered_databases_are_refused(data, file, kept):
    """The same by Latchkey's own command, offline."""
    if not (data / "latchkey.db").exists():
        return

    def verify(*statements):
        with temporary_folder() as folder:
            shutil.copytree(data, folder / "data")
            with contextlib.closing(sqlite3.connect(folder / "data/latchkey.db")) as database, database:
                for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'history%'").fetchall():
                    database.execute(f"DROP TRIGGER {name}")
                for statement in statements:
                    database.execute(statement)
            return latchkey("history", "verify", "--data", folder / "data", "--checkpoint", file, "--key", kept.keys[0], check=False)

    assert verify().returncode == 0
    cut = verify(
        "DELETE FROM history_details WHERE chain = 'enterprise' AND seq > 3", "DELETE FROM history WHERE chain = 'enterprise' AND seq > 3",
        "UPDATE history_heads SET seq = 3, hash = (SELECT hash FROM history WHERE chain = 'enterprise' AND seq = 3) WHERE chain = 'enterprise'",
        "DELETE FROM history_checkpoints")
    assert cut.returncode == 1 and "the end was cut off" in cut.stdout
    with temporary_folder() as folder:
        latchkey("backup", folder / "backup", "--data", data)
        sums = (folder / "backup/SHA256SUMS").read_text()
        done = latchkey("history", "verify", "--backup", folder / "backup", "--checkpoint", file, "--key", kept.keys[0])
        assert "intact  enterprise" in done.stdout and (folder / "backup/SHA256SUMS").read_text() == sums
