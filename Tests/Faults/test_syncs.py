"""No answer leaves before the sync of its write: seen from outside, by a shim that is preloaded into the server."""

import concurrent.futures

import pytest

from . import syncs
from .branch import Branch
from support.server import Server, init, temporary_folder

CLIENTS, EACH = 16, 12


@pytest.fixture(scope="module")
def run():
    """Sixteen clients make sessions at once on a server with the shim; answers (ids that they were told, lines of the trace)."""
    with temporary_folder() as folder:
        trace = folder / "trace"
        init(folder / "data")
        server = Server(folder / "data", env={"LD_PRELOAD": str(syncs.build(folder)), "SYNC_TRACE": str(trace)})
        with server:
            branch = Branch(server)

            def make(client):
                api = server.api(branch.una.token)
                return [api.post("/sessions", branch.session(f"{client}-{number}"), expect=201)["id"] for number in range(EACH)]

            with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
                told = sum(clients.map(make, range(CLIENTS)), [])
        yield told, trace.read_text().splitlines()


def test_every_answer_waits_for_the_sync_of_its_write(run):
    told, trace = run
    verdict = syncs.judge(trace)
    assert verdict.acknowledged == set(told), "the shim has not seen every answer: what it shows proves nothing"
    assert verdict.too_early == set()


def test_a_sync_serves_many_answers(run):
    """Clients that wait at the same time share a sync; a loose bound, as the figure itself is the benchmark's."""
    told, trace = run
    assert syncs.judge(trace).syncs < len(told) / 2


# The judge is worth nothing unless it can say no: the same trace, doctored.


def position(trace, event, after=0):
    return next(at for at in range(after, len(trace)) if trace[at].split()[1] == event)


def renumbered(lines):
    return [f"{number} {line.split(maxsplit=1)[1]}" for number, line in enumerate(lines, 1)]


def last_commit_of(trace, session):
    """Where the commit of this session's first page is."""
    page = next(at for at, line in enumerate(trace) if line.split()[1] == "page" and session in line)
    return position(trace, "commit", page)


def test_the_judge_sees_an_answer_before_its_sync(run):
    told, trace = run
    at = next(at for at, line in enumerate(trace) if f"answer" in line and " 201 " in line and told[-1] in line)
    early = [*trace[: last_commit_of(trace, told[-1]) + 1], trace[at], *trace[last_commit_of(trace, told[-1]) + 1 : at], *trace[at + 1 :]]
    assert told[-1] in syncs.judge(renumbered(early)).too_early


def test_the_judge_sees_a_missing_sync(run):
    told, trace = run
    without = [line for line in trace if line.split()[1] not in ("sync-begin", "sync-end")]
    assert syncs.judge(renumbered(without)).too_early == set(told)


def test_the_judge_does_not_take_a_failed_sync_for_one(run):
    told, trace = run
    failed = [line for line in trace if line.split()[1] != "sync-end"]
    assert syncs.judge(renumbered(failed)).too_early == set(told)


def test_the_judge_does_not_take_an_earlier_sync_for_one(run):
    """A sync that began before the commit does not cover it, even where it ends after."""
    told, trace = run
    commit = last_commit_of(trace, told[0])
    begin = position(trace, "sync-begin", commit)
    shifted = [*trace[:commit], trace[begin], *trace[commit:begin], *trace[begin + 1 :]]
    assert told[0] in syncs.judge(renumbered(shifted)).too_early


def test_a_trace_with_a_hole_is_refused(run):
    told, trace = run
    with pytest.raises(ValueError):
        syncs.judge([*trace[:10], *trace[11:]])
