"""Where there is a public address, only its name is answered for: another's is a mistake, or an attempt.

Health and metrics are asked for by address, from within; and whoever is on this machine may say so.
"""

import json
from collections.abc import Iterable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.local import asked_host, is_loopback
from api.problems import problem

ANY_NAME = frozenset({"/healthz", "/readyz", "/metrics"})


class KnownHosts:
    """`names` are those that it is asked by, without a port; any, where there are none."""

    def __init__(self, app: ASGIApp, *, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self._names or scope["path"] in ANY_NAME:
            await self._app(scope, receive, send)
            return
        host = asked_host(Request(scope))
        if host in self._names or is_loopback(host):
            await self._app(scope, receive, send)
            return
        detail = "This service has another name. Its operator can add this one: INSPECTION_HOSTS."
        body = json.dumps(problem(421, "host_unknown", detail)).encode()
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 421, "headers": headers})
        await send({"type": "http.response.body", "body": body})
