"""The stack, with what tests do to it."""

import contextlib
import os
import signal
import socket
import threading

from stack import Stack


class House(Stack):
    @property
    def url(self):
        return self.origin

    def pause(self, name):
        """As if the machine of this process had been suspended."""
        os.kill(self.running[name].pid, signal.SIGSTOP)

    def go_on(self, name):
        os.kill(self.running[name].pid, signal.SIGCONT)

    @contextlib.contextmanager
    def in_place_of_the_dashboard(self):
        """The heads of the requests that nginx sends to the dashboard, which is away for so long."""
        self.end("dashboard")
        path, heads = self.scratch / "hotel.sock", []
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(path))
            path.chmod(0o666)
            door.listen()

            def answer():
                while True:
                    try:
                        caller, _ = door.accept()
                    except OSError:
                        return
                    with caller:
                        heads.append(caller.recv(65536).decode("latin-1"))
                        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

            thread = threading.Thread(target=answer, daemon=True)
            thread.start()
            yield heads
            door.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        self.start_dashboard()
        self.until_dashboard()
