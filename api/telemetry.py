"""Each request has an id, is counted and timed by its route, and leaves one line in the log."""

import re
import time

import structlog
import uuid_utils
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inspection.telemetry.log import bind
from inspection.telemetry.metrics import REGISTRY, REQUEST_SECONDS, REQUESTS
from inspection.telemetry.traces import span

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADER = "X-Request-ID"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

router = APIRouter(tags=["health"])
log = structlog.get_logger("inspection.requests")


@router.get("/metrics", summary="Metrics", response_class=Response)
def metrics() -> Response:
    """For Prometheus. Keep it from the outside: docs/operations says how."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


class Counted:
    """Outermost but for the server itself: what any layer answers is counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        started = time.perf_counter()
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with bind(request_id=request_id), span("request", method=scope["method"]):
            try:
                await self._app(scope, receive, note)
            finally:
                _count(scope, status, time.perf_counter() - started)


def _count(scope: Scope, status: int, seconds: float) -> None:
    # by the route's pattern, not the path: ids would make a series each
    path = getattr(scope.get("route"), "path", None) or "unknown"
    REQUESTS.labels(route=path, method=scope["method"], status=str(status)).inc()
    REQUEST_SECONDS.labels(route=path).observe(seconds)
    if path not in _QUIET:
        log.info("answered", route=path, method=scope["method"], status=status, ms=round(seconds * 1000, 1))


def _id_of(scope: Scope) -> str:
    """The caller's own, where it looks like one; else a new one."""
    for name, value in scope["headers"]:
        if name == _HEADER.lower().encode() and _ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return str(uuid_utils.uuid7())
