"""Several servers on one PostgreSQL database, as equals behind one address."""

import contextlib
import threading

from support.server import Server, init


class Nodes:
    """`count` servers, each with a data directory of its own, which share a database on `postgres`, the master key and photos. The first
    are `a` and `b`. `standbys` are further servers on which the database may be found."""

    def __init__(self, folder, postgres, *flags, count=2, test_clock=True, standbys=()):
        self.database = postgres.database()
        url = postgres.url(self.database, *standbys)
        init(folder / "node1", test_clock=test_clock, LATCHKEY_DATABASE=url)
        env = {"LATCHKEY_DATABASE": url, "LATCHKEY_MASTER_KEY_FILE": str(folder / "node1" / "master.key")}
        shared = ["--blobs", folder / "blobs", "--trusted-proxy", "127.0.0.1", *flags]
        self.all = [Server(folder / f"node{number + 1}", *shared, env=env) for number in range(count)]
        for node in self.all:
            # Not that of the node: a mailed link must work whoever mailed it.
            node.flags = (*node.flags, "--public-url", self.all[0].url)
        self.a, self.b = self.all[:2]

    def start(self):
        for node in self.all:
            node.start(wait=False)
        for node in self.all:
            node.wait_until_ready()
        return self

    def stop(self):
        for node in self.all:
            node.stop()

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def move_clock(self, **by):
        """Moves the test clocks of all forward together."""
        for node in self.all:
            node.move_clock(**by)


def at_once(count, body):
    """Runs `body(0)` to `body(count - 1)` in as many threads, which begin together; answers what they answered, in order."""
    answers, failures, gate = [None] * count, [], threading.Barrier(count)

    def run(number):
        try:
            gate.wait()
            answers[number] = body(number)
        except Exception as failure:  # noqa: BLE001: the test's thread says what it was
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == [], failures[0]
    return answers


@contextlib.contextmanager
def working(threads):
    """Lets threads with a `stopped` event work until the block is left."""
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.stopped.set()
        for thread in threads:
            thread.join(60)
