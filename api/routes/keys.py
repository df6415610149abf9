"""API keys for other systems. A key's text is in one answer, and nowhere else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.bodies.access import KeyIn, KeyOut, KeysOut, NewKeyOut, RotateIn
from api.once import Idempotent, made_id, once
from inspection.access.keys import ApiKey, KeyMadeBefore, KeyNotFound, new_key
from inspection.wiring import new_id

router = APIRouter(tags=["access"], route_class=Idempotent)

Administrator = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="admin"))]


@router.get("/v1/keys", summary="List keys")
def keys(request: Request, caller: Administrator) -> KeysOut:
    """The keys, revoked and expired ones too."""
    return KeysOut(items=[KeyOut.of(key) for key in _access(request).keys.listed()])


@router.post("/v1/keys", summary="Make a key", status_code=201)
def create(request: Request, response: Response, caller: Administrator, wanted: KeyIn) -> NewKeyOut:
    """Its text is in this answer, and nowhere else: asked again under its Idempotency-Key, this is 409."""
    access = _access(request)
    id_ = made_id(request) or new_id()
    key, text = new_key(id_, wanted.name, wanted.scopes, now=access.clock(), expires_at=wanted.expires_at)
    _made(request, key, partial(access.keys.add, key))
    return _shown(response, key, text)


@router.get("/v1/keys/{key_id}", summary="Read about a key")
def read(request: Request, caller: Administrator, key_id: UUID) -> KeyOut:
    """What it is for, how long it holds, and when it was used last."""
    return KeyOut.of(_found(_access(request), key_id))


@router.post("/v1/keys/{key_id}/rotate", summary="Replace a key", status_code=201)
def rotate(
    request: Request, response: Response, caller: Administrator, key_id: UUID, wanted: RotateIn
) -> NewKeyOut:
    """A new key with the same name, scopes and expiry; the old one holds a while longer.

    The new one has the old one's Idempotency-Keys, too: what was asked with that is not done again with this.
    """
    access, now = _access(request), _access(request).clock()
    old = _found(access, key_id)
    id_ = made_id(request) or new_id()
    key, text = new_key(id_, old.name, old.scopes, now=now, expires_at=_later(old, now))
    until = now + timedelta(hours=wanted.overlap_hours)
    _made(request, key, partial(access.keys.replace, old.id, key, now=now, until=until))
    return _shown(response, key, text)


@router.delete("/v1/keys/{key_id}", summary="Revoke a key", status_code=204)
def revoke(request: Request, caller: Administrator, key_id: UUID) -> None:
    """From the next request on, it opens nothing."""
    access = _access(request)
    access.keys.end(str(key_id), now=access.clock())


def _made(request: Request, key: ApiKey, make: Callable[[], None]) -> None:
    """Raises `KeyMadeBefore` where the Idempotency-Key had its effect: its text was in the first answer."""

    def made() -> bool:
        make()
        return True

    if once(request, made) is None:
        raise KeyMadeBefore(key.id)


def _shown(response: Response, key: ApiKey, text: str) -> NewKeyOut:
    response.headers["Location"] = f"/v1/keys/{key.id}"
    response.headers["Cache-Control"] = "no-store"  # and kept under no Idempotency-Key
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=text)


def _access(request: Request) -> Access:
    there = request.app.state.access
    assert isinstance(there, Access)  # noqa: S101 `install` put it there
    return there


def _found(access: Access, key_id: UUID) -> ApiKey:
    key = access.keys.find(str(key_id))
    if key is None:
        raise KeyNotFound(str(key_id))
    return key


def _later(old: ApiKey, now: datetime) -> datetime | None:
    """As long as the old one was meant to hold, counted anew."""
    return None if old.expires_at is None else now + (old.expires_at - old.created_at)
