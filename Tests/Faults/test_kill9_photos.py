"""kill -9 in the middle of bursts of uploads: an acknowledged photo is there with its three files, no row is without files, and what is left over goes."""

import contextlib
import io
import os
import random
import shutil
import sqlite3
import threading
import time

import requests
from PIL import Image

from .branch import Branch, copy_of, require_intact_history, require_whole
from support.server import init

BURSTS, CLIENTS = 8, 6
SIZES = {"full": 800, "large": 800, "thumb": 320}
JSON = {"Accept": "application/json"}


def picture(number):
    file = io.BytesIO()
    Image.effect_noise((800, 600), 40 + number).convert("RGB").save(file, "JPEG", quality=85)
    return file.getvalue()


class Customer(threading.Thread):
    """One phone that sends photos to a session of its own as fast as it is answered, until the server is gone."""

    def __init__(self, branch, burst, number):
        super().__init__(daemon=True)
        made = branch.una.post("/sessions", branch.session(f"burst {burst} customer {number}"), expect=201)
        self.session, self.url, self.picture = made["id"], made["capture_url"], picture(number)
        requests.post(self.url + "/start", headers=JSON, timeout=30).raise_for_status()
        self.acknowledged, self.tried, self.failure = {}, None, None

    def send(self, name):
        return requests.post(
            self.url + "/photos", data={"step": "front", "photo_id": name}, files={"file": ("x.jpg", self.picture)}, headers=JSON, timeout=60)

    def run(self):
        for turn in range(60):
            self.tried = f"turn-{turn}"
            try:
                answer = self.send(self.tried)
            except requests.RequestException:
                return
            if answer.status_code != 201:
                self.failure = f"{answer.status_code}: {answer.text[:500]}"
                return
            self.acknowledged[self.tried] = answer.json()["id"]


def rows(data):
    """The files that photos name, by a copy of the database."""
    folder = copy_of(data)
    try:
        with contextlib.closing(sqlite3.connect(folder / "latchkey.db")) as database:
            return [name for row in database.execute("SELECT full_blob, large_blob, thumb_blob FROM photos") for name in row]
    finally:
        shutil.rmtree(folder)


def files(data):
    return {file.name: file for file in (data / "blobs").glob("??/??/*")}


def require_files_of_all_rows(data):
    """Answers what no photo names."""
    named, found = rows(data), files(data)
    assert len(set(named)) == len(named)
    assert set(named) <= found.keys(), "a photo without its file"
    assert all(found[name].stat().st_size > 100 for name in named)
    return found.keys() - set(named)


def require_photos(branch, customer):
    path = f"/sessions/{customer.session}/photos"
    listed = {photo["photo_id"]: photo["id"] for photo in branch.una.items(path)}
    assert customer.acknowledged.items() <= listed.items()
    # Of the one that was under way nobody was told anything: it may have come about or not.
    assert listed.keys() <= customer.acknowledged.keys() | {customer.tried}
    for photo in listed.values():
        for size, length in SIZES.items():
            answer = branch.una.get(f"{path}/{photo}/image", params={"size": size})
            assert answer.status_code == 200, f"{size}: {answer.status_code}"
            image = Image.open(io.BytesIO(answer.content))
            image.load()
            assert image.format == "JPEG" and max(image.size) == length
    return listed


def test_no_acknowledged_photo_is_lost(data, serve):
    init(data, test_clock=False)
    server = serve(data)
    branch = Branch(server)
    chance = random.Random(9)
    everybody = []
    for burst in range(BURSTS):
        customers = [Customer(branch, burst, number) for number in range(CLIENTS)]
        for customer in customers:
            customer.start()
        deadline = time.monotonic() + 60
        while not all(customer.acknowledged or customer.failure for customer in customers) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.5))
        server.kill()
        for customer in customers:
            customer.join(60)
            assert customer.failure is None, customer.failure
            assert customer.acknowledged, "nothing was acknowledged: this burst shows nothing"
        require_whole(data)
        require_files_of_all_rows(data)
        server.start()
        require_intact_history(server)
        for customer in customers:
            listed = require_photos(branch, customer)
            # The phone sends again what it got no answer to: that is one photo, whether it had come about or not.
            answer = customer.send(customer.tried)
            assert answer.status_code == (200 if customer.tried in listed else 201), answer.text
            customer.acknowledged[customer.tried] = answer.json()["id"]
            assert len(require_photos(branch, customer)) == len(customer.acknowledged)
        everybody += customers

    # What dead processes were receiving went with the next start; only the one that runs has a folder there.
    assert len([entry for entry in (data / "blobs" / "incoming").iterdir() if entry.is_dir()]) == 1
    left = require_files_of_all_rows(data)
    planted = data / "blobs" / "ab" / "cd" / ("abcd" + 36 * "0")
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_bytes(b"bytes whose row was never written")
    assert server.stop() == 0
    server.start()
    assert files(data).keys() >= left | {planted.name}, "what is young stays"
    # Two days later, by the clock of the files.
    assert server.stop() == 0
    for file in files(data).values():
        os.utime(file, (time.time() - 2 * 86_400,) * 2)
    server.start()
    deadline = time.monotonic() + 60
    while require_files_of_all_rows(data) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not require_files_of_all_rows(data)
    assert "files that no photo names were removed" in server.log
    for customer in everybody:
        require_photos(branch, customer)
    assert server.stop() == 0
    require_whole(data)
