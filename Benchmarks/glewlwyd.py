"""Glewlwyd, an authorization server in C, as a peer: on SQLite as Latchkey is, with one client and one of its access tokens.

It is given what makes it quick: no log but of errors, and tokens signed by HMAC, though RSA and ECDSA made no difference beyond the noise. Debian's
package installs it.
"""

import base64
import gzip
import json
import pathlib
import shutil
import sqlite3
import urllib.error
import urllib.parse
import urllib.request

from machine import Process, environment

SCRIPT = pathlib.Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
LIBRARIES = pathlib.Path("/usr/lib/glewlwyd")
CLIENT, SECRET = "bench", "quiet-harbour-lantern"


class Glewlwyd(Process):
    """Starts on a database of its own in `folder`; `introspection()` is what to ask it and with what."""

    ready_path = "/config"

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "none").mkdir(parents=True)
        with sqlite3.connect(folder / "glewlwyd.db") as database:
            database.executescript(gzip.decompress(SCRIPT.read_bytes()).decode())
        database.close()
        (folder / "conf").write_text(f"""port={self.port}
bind_address="127.0.0.1"
external_url="{self.url}"
login_url="login.html"
api_prefix="api"
log_mode="file"
log_level="ERROR"
log_file="{folder}/log"
cookie_domain="localhost"
cookie_secure=0
session_expiration=86400
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
max_post_size=16778240
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{LIBRARIES}/user"
user_middleware_module_path="{folder}/none"
client_module_path="{LIBRARIES}/client"
user_auth_scheme_module_path="{LIBRARIES}/scheme"
plugin_module_path="{LIBRARIES}/plugin"
use_secure_connection=false
secure_connection_key_file="none"
secure_connection_pem_file="none"
secure_connection_ca_file="none"
hash_algorithm="SHA512"
database = {{ type = "sqlite3" path = "{folder}/glewlwyd.db" }};
""")

    def command(self):
        return ["glewlwyd", "--config-file", self.folder / "conf"]

    def environment(self):
        return environment()

    def start(self):
        super().start()
        self._cookie = self._ask("POST", "/api/auth/", {"username": "admin", "password": "password"}, session=True)
        parameters = {
            "iss": self.url, "jwt-type": "sha", "jwt-key-size": "256", "key": "a-secret-of-the-benchmark-that-is-long-enough", "cert": "",
            "access-token-duration": 86_400, "refresh-token-duration": 86_400, "code-duration": 600, "auth-type-client-enabled": True,
            "allow-non-oidc": True, "introspection-revocation-allowed": True, "introspection-revocation-allow-target-client": True,
            "introspection-revocation-auth-scope": [], "allowed-scope": ["openid"]}
        self._ask("POST", "/api/mod/plugin/", {
            "module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "order_rank": 0, "readonly": False, "parameters": parameters})
        self._ask("POST", "/api/scope/", {"name": "rooms", "display_name": "Rooms", "password_required": False, "scheme": {}})
        self._ask("POST", "/api/client/", {
            "client_id": CLIENT, "name": "Bench", "enabled": True, "confidential": True, "client_secret": SECRET, "scope": ["rooms"],
            "authorization_type": ["client_credentials"], "token_endpoint_auth_method": ["client_secret_basic"]})
        self.token = self._form("/api/oidc/token", {"grant_type": "client_credentials", "scope": "rooms"})["access_token"]
        if self._form("/api/oidc/introspect", {"token": self.token}).get("active") is not True:
            raise SystemExit("glewlwyd does not know its own token")
        return self

    def introspection(self):
        return self.url + "/api/oidc/introspect", (CLIENT, SECRET), self.token

    def _ask(self, method, path, body, session=False):
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), method=method, headers={"Content-Type": "application/json"})
        if not session:
            request.add_header("Cookie", self._cookie)
        with self._open(request) as answer:
            return answer.headers["Set-Cookie"].split(";")[0] if session else None

    def _form(self, path, fields):
        request = urllib.request.Request(self.url + path, data=urllib.parse.urlencode(fields).encode())
        request.add_header("Authorization", basic(CLIENT, SECRET))
        with self._open(request) as answer:
            return json.loads(answer.read())

    def _open(self, request):
        try:
            return urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"glewlwyd: {request.selector}: {error.code} {error.read().decode()}") from None


def basic(user, password):
    """The header of a client that authenticates itself."""
    return "Basic " + base64.b64encode(f"{urllib.parse.quote(user, safe='')}:{urllib.parse.quote(password, safe='')}".encode()).decode()
