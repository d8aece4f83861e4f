"""How long after its end a login is still let in, while many requests a second use it on two nodes."""

import http.client
import itertools
import threading
import time

from machine import PASSWORD, api

PER_SECOND, CLIENTS = 1_000, 8


class Load:
    """So many requests a second with `token`, by eight clients who are dealt out over the nodes; `accepted` is when each token was last let in."""

    def __init__(self, nodes):
        self.token, self.accepted, self.asked, self.is_over = None, {}, 0, threading.Event()
        self.threads = [
            threading.Thread(target=self._ask, args=(node, number), daemon=True)
            for number, node in zip(range(CLIENTS), itertools.cycle(nodes))]

    def _ask(self, node, number):
        connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
        pause = CLIENTS / PER_SECOND
        due = time.monotonic() + number * pause / CLIENTS
        while not self.is_over.is_set():
            time.sleep(max(0, due - time.monotonic()))
            due = max(due + pause, time.monotonic() - 1)
            token = self.token
            if token is None:
                continue
            connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            self.asked += 1
            if answer.status == 200:
                self.accepted[token, number] = time.monotonic()
            elif answer.status != 401:
                raise SystemExit(f"{node.url}: {answer.status}")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(30)

    def last(self, token):
        return max(at for (one, _), at in self.accepted.items() if one == token)

    def is_used_by_all(self, token):
        return all((token, number) in self.accepted for number in range(CLIENTS))


def revocations(nodes, manager, user, username, times):
    """Seconds from the answer that a login is closed, or its user disabled, to the last request that was still let in on any node; and requests a second."""
    one, delays = nodes[0], []
    with Load(nodes) as load:
        began = time.monotonic()
        for number in range(times):
            token = api(one, "POST", "/logins", {"username": username, "password": PASSWORD, "take_over": True})["token"]
            load.token = token
            deadline = time.monotonic() + 10
            while not load.is_used_by_all(token):
                if time.monotonic() > deadline:
                    raise SystemExit("the login was not let in everywhere")
                time.sleep(0.005)
            time.sleep(0.05)
            verb = "disable" if number % 2 else "logins/close"
            api(one, "POST", f"/users/{user}/{verb}", {}, manager)
            answered = time.monotonic()
            time.sleep(0.3)
            # Whoever is still let in after this is let in for longer than the promise is good for.
            while load.last(token) > time.monotonic() - 0.1 and time.monotonic() - answered < 5:
                time.sleep(0.05)
            delays.append(max(0, load.last(token) - answered))
            if number % 2:
                api(one, "POST", f"/users/{user}/enable", {}, manager)
        rate = load.asked / (time.monotonic() - began)
    return sorted(delays), rate
