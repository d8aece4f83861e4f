"""The photos of a session as one ZIP, as another program reads it, and what it costs the server to make one."""

import io
import os
import re
import time
import zipfile

import pytest
import requests
from PIL import Image

from Contract.cast import refused

JSON = {"Accept": "application/json"}
STEPS = ["tires", "rear", "vin", "front", "interior", "front"]


def jpeg(size=(640, 480), noise=False):
    picture = Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)) if noise else Image.linear_gradient("L").resize(size).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    return file.getvalue()


def photographed(cast, steps, picture):
    """A session of Una's with a photo for each of these steps."""
    session = cast.session(cast.una)
    url = session["capture_url"]
    requests.post(url + "/start", headers=JSON, timeout=30).raise_for_status()
    for step in steps:
        answer = requests.post(url + "/photos", data={"step": step}, files={"file": ("x.jpg", picture)}, headers=JSON, timeout=60)
        assert answer.status_code == 201, answer.text
    return session


@pytest.fixture(scope="module")
def exporter(cast):
    """May export what is their own, as Una may then too."""
    role = cast.north.inside.post("/roles", {
        "name": "Exporter", "description": "Exports their own.", "screens": {"session-files": {"level": "full", "reach": "own"}}}, expect=201)["id"]
    for person in (cast.una, cast.uwe):
        cast.north.inside.patch(f"/users/{person.id}", {"roles": [cast.user_role, role]}, expect=200)
    return role


def test_an_archive_is_whole_and_in_order(cast, exporter):
    session = photographed(cast, STEPS, jpeg())
    path = f"/sessions/{session['id']}"
    answer = cast.una.api.get(path + "/photos.zip")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip" and answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{session["code"]}-photos.zip"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = ["01-vin", "02-interior", "03-front", "04-front", "05-rear", "06-tires"]
    assert archive.namelist() == [f"{session['code']}/{name}.jpg" for name in names]
    photos = {photo["id"]: photo for photo in cast.una.api.items(path + "/photos")}
    images = sorted(cast.una.api.get(f"{path}/photos/{photo}/image").content for photo in photos)
    assert sorted(archive.read(name) for name in archive.namelist()) == images
    for entry in archive.infolist():
        assert entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size
        assert re.fullmatch(r"[A-Z0-9]{2}-[A-Z0-9]{5,6}/[0-9]{2}-[a-z-]+\.jpg", entry.filename)
    actions = [entry["action"] for entry in cast.adam.api.items("/history", subject=session["id"])]
    assert actions[0] == "session.photos_exported" and actions.count("session.photos_exported") == 1
    refused(cast.uwe.api.get(path + "/photos.zip"), 404, "not_found")
    # Rita sees everybody's: seeing is not exporting, and exporting one's own is not exporting all that one sees.
    refused(cast.rita.api.get(path + "/photos.zip"), 403, "screen_not_granted")
    cast.north.inside.patch(f"/users/{cast.rita.id}", {"roles": [cast.supervisor_role, exporter]}, expect=200)
    cast.rita.api.get(path, expect=200)
    refused(cast.rita.api.get(path + "/photos.zip"), 404, "not_found")


def memory(server, field):
    status = open(f"/proc/{server.pid}/status").read()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) // 1024


def test_a_large_archive_does_not_pass_through_memory(cast, exporter):
    session = photographed(cast, ["front"] * 10, jpeg((2560, 1920), noise=True))
    before = memory(cast.server, "VmRSS")
    with open(f"/proc/{cast.server.pid}/clear_refs", "w") as peak:
        peak.write("5")
    size = 0
    with cast.una.api.get(f"/sessions/{session['id']}/photos.zip", stream=True) as answer:
        # Whoever reads slowly must not have the rest waiting in the server's memory.
        time.sleep(1)
        for piece in answer.iter_content(1 << 20):
            size += len(piece)
            time.sleep(0.01)
    assert size > 30 << 20
    assert memory(cast.server, "VmHWM") - before < 16


def test_an_archive_that_breaks_off_is_no_archive(cast, exporter):
    session = photographed(cast, ["front", "rear"], jpeg())
    for file in (cast.server.data / "blobs").glob("??/??/*"):
        file.unlink()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        cast.una.api.get(f"/sessions/{session['id']}/photos.zip")
    assert "an answer broke off" in cast.server.log
    assert cast.una.api.get("/me").status_code == 200
