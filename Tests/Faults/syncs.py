"""The trace of sync_counter.c: builds the shim, and judges whether every answer waited for the sync of its write."""

import dataclasses
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).with_name("sync_counter.c")


def build(folder):
    """Compiles the shim into this folder; answers the path for LD_PRELOAD."""
    shim = pathlib.Path(folder) / "sync_counter.so"
    subprocess.run(["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", shim, SOURCE], check=True)
    return shim


@dataclasses.dataclass
class Verdict:
    """What a trace shows: the sessions that a 201 acknowledged, those that an answer named too early, and how many syncs there were."""

    acknowledged: set
    too_early: set
    syncs: int


def judge(lines):
    """Follows each session from its page in the log over the commit and a sync that began later to the answers that name it.

    An answer counts from the bytes that begin it, even where the session follows in a later write to the same socket.
    """
    written, committed, syncing = set(), set(), set()
    durable_since, answers = {}, {}
    verdict = Verdict(set(), set(), 0)
    last = 0
    for line in lines:
        number, event, *details = line.split()
        if int(number) != last + 1:
            raise ValueError(f"the trace jumps from {last} to {number}")
        last += 1
        if event == "page":
            written.update(details)
        elif event == "commit":
            committed |= written
            written = set()
        elif event == "sync-begin":
            syncing, committed = committed, set()
        elif event == "sync-end":
            verdict.syncs += 1
            durable_since |= {session: last for session in syncing if session not in durable_since}
        elif event == "answer":
            socket, status, *sessions = details
            if status != "-":
                answers[socket] = (last, status)
            began, status = answers.get(socket, (last, "-"))
            verdict.too_early |= {session for session in sessions if durable_since.get(session, last) >= began}
            if status == "201":
                verdict.acknowledged.update(sessions)
    return verdict
