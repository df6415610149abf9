"""Which methods an address takes: whoever tried another is told all, and HEAD goes where GET does."""

from collections.abc import MutableMapping
from typing import Any

from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KNOWN = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def takes(scope: MutableMapping[str, Any], method: str) -> bool:
    """Whether a route of this request's app is for its path, asked so."""
    asked = {
        "type": "http",
        "method": method,
        "path": scope["path"],
        "root_path": scope.get("root_path", ""),
        "headers": [],
    }
    return any(route.matches(asked)[0] is Match.FULL for route in scope["app"].router.routes)


def allowed_at(scope: MutableMapping[str, Any]) -> str:
    """For the header Allow."""
    allowed = [method for method in _KNOWN if takes(scope, method)]
    if "GET" in allowed and "HEAD" not in allowed:
        allowed.insert(1, "HEAD")
    return ", ".join(allowed)


class Heads:
    """A HEAD that no route is made for is answered as a GET, without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or takes(scope, "HEAD"):
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        scope["method"] = "GET"
        try:
            await self._app(scope, receive, without_body)
        finally:
            scope["method"] = "HEAD"
