"""Photos as phones make them, sent as customers send them, and what vipsthumbnail does with the same files."""

import concurrent.futures
import http.client
import itertools
import os
import pathlib
import shutil
import subprocess
import threading
import urllib.parse

from machine import api, environment

SIZES = (2560, 1280, 320)
CORES = os.cpu_count() or 1
# Of one session; the server takes 60.
EACH = 50


def vips(*arguments, command="vips"):
    done = subprocess.run([command, *map(str, arguments)], text=True, capture_output=True, env=environment(VIPS_CONCURRENCY="1"))
    if done.returncode != 0:
        raise SystemExit(f"{command} {arguments[0]} failed: {done.stderr}")


def make_photos(folder, count=8):
    """So many JPEGs of 12 megapixels and about 3 MB: soft shapes in three colours, and the noise of a small sensor."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"photo{number}.jpg" for number in range(count)]
    for number, path in enumerate(made):
        if path.exists():
            continue
        part = lambda name: str(folder / f"{name}.v")  # noqa: E731
        for band in range(3):
            vips("perlin", part("shapes"), 4032, 3024, "--cell-size", (701, 389, 157)[band], "--seed", number * 3 + band)
            vips("linear", part("shapes"), part("lit"), 95, 120 + 10 * band)
            vips("gaussnoise", part("noise"), 4032, 3024, "--sigma", 5.5, "--seed", 1000 + number * 3 + band)
            vips("add", part("lit"), part("noise"), part(f"band{band}"))
        vips("bandjoin", " ".join(part(f"band{band}") for band in range(3)), part("joined"))
        vips("cast", part("joined"), part("bytes"), "uchar")
        vips("copy", part("bytes"), part("colours"), "--interpretation", "srgb")
        best = None
        for quality in range(84, 99):
            vips("jpegsave", part("colours"), path, "--Q", quality)
            if best is None or abs(path.stat().st_size - 3_000_000) < best[0]:
                best = abs(path.stat().st_size - 3_000_000), quality
            else:
                break
        vips("jpegsave", part("colours"), path, "--Q", best[1])
        for leftover in folder.glob("*.v"):
            leftover.unlink()
    return made


def repeated(files, count, folder):
    """So many files of names of their own, the same photos again and again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    links = [folder / f"{number}.jpg" for number in range(count)]
    for number, link in enumerate(links):
        os.link(files[number % len(files)], link)
    return links


def thumbnails(files, folder):
    """Makes the server's renditions of the files by vipsthumbnail, one process for each core, each made of the one before it as the server does."""
    shutil.rmtree(folder, ignore_errors=True)
    for size in SIZES:
        (folder / str(size)).mkdir(parents=True)

    def share(mine):
        for size in SIZES:
            vips(*mine, "--size", f"{size}x{size}>", "-o", f"{folder}/{size}/%s.jpg[Q=85,strip]", command="vipsthumbnail")
            mine = [folder / str(size) / path.name for path in mine]

    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        list(pool.map(share, [files[core::CORES] for core in range(CORES)]))
    made = len(list(folder.glob("*/*.jpg")))
    if made != len(files) * len(SIZES):
        raise SystemExit(f"vipsthumbnail made {made} files of {len(files)}")


class Customers:
    """So many of them, each on a connection and in a session of their own, sending photo after photo."""

    def __init__(self, server, token, key, files):
        self.server, self.token, self.key = server, token, key
        self.bodies = [pathlib.Path(path).read_bytes() for path in files]
        self.numbers = itertools.count()
        self.sent = 0

    def _customer(self):
        made = api(self.server, "POST", "/sessions", {"api_key": self.key}, self.token)
        path = urllib.parse.urlsplit(made["capture_url"]).path
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        connection.request("POST", path + "/start", headers={"Accept": "application/json"})
        if (answer := connection.getresponse()).status != 200:
            raise SystemExit(f"a session cannot be started: {answer.status}")
        answer.read()
        return connection, path

    def _send(self, connection, path):
        number = next(self.numbers)
        head = (
            '--photo\r\nContent-Disposition: form-data; name="step"\r\n\r\nfront\r\n'
            f'--photo\r\nContent-Disposition: form-data; name="photo_id"\r\n\r\nbench{number}\r\n'
            '--photo\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n').encode()
        body = self.bodies[number % len(self.bodies)]
        connection.request(
            "POST", path + "/photos", headers={
                "Accept": "application/json", "Content-Type": "multipart/form-data; boundary=photo", "Content-Length": str(len(head) + len(body) + 13)},
            body=iter([head, body, b"\r\n--photo--\r\n"]))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"a photo was not taken: {answer.status} {text[:300]}")
        self.sent += 1

    def send(self, count, at_once):
        """Begins to send so many photos, now that everybody's session is there; answers a function that waits for the last answer."""
        ready, left = threading.Barrier(at_once + 1), iter(range(count))

        def customer(begun):
            ready.wait(60)
            for _ in left:
                self._send(*begun)

        return self._run(at_once, customer, ready)

    def go_on(self, at_once, stopping):
        """Sends until `stopping` is set; answers a function that waits for the last of them."""
        ready = threading.Barrier(at_once + 1)

        def customer(begun):
            ready.wait(60)
            for number in itertools.count(1):
                if stopping.is_set():
                    return
                if number % EACH == 0:
                    begun = self._customer()
                self._send(*begun)

        return self._run(at_once, customer, ready)

    def _run(self, at_once, customer, ready):
        pool = concurrent.futures.ThreadPoolExecutor(at_once)
        running = [pool.submit(customer, self._customer()) for _ in range(at_once)]
        ready.wait(60)

        def wait():
            for one in running:
                one.result()
            pool.shutdown()

        return wait
