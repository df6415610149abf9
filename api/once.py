"""`Idempotency-Key` on every POST: a route of this class answers a repeated request as the first time.

A route asks `once(request, act)` to act: it is skipped where the key's effect is there already, and the
answer is made from what stands. What it makes gets `made_id(request)`, so that it is made once.
"""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.access.asked import allowed
from api.access.callers import Allow, KnowsCallers
from api.problems import answered
from api.sent import PassingForm, is_form
from inspection.errors import InspectionError, KeyReused, RequestRejected, SetupProblem
from inspection.ports import IdempotencyKeys, KeptAnswer, RequestTurn

T = TypeVar("T")
Handle = Callable[[Request], Coroutine[Any, Any, Response]]
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
_FREES = (400, 401, 403, 408, 409, 412, 413, 429)
"""Answers that say nothing of the request itself, or that it did not come whole: the key is free again.

412 is one: nothing was done, and the same request with the ETag of now is another try.
"""
_HELD_FOR = timedelta(seconds=30)
_HELD_FOR_A_FORM = timedelta(seconds=60)
"""Before another may take its place. Whoever sends a request again after its process died waits no longer;
one that is still under way by then loses its turn, and with it its effect (`inspection.store.idempotency`).
"""


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

    def get_route_handler(self) -> Handle:
        """Around what the route does."""
        handle, rule = super().get_route_handler(), allowed(self)

        async def once_a_key(request: Request) -> Response:
            key = request.headers.get(HEADER) if request.method == "POST" else None
            if rule is None and key is None:
                return await handle(request)
            # first: of what somebody may not ask, nothing is read, judged or answered from what is kept
            caller = await to_thread.run_sync(_let_in, request, rule)
            if key is None:
                return await handle(request)
            if not 1 <= len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
                raise KeyUnusable
            return await _under(key, caller, request, handle)

        return once_a_key


async def _under(key: str, caller: str, request: Request, handle: Handle) -> Response:
    """The first answer under this key, or this one."""
    keys: IdempotencyKeys = request.app.state.desk.product.idempotency
    form = PassingForm(request) if is_form(request) else None
    told = await _fingerprint(request, with_body=form is None)
    held_for = _HELD_FOR if form is None else _HELD_FOR_A_FORM
    turn = await to_thread.run_sync(partial(keys.begin, caller, key, told, held_for=held_for))
    if isinstance(turn, KeptAnswer):
        if form is not None and await form.read() != turn.form_sha256:
            raise KeyReused
        headers = {**turn.headers, "Idempotent-Replayed": "true"}
        return Response(turn.body, status_code=turn.status, headers=headers)
    request.state.turn = turn
    response, may_keep = await _first(form.request if form is not None else request, handle, keys, turn)
    digest = None if form is None else form.digest
    if not may_keep or (form is not None and digest is None):  # answered before all of it had come
        await to_thread.run_sync(keys.release, turn)
        return response
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept = KeptAnswer(
        status=response.status_code, headers=headers, body=bytes(response.body), form_sha256=digest
    )
    await to_thread.run_sync(keys.answer, turn, kept)
    return response


async def _first(
    request: Request, handle: Handle, keys: IdempotencyKeys, turn: RequestTurn
) -> tuple[Response, bool]:
    """The answer, and whether it is one to keep: none that may be another the next time, and no secret."""
    try:
        response = await handle(request)
    except InspectionError as error:
        passes = isinstance(error, SetupProblem)
        response = answered(request, error)
        return response, not passes and response.status_code not in _FREES
    except BaseException:
        await to_thread.run_sync(keys.release, turn)
        raise
    secret = "no-store" in response.headers.get("cache-control", "")  # made again from what stands
    return response, not secret and response.status_code not in _FREES


def once(request: Request, act: Callable[[], T]) -> T | None:
    """Act, unless this key's effect is there already (`None`): then a crash came before the answer."""
    turn: RequestTurn | None = getattr(request.state, "turn", None)
    if turn is None:
        return act()
    if turn.done:
        return None
    keys: IdempotencyKeys = request.app.state.desk.product.idempotency
    with keys.noted(turn):
        return act()


def made_id(request: Request) -> str | None:
    """The id of what this key makes; `None` without a key."""
    turn: RequestTurn | None = getattr(request.state, "turn", None)
    return None if turn is None else turn.made_id


def begun_at(request: Request) -> datetime | None:
    """When the first request under this key came; `None` without a key."""
    turn: RequestTurn | None = getattr(request.state, "turn", None)
    return None if turn is None else turn.begun_at


def _let_in(request: Request, rule: Allow | None) -> str:
    """Whose key it is. Raises `Unauthenticated` or `Forbidden`: kept answers are for who still may ask."""
    access: KnowsCallers | None = getattr(request.app.state, "access", None)
    if access is not None:
        caller = access.caller(request)
        if rule is not None:
            rule(caller)
        return caller.owner
    told = request.headers.get("authorization", "") + request.headers.get("cookie", "")
    return hashlib.sha256(told.encode()).hexdigest()  # an app without a door, as tests make them


async def _fingerprint(request: Request, *, with_body: bool) -> str:
    """Of all that the request asks, but for a form: that is read only once, by its route."""
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}".encode())
    if with_body:
        digest.update(await request.body())
    for name, value in sorted(request.headers.items()):
        if name.startswith("upload-"):  # tus says there what a body would say elsewhere
            digest.update(f"{name}:{value}".encode())
    return digest.hexdigest()
