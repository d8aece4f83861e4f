"""The image worker, run as the server runs it, and a reader of JPEG that knows no more than the order of its segments."""

import json
import os
import pathlib
import subprocess
import tempfile

from support.server import binary

NAMES = ("full", "large", "thumb")


def worker():
    return str(pathlib.Path(binary()).with_name("latchkey-images"))


def run(picture):
    """The worker's answer, and the bytes of each rendition by its name."""
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        (at / "in").write_bytes(picture)
        command = f'exec "$0" 0 {len(picture)} <in 3>full 4>large 5>thumb'
        done = subprocess.run(["bash", "-c", command, worker()], cwd=at, capture_output=True, timeout=20, env={})
        assert done.returncode == 0, (done.returncode, done.stderr)
        answer = json.loads(done.stdout)
        return answer, {name: (at / name).read_bytes() for name in NAMES}


def renditions(picture):
    answer, made = run(picture)
    assert "refused" not in answer, answer
    for name in NAMES:
        assert answer[name]["bytes"] == len(made[name]) > 0
    return answer, made


def segments(jpeg):
    """The segments of a JPEG, each (marker, bytes), up to its end; what follows the end is an error."""
    assert jpeg[:2] == b"\xff\xd8"
    found, at = [], 2
    while True:
        assert jpeg[at] == 0xFF, f"no marker at {at}"
        marker = jpeg[at + 1]
        at += 2
        if marker == 0xD9:
            assert at == len(jpeg), "something follows the end"
            return found
        length = int.from_bytes(jpeg[at : at + 2], "big")
        found.append((marker, jpeg[at + 2 : at + length]))
        at += length
        if marker == 0xDA:
            while not (jpeg[at] == 0xFF and jpeg[at + 1] != 0 and not 0xD0 <= jpeg[at + 1] <= 0xD7):
                at += 1
