#!/usr/bin/env python3
"""Checks Latchkey's history without Latchkey: one file, nothing but Python's standard library, written to be read.

    verify_history.py chain EXPORT.jsonl [--checkpoints FILE] [--key KEY]...
    verify_history.py inclusion PROOF.json --checkpoint FILE --key KEY
    verify_history.py consistency PROOF.json --old FILE --new FILE --key KEY

EXPORT.jsonl is what `latchkey history export` prints, a proof what GET /api/v1/history/proofs answers, a checkpoint file what `latchkey history
checkpoint` or `serve --checkpoints` writes, KEY a public key as `latchkey history keys` prints it. Keep checkpoints and keys where the server
cannot write: everything here is only as good as they are. Exits with 1 where something does not fit.

The formats: docs/adr/0005-history-chain.md (entries), RFC 6962 section 2.1 (tree and proofs), c2sp.org/tlog-checkpoint and c2sp.org/signed-note
(checkpoints), RFC 8032 (Ed25519).
"""

import argparse
import base64
import hashlib
import json
import sys


class Wrong(Exception):
    """Something that does not fit, in a sentence."""


def sha256(data):
    return hashlib.sha256(data).digest()


# --- Entries: each one's hash covers the one before it and, by a salted hash, its details

FIELDS = ["chain", "seq", "id", "at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id"]


def entry_hash(record):
    fields = [bytes.fromhex(record["previous"])]
    fields += [str(record[name]).encode() for name in FIELDS]
    fields += [bytes.fromhex(record["details_hash"])]
    return sha256(b"latchkey-history-1" + b"".join(len(field).to_bytes(8, "big") + field for field in fields))


def check_record(record):
    """The entry's own hash, and that of its details where they are there; answers the hash."""
    where = f"{record['chain']}: entry {record['seq']} ({record['id']})"
    if entry_hash(record).hex() != record["hash"]:
        raise Wrong(f"{where}: it was changed")
    if "details" in record:
        if sha256(bytes.fromhex(record["salt"]) + record["details"].encode()).hex() != record["details_hash"]:
            raise Wrong(f"{where}: its details were changed")
    elif "erased_by" not in record:
        raise Wrong(f"{where}: its details were removed")
    return bytes.fromhex(record["hash"])


class Chain:
    """One chain, entry by entry from its beginning."""

    def __init__(self, name):
        self.name, self.size, self.last = name, 0, bytes(32)
        self.tree = []  # the complete subtrees from left to right: (how many leaves, hash)
        self.erased = {}  # by the entry of the erasure: how many, and a hash over their numbers

    def add(self, record):
        where = f"{self.name}: entry {record['seq']} ({record['id']})"
        if record["seq"] != self.size + 1:
            raise Wrong(f"{where}: an entry before it was removed")
        if bytes.fromhex(record["previous"]) != self.last:
            raise Wrong(f"{where}: it does not follow the entry before it")
        self.last = check_record(record)
        self.size += 1
        if "erased_by" in record:
            if "details" in record or record["erased_by"] <= record["seq"]:
                raise Wrong(f"{where}: its mark says that it was erased, and it was not")
            count, numbers = self.erased.get(record["erased_by"], (0, hashlib.sha256()))
            numbers.update(b"%d\n" % record["seq"])
            self.erased[record["erased_by"]] = (count + 1, numbers)
        if record["action"] == "history.erased" or record["seq"] in self.erased:
            self.check_erasure(record, where)
        leaves, node = 1, leaf_hash(self.last)
        while self.tree and self.tree[-1][0] == leaves:
            leaves, node = leaves * 2, node_hash(self.tree.pop()[1], node)
        self.tree.append((leaves, node))

    def check_erasure(self, record, where):
        """An erasure names how many entries it took the details of, and which."""
        count, numbers = self.erased.pop(record["seq"], (0, hashlib.sha256()))
        changes = json.loads(record.get("details", "{}")).get("changes", [])
        named = {change["field"]: change["to"] for change in changes}
        if record["action"] != "history.erased" or named.get("entries") != count or named.get("entries_hash") != numbers.hexdigest():
            raise Wrong(f"{where}: the marks of what was erased are not those that it made")

    def root(self):
        root = self.tree[-1][1] if self.tree else sha256(b"")
        for _, node in reversed(self.tree[:-1]):
            root = node_hash(node, root)
        return root

    def end(self):
        if self.erased:
            raise Wrong(f"{self.name}: entries are marked as erased by an erasure that is not there")


# --- The tree of RFC 6962

def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def root_of_inclusion(leaf, index, size, path):
    """The root to which a path leads from a leaf (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        raise Wrong("the proof is of an entry beyond the checkpoint")
    last, node = size - 1, leaf
    for step in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if index & 1 or index == last:
            node = node_hash(step, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, step)
        index, last = index >> 1, last >> 1
    if last:
        raise Wrong("the proof is too short")
    return node


def roots_of_consistency(old_size, old_root, size, path):
    """The old and the new root to which a path leads (RFC 9162, section 2.1.4.2)."""
    if not 0 < old_size <= size:
        raise Wrong("the sizes do not fit")
    if old_size == size:
        return old_root, old_root
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    if not path:
        raise Wrong("the proof is too short")
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            raise Wrong("the proof is too long")
        if index & 1 or index == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, step)
        index, last = index >> 1, last >> 1
    if last:
        raise Wrong("the proof is too short")
    return old, new


# --- Ed25519 (RFC 8032, section 5.1.7): slow, and short enough to compare with the RFC

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
I = pow(2, (P - 1) // 4, P)


def add(a, b):
    """The sum of two points in extended coordinates."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        raise Wrong("no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * I % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Wrong("no point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def is_signature(signature, message, public_key):
    try:
        key, r = decode_point(public_key), decode_point(signature[:32])
    except Wrong:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    (x1, y1, z1, _), (x2, y2, z2, _) = multiply(s, BASE), add(r, multiply(h, key))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


# --- Checkpoints: signed notes

class Checkpoint:
    def __init__(self, body, signatures):
        self.body = body + "\n"
        lines = body.split("\n")
        if len(lines) < 3 or "" in lines or str(int(lines[1])) != lines[1]:
            raise Wrong("no checkpoint")
        self.origin, self.size, self.root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
        self.chain = self.origin.rsplit("/", 1)[-1]
        self.time = next((line[5:] for line in lines[3:] if line.startswith("time ")), "")
        self.signatures = []
        for line in signatures.split("\n"):
            dash, name, data = line.split(" ")
            if dash != "—":
                raise Wrong("no signature")
            self.signatures.append((name, base64.b64decode(data, validate=True)))

    def __str__(self):
        return f"checkpoint of {self.size} entries of {self.chain}, {self.time}"

    def check(self, keys):
        """That one of these public keys signed it."""
        for name, data in self.signatures:
            for key in keys:
                hint = sha256(name.encode() + b"\n\1" + key)[:4]
                if name == self.origin and data[:4] == hint and is_signature(data[4:], self.body.encode(), key):
                    return
        raise Wrong(f"{self}: not signed by a key that was named")


def checkpoints(text):
    """All in a file: a body, an empty line, signatures, an empty line, and again."""
    parts = [part.strip("\n") for part in text.split("\n\n") if part.strip("\n")]
    if len(parts) % 2:
        raise Wrong("no file of checkpoints")
    return [Checkpoint(body, signatures) for body, signatures in zip(parts[::2], parts[1::2])]


def public_key(text):
    """32 bytes in base64, or the verifier of a signed note: name+hint+key."""
    data = base64.b64decode(text.split("+", 2)[2] if text.count("+") >= 2 and len(text) > 50 else text)
    data = data[1:] if len(data) == 33 and data[0] == 1 else data
    if len(data) != 32:
        raise Wrong(f"{text} is no public key")
    return data


# --- What is asked for

def verify_chains(lines, kept=(), keys=()):
    """Checks all chains of an export against checkpoints; answers a line for each chain."""
    chains, waiting = {}, {}
    for checkpoint in kept:
        checkpoint.check(keys)
        waiting.setdefault(checkpoint.chain, {}).setdefault(checkpoint.size, []).append(checkpoint)

    def compare(chain):
        for checkpoint in waiting.get(chain.name, {}).pop(chain.size, []):
            if checkpoint.root != chain.root():
                raise Wrong(f"{checkpoint}: the entries up to there were written anew")

    for line in lines:
        record = json.loads(line)
        chain = chains.get(record["chain"])
        if chain is None:
            chain = chains[record["chain"]] = Chain(record["chain"])
            compare(chain)
        chain.add(record)
        compare(chain)
    for chain in chains.values():
        chain.end()
    for name, left in waiting.items():
        if left:
            size = chains[name].size if name in chains else 0
            raise Wrong(f"{left[max(left)][0]}: the export has {size}, the end was cut off")
    return [f"intact  {chain.name}: {chain.size} entries" for chain in chains.values()]


def verify_inclusion(proof, checkpoint, keys):
    checkpoint.check(keys)
    record, path = proof["record"], [base64.b64decode(text) for text in proof["hashes"]]
    if record["chain"] != checkpoint.chain or proof["size"] != checkpoint.size:
        raise Wrong(f"the proof is not for this {checkpoint}")
    if "details" in record or "erased_by" in record:
        entry = check_record(record)
    else:  # whoever does not hold all API keys gets the entry without its details
        entry = entry_hash(record)
    if root_of_inclusion(leaf_hash(entry), record["seq"] - 1, checkpoint.size, path) != checkpoint.root:
        raise Wrong(f"entry {record['seq']} is not among those of the {checkpoint}")
    return [f"entry {record['seq']} ({record['id']}, {record['action']}) is among those of the {checkpoint}"]


def verify_consistency(proof, old, new, keys):
    old.check(keys)
    new.check(keys)
    path = [base64.b64decode(text) for text in proof["hashes"]]
    if old.origin != new.origin or (proof["from"], proof["size"]) != (old.size, new.size):
        raise Wrong("the proof is not for these checkpoints")
    if roots_of_consistency(old.size, old.root, new.size, path) != (old.root, new.root):
        raise Wrong(f"the {new} did not grow out of the {old}")
    return [f"the {new} grew out of the {old}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, files in {"chain": [], "inclusion": ["--checkpoint"], "consistency": ["--old", "--new"]}.items():
        command = commands.add_parser(name)
        command.add_argument("file", help="- is standard input")
        for file in files:
            command.add_argument(file, required=True, help="a file of checkpoints, whose last one is taken")
        command.add_argument("--key", action="append", default=[], help="a public key that may have signed")
        if name == "chain":
            command.add_argument("--checkpoints", help="a file of checkpoints that were kept")
    given = parser.parse_args()

    def opened(path):
        return sys.stdin if path == "-" else open(path, encoding="utf-8")

    def last(path):
        return checkpoints(opened(path).read())[-1]

    try:
        keys = [public_key(key) for key in given.key]
        if given.command == "chain":
            kept = checkpoints(opened(given.checkpoints).read()) if given.checkpoints else []
            lines = verify_chains(opened(given.file), kept, keys)
        elif given.command == "inclusion":
            lines = verify_inclusion(json.load(opened(given.file)), last(given.checkpoint), keys)
        else:
            lines = verify_consistency(json.load(opened(given.file)), last(given.old), last(given.new), keys)
    except Wrong as wrong:
        sys.exit(f"BROKEN  {wrong}")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
