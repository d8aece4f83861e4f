"""A mail server on loopback, as the tests need it: it keeps what it takes, and can be slow, deaf, or speak TLS."""

import asyncio
import email
import email.policy
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from support.server import free_port


class Sink:
    """Takes mails on `port`. `delay` is how long it takes to say that it took one; `tls` a certificate's (chain, key)."""

    def __init__(self, port=None, tls=None, implicit=False, login=None, delay=0):
        self.port, self.delay, self.login = port or free_port(), delay, login
        self.mails, self.logins, self.answer = [], [], "250 taken"
        self.held = threading.Event()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        options = dict(auth_required=login is not None, authenticator=self._login, auth_require_tls=tls is not None, ident="sink")
        if context and not implicit:
            options |= dict(tls_context=context, require_starttls=True)
        if implicit:
            self._controller = _Implicit(self, self.port, context, options)
        else:
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10, **options)

    def _login(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == self.login)

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.mails.append(Mail(envelope))
        self.held.set()
        if self.delay:
            await asyncio.sleep(self.delay)
        return self.answer

    def start(self):
        self._controller.start()
        return self

    def stop(self):
        self._controller.stop(no_assert=True)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def wait(self, count=1, seconds=15, to=None):
        """The mails, once there are so many."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [mail for mail in self.mails if to is None or mail.to == to]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(self.mails)} mails and not {count} within {seconds} s: {[mail.to for mail in self.mails]}")


class _Implicit(Controller):
    """TLS from the first byte."""

    def __init__(self, handler, port, context, options):
        options = {name: value for name, value in options.items() if name != "auth_require_tls"}
        super().__init__(handler, hostname="127.0.0.1", port=port, ssl_context=context, ready_timeout=10, auth_require_tls=False, **options)

    def _trigger_server(self):
        """The controller would greet without a certificate that it trusts; a connection is enough."""
        socket.create_connection(("127.0.0.1", self.port), timeout=5).close()


class Mail:
    """One mail as it was taken."""

    def __init__(self, envelope):
        self.sender, (self.to,) = envelope.mail_from, envelope.rcpt_tos
        self.bytes = envelope.content
        self.message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.text = self.message.get_body(("plain",)).get_content()
        self.html = self.message.get_body(("html",)).get_content()

    def link(self, path="/r/"):
        """The one-time link in it."""
        return re.search(rf"https?://\S+{path}(lk_\w+)", self.text)[0]

    def token(self, path="/r/"):
        return self.link(path).rsplit("/", 1)[1]


def certificate(folder, name="localhost"):
    """An authority of the test's own, and a certificate by it for this name: (authority, chain, key)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: E731
    ca, ca_key, key, request, chain = (folder / part for part in ("ca.pem", "ca.key", "key.pem", "request.pem", "chain.pem"))
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", "/CN=test authority")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    extension = folder / "extension"
    extension.write_text(f"subjectAltName=DNS:{name}\n")
    run("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", chain, "-days", "2", "-extfile", extension)
    return ca, chain, key
