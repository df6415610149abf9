"""Bodies of ordinary requests: small, whole and in time before any route sees them.

Photos arrive on the few paths that read them piece by piece, with limits of their own (`api.uploads`, tus).
Whatever comes to another path is taken into memory here, up to a limit, and no slow sender holds a thread.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MOST_BYTES = 1_000_000
MOST_SECONDS = 20.0
MOST_HEADERS = 100
STREAMS = {
    "multipart/form-data": (
        r"/inspections",
        r"/v1/classify",
        r"/v1/inspections/[^/]+/photos",
        r"/v1/references",
    ),
    "application/offset+octet-stream": (r"/v1/uploads/[^/]+", r"/v1/inspections/[^/]+/uploads"),
}
"""Each content type that is read piece by piece, and the paths, as regular expressions, that read it so."""


class BoundedBodies:
    """`streams`: see `STREAMS`. Whatever else comes, to whatever path, is bounded."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        streams: Mapping[str, Iterable[str]] = STREAMS,
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._app = app
        self._streams = {kind: re.compile("|".join(paths)) for kind, paths in streams.items()}
        self._most_bytes, self._most_seconds = most_bytes, most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        if len(headers) > MOST_HEADERS:
            await _refuse(send, 431, "too_many_headers", f"A request has at most {MOST_HEADERS} headers.")
            return
        told = {name: value.decode("latin-1") for name, value in headers}
        if self._is_stream(scope["path"], told) or not _has_body(told):
            await self._app(scope, receive, send)
            return
        await self._whole(scope, receive, send, told.get(b"content-length", "0"))

    def _is_stream(self, path: str, told: dict[bytes, str]) -> bool:
        kind = told.get(b"content-type", "").partition(";")[0].strip().lower()
        return kind in self._streams and self._streams[kind].fullmatch(path) is not None

    async def _whole(self, scope: Scope, receive: Receive, send: Send, length: str) -> None:
        too_large = f"This is too much for one request; the most we take here is {self._most_bytes} bytes."
        if length.isdigit() and int(length[:20]) > self._most_bytes:
            await _refuse(send, 413, "body_too_large", too_large)
            return
        try:
            async with asyncio.timeout(self._most_seconds):
                body = await self._read(receive)
        except TimeoutError:
            detail = f"The request did not arrive within {self._most_seconds:.0f} s. Please send it again."
            await _refuse(send, 408, "body_too_slow", detail)
            return
        except ClientDisconnect:
            return  # nobody is there to be answered
        if body is None:
            await _refuse(send, 413, "body_too_large", too_large)
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._most_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def _has_body(told: dict[bytes, str]) -> bool:
    return b"transfer-encoding" in told or told.get(b"content-length", "0") != "0"


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body at once, and after it whatever the connection says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _refuse(send: Send, status: int, code: str, detail: str) -> None:
    """Answered without reading on, so the connection ends with it."""
    body = json.dumps(problem(status, code, detail)).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
