"""`Idempotency-Key` on every POST: a route of this class answers a repeated request as the first time.

A route asks `once(request, act)` to act: it is skipped where the key's effect is there already, and the
answer is made from what stands. What it makes gets `made_id(request)`, so that it is made once.
"""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.access.callers import KnowsCallers
from api.problems import answered
from inspection.errors import InspectionError, RequestRejected, SetupProblem
from inspection.ports import KeptAnswer, Keys, Turn

T = TypeVar("T")
HEADER = "Idempotency-Key"
DOCUMENTED = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "The first answer under a key is kept for a day; what is sent again is not done again.",
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
_KEPT_HEADERS = ("content-type", "location", "etag")
_LONGEST = 255


class KeyUnusable(RequestRejected):
    """A key that no client library would make."""

    def __init__(self) -> None:
        super().__init__(f"An {HEADER} has 1 to {_LONGEST} printable ASCII characters.")


class Idempotent(APIRoute):
    """Where the request has a key. It is one caller's own: another's same key is another key."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        """As FastAPI makes it; a POST's description names the key."""
        if "POST" in (more.get("methods") or ()):
            extra = more.get("openapi_extra") or {}
            more["openapi_extra"] = {**extra, "parameters": [*extra.get("parameters", []), DOCUMENTED]}
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Around what the route does."""
        handle = super().get_route_handler()

        async def once_a_key(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            if not 1 <= len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
                raise KeyUnusable
            keys: Keys = request.app.state.desk.product.idempotency
            told = await _fingerprint(request)
            caller = await to_thread.run_sync(_caller, request)
            turn = await to_thread.run_sync(keys.begin, caller, key, told)
            if isinstance(turn, KeptAnswer):
                headers = {**turn.headers, "Idempotent-Replayed": "true"}
                return Response(turn.body, status_code=turn.status, headers=headers)
            request.state.turn = turn
            return await _first(request, handle, keys, turn)

        return once_a_key


async def _first(
    request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]], keys: Keys, turn: Turn
) -> Response:
    """What fails for a reason of ours, or leaves no answer, frees the key; every other answer is kept."""
    try:
        response = await handle(request)
    except InspectionError as error:
        response = answered(request, error)
        if isinstance(error, SetupProblem) or response.status_code in (401, 403, 409, 429):
            await to_thread.run_sync(keys.release, turn)
            return response
    except BaseException:
        await to_thread.run_sync(keys.release, turn)
        raise
    if "no-store" in response.headers.get("cache-control", ""):  # a secret: made again from what stands
        await to_thread.run_sync(keys.release, turn)
        return response
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept = KeptAnswer(status=response.status_code, headers=headers, body=bytes(response.body))
    await to_thread.run_sync(keys.answer, turn, kept)
    return response


def once(request: Request, act: Callable[[], T]) -> T | None:
    """Act, unless this key's effect is there already (`None`): then a crash came before the answer."""
    turn: Turn | None = getattr(request.state, "turn", None)
    if turn is None:
        return act()
    if turn.done:
        return None
    keys: Keys = request.app.state.desk.product.idempotency
    with keys.noted(turn):
        return act()


def made_id(request: Request) -> str | None:
    """The id of what this key makes; `None` without a key."""
    turn: Turn | None = getattr(request.state, "turn", None)
    return None if turn is None else turn.made_id


def _caller(request: Request) -> str:
    """Whose key it is. Raises `Unauthenticated`: what was answered before is for who still may ask."""
    access: KnowsCallers | None = getattr(request.app.state, "access", None)
    if access is not None:
        return access.caller(request).id
    told = request.headers.get("authorization", "") + request.headers.get("cookie", "")
    return hashlib.sha256(told.encode()).hexdigest()  # an app without a door, as tests make them


async def _fingerprint(request: Request) -> str:
    """Of all that the request asks. Files count by their length and digest: they are read only once."""
    content_type = request.headers.get("content-type", "")
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}".encode())
    if content_type.startswith("multipart/"):
        for name in ("content-length", "content-digest"):
            digest.update(request.headers.get(name, "").encode())
    else:
        digest.update(await request.body())
    for name, value in sorted(request.headers.items()):
        if name.startswith("upload-"):  # tus says there what a body would say elsewhere
            digest.update(f"{name}:{value}".encode())
    return digest.hexdigest()
