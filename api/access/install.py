"""Puts an app behind its door: who asks, what is asked at once, and what the answers carry."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.access import Access
from api.access.body import STREAMS, BoundedBodies
from api.access.callers import NotKnown
from api.access.hosts import KnownHosts
from api.headers import SafeHeaders
from api.methods import Heads
from api.pages import wants_page
from api.problems import answered
from api.tus_door import SpeaksTus

SENT = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Tus-Resumable",
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-HTTP-Method-Override",
)
READ = (
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "WWW-Authenticate",
)


def install(app: FastAPI, access: Access, *, streams: Mapping[str, Iterable[str]] = STREAMS) -> None:
    """After `problems.install`; in place of adding `SafeHeaders`. `streams`: see `BoundedBodies`."""
    app.state.access = access
    app.add_exception_handler(NotKnown, _sign_in)
    app.add_middleware(Heads)
    app.add_middleware(Notes)
    app.add_middleware(BoundedBodies, streams=streams)
    app.add_middleware(SpeaksTus)
    if access.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(access.settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=list(SENT),
            expose_headers=list(READ),
            allow_credentials=False,  # other sites' scripts bring a key or a link, never a cookie
            max_age=600,
        )
    app.add_middleware(KnownHosts, names=access.settings.names)
    app.add_middleware(SafeHeaders, tls=(access.settings.public_url or "").startswith("https:"))


class Notes:
    """Puts on the answer what was noted while the request was let in: limits, and a renewed session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        state = scope.setdefault("state", {})

        async def send_with_notes(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(state.get("limits", {}))
                mine = {cookie.partition("=")[0] for cookie in headers.getlist("set-cookie")}
                for cookie in state.get("cookies", ()):
                    if cookie.partition("=")[0] not in mine:  # whoever signs out is not signed in again
                        headers.append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_notes)


def _sign_in(request: Request, error: Exception) -> Response:
    """A person on one of our pages is sent to sign in; everything else is told what is missing."""
    assert isinstance(error, NotKnown)  # noqa: S101 the registration above says so
    access: Access = request.app.state.access
    if request.method == "GET" and wants_page(request) and access.settings.oidc is not None:
        page = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/session/login?next={quote(page, safe='')}", status_code=303)
    return answered(request, error)
