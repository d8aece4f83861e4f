"""All that the dashboard asks Latchkey itself: what somebody may do at a place, whose token this is, whether a login still lives."""

import asyncio
import dataclasses
import json
import time
import urllib.parse

import aiohttp

from hotel.visitor import Visitor


class Unavailable(Exception):
    """Latchkey does not answer, or not as it should: nothing is allowed then."""


@dataclasses.dataclass(frozen=True)
class Device:
    """Whose access token it is, and what that may do."""

    client_id: str
    functions: dict

    def may(self, function, level="read"):
        held = self.functions.get(function)
        return held == "full" or (held == "read" and level == "read")


class Latchkey:
    """A client with an integration's credentials, which it trades for access tokens; needs the functions `decisions` and `users` at read."""

    def __init__(self, url, client_id, client_secret):
        self.url, self.credentials = url, aiohttp.BasicAuth(urllib.parse.quote(client_id, safe=""), urllib.parse.quote(client_secret, safe=""))
        self._token, self._good_until, self._renewing = "", 0.0, asyncio.Lock()
        self._names = {}

    async def __aenter__(self):
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5), connector=aiohttp.TCPConnector(limit=200), max_field_size=32_768)
        return self

    async def __aexit__(self, *_):
        await self._http.close()

    # MARK: Decisions (OpenID AuthZEN)

    async def may_each(self, visitor, questions):
        """For each `(function, level, place)` whether the visitor may, in one request; `place` is none for what has none."""
        if not questions:
            return []
        asked = [{"action": {"name": action}, "resource": resource(function, place)} for function, action, place in questions]
        answer = await self._post("/access/v1/evaluations", {"subject": {"type": "user", "id": visitor.id}, "evaluations": asked})
        found = answer.get("evaluations", [])
        if len(found) != len(questions):
            raise Unavailable("an evaluation is missing")
        return [one.get("decision") is True for one in found]

    async def may(self, visitor, function, action, place=None):
        """Whether the visitor may, and why or why not."""
        answer = await self._post("/access/v1/evaluation", {
            "subject": {"type": "user", "id": visitor.id}, "action": {"name": action}, "resource": resource(function, place)})
        return answer.get("decision") is True, (answer.get("context") or {}).get("reason", "")

    async def who_may(self, function, action, place=None):
        """The names of all who may, page after page."""
        found, token = [], None
        while True:
            body = {"subject": {"type": "user"}, "action": {"name": action}, "resource": resource(function, place)}
            answer = await self._post("/access/v1/search/subject", body | ({"page": {"token": token}} if token else {}))
            found += [one["id"] for one in answer.get("results", [])]
            token = (answer.get("page") or {}).get("next_token")
            if not token:
                return sorted(await asyncio.gather(*(self._name(one) for one in found)))

    async def _name(self, user):
        if user not in self._names:
            status, answer = await self._ask("GET", f"/api/v1/users/{user}")
            if status != 200:
                return user
            self._names[user] = f"{answer['first_name']} {answer['last_name']}"
        return self._names[user]

    # MARK: Tokens and logins

    async def introspect(self, token):
        """The device whose token this is; none where it is not live. Asked each time: a token that ended is refused at once."""
        async with self._request("POST", "/oauth/introspect", data={"token": token}, auth=self.credentials) as answer:
            if answer.status != 200:
                raise Unavailable(f"introspection answered {answer.status}")
            said = await answer.json()
        return Device(said.get("client_id", ""), said.get("functions", {})) if said.get("active") is True else None

    async def verify(self, credentials):
        """Who the login with these headers is of now, without that counting as activity; none when it has ended."""
        async with self._request("GET", "/auth/verify", headers=credentials | {"Latchkey-Background": "1"}) as answer:
            if answer.status in (401, 403):
                return None
            if answer.status != 200:
                raise Unavailable(f"verification answered {answer.status}")
            return Visitor.of(answer.headers)

    # MARK: Asking

    async def _post(self, path, body):
        status, answer = await self._ask("POST", path, body)
        if status != 200:
            raise Unavailable(f"{path} answered {status}")
        return answer

    async def _ask(self, method, path, body=None):
        for is_last in (False, True):
            token = await self._access_token()
            async with self._request(method, path, json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
                if answer.status == 401 and not is_last:
                    # It was revoked before its time.
                    self._good_until = 0
                    continue
                return answer.status, await answer.json(content_type=None)

    async def _access_token(self):
        async with self._renewing:
            if time.monotonic() >= self._good_until:
                form = {"grant_type": "client_credentials"}
                async with self._request("POST", "/oauth/token", data=form, auth=self.credentials) as answer:
                    if answer.status != 200:
                        raise Unavailable(f"no access token: {answer.status} {(await answer.text())[:200]}")
                    said = await answer.json()
                self._token = said["access_token"]
                self._good_until = time.monotonic() + max(1, said["expires_in"] - 30)
        return self._token

    def _request(self, method, path, **options):
        return Asking(self._http.request(method, self.url + path, allow_redirects=False, **options))


class Asking:
    """One request; whatever goes wrong on the way is `Unavailable`."""

    def __init__(self, request):
        self.request = request

    async def __aenter__(self):
        try:
            return await self.request.__aenter__()
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise Unavailable(str(error) or "no answer in time") from error

    async def __aexit__(self, kind, error, trace):
        await self.request.__aexit__(kind, error, trace)
        if isinstance(error, (aiohttp.ClientError, asyncio.TimeoutError, json.JSONDecodeError)):
            raise Unavailable(str(error)) from error


def resource(function, place):
    return {"type": "function", "id": function} | ({"properties": {"place": place}} if place else {})
