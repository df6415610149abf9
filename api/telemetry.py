"""Each request has an id, is counted and timed by its route, and leaves one line in the log."""

import asyncio
import re
import time

import structlog
import uuid_utils
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ending, unexpected
from inspection.ending import ENDING
from inspection.telemetry.log import bind
from inspection.telemetry.metrics import REQUEST_SECONDS, REQUESTS, text

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_HEADER = "X-Request-ID"
_NAMES = re.compile(r"(\w+_)?id|sha256")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

router = APIRouter(tags=["health"])
log = structlog.get_logger("inspection.requests")


@router.get("/metrics", summary="Metrics", response_class=Response)
def metrics() -> Response:
    """For Prometheus, where it has no port of its own. Keep it from the outside: docs/operations says how."""
    return Response(text(), media_type=CONTENT_TYPE_LATEST)


class Counted:
    """Outermost but for the server itself: what any layer answers is counted, and a fault is logged here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        started = time.perf_counter()
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_HEADER] = request_id
            await send(message)

        with bind(request_id=request_id):
            try:
                await self._app(scope, receive, note)
            except asyncio.CancelledError:  # by the server, whose time for requests is over
                if status or not ENDING.begun:
                    raise
                await ending(Request(scope, receive))(scope, receive, note)
            except Exception as error:
                log.error("failed", **_about(scope), exc_info=error)
                if status:  # too late for another answer: the connection is cut
                    raise
                await unexpected(Request(scope, receive), error)(scope, receive, note)
            finally:
                _count(scope, status or 500, time.perf_counter() - started)


def _count(scope: Scope, status: int, seconds: float) -> None:
    about = _about(scope)
    route, method = about["route"], about["method"]
    REQUESTS.labels(route=route, method=method, status=str(status)).inc()
    REQUEST_SECONDS.labels(route=route).observe(seconds)
    if route not in _QUIET:
        log.info("answered", **about, status=status, ms=round(seconds * 1000, 1))


def _about(scope: Scope) -> dict[str, str]:
    """Who asked for what: by the route's pattern, not the path, for ids would make a series each."""
    route = getattr(scope.get("route"), "path", None) or "unknown"
    method = scope["method"] if scope["method"] in _METHODS else "other"  # a caller may make them up
    asked = {
        name: str(value)[:64]
        for name, value in scope.get("path_params", {}).items()
        if _NAMES.fullmatch(name)
    }
    state = scope.get("state", {})
    caller = state["caller"].id if "caller" in state else state.get("asks")  # known, and perhaps refused
    by = {} if caller is None else {"caller": caller}
    return {**asked, **by, "route": route, "method": method}


def _id_of(scope: Scope) -> str:
    """The caller's own, where it looks like one; else a new one."""
    for name, value in scope["headers"]:
        if name == _HEADER.lower().encode() and _ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return str(uuid_utils.uuid7())
