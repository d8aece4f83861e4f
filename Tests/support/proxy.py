"""A weak network: a proxy on loopback that loses a photo on its way, or the answer to it."""

import re
import socket
import threading

from support.server import free_port


class WeakNetwork:
    """Between a browser and `server`, at `url`. Set `uploads` to what becomes of photos; everything else passes.

    - `"pass"`: they arrive, and so do their answers.
    - `"cut"`: the connection ends in the middle of the photo.
    - `"deaf"`: the photo arrives whole, and the connection ends in the place of the answer.
    """

    MIDDLE = 100_000

    def __init__(self, server):
        self.server, self.uploads, self.sent = server, "pass", []
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"

    def __enter__(self):
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    @property
    def photo_ids(self):
        """Under which ids photos were sent, each time one was."""
        return [found[1].decode() for body in self.sent if (found := re.search(rb'name="photo_id"\r\n\r\n([^\r]+)', body))]

    def _accept(self):
        while True:
            try:
                browser, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server.port))
            upload = {"bytes": None, "fate": "pass"}
            threading.Thread(target=self._up, args=(browser, server, upload), daemon=True).start()
            threading.Thread(target=self._down, args=(server, browser, upload), daemon=True).start()

    def _up(self, browser, server, upload):
        while data := _read(browser):
            if re.match(rb"[A-Z]+ /\S* HTTP/1.1\r\n", data):
                is_photo = re.match(rb"POST /c/\S+/photos ", data)
                upload |= {"bytes": 0 if is_photo else None, "fate": self.uploads if is_photo else "pass"}
                if is_photo:
                    self.sent.append(b"")
            if upload["bytes"] is not None:
                upload["bytes"] += len(data)
                if len(self.sent[-1]) < 8192:
                    self.sent[-1] += data
                if upload["fate"] == "cut" and upload["bytes"] > self.MIDDLE:
                    break
            if not _write(server, data):
                break
        _end(browser, server)

    def _down(self, server, browser, upload):
        while data := _read(server):
            if upload["fate"] == "deaf" or not _write(browser, data):
                break
        _end(browser, server)


def _read(connection):
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def _write(connection, data):
    try:
        connection.sendall(data)
        return True
    except OSError:
        return False


def _end(*connections):
    for connection in connections:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()
