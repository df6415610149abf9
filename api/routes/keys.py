"""API keys for other systems, and links for shoppers. A key's text is in one answer, and nowhere else."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response

from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.bodies.access import KeyIn, KeyOut, KeysOut, LinkIn, LinkOut, NewKeyOut, RotateIn
from api.deps import DeskDep
from api.documented import refuses
from inspection.access.keys import ApiKey, KeyNotFound, made_under, new_key
from inspection.wiring import new_id

router = APIRouter(tags=["access"])

Administrator = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="admin"))]
Sender = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="returns"))]
Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[ -~]+$",
        description="Nothing is made twice under it. A key's text is kept nowhere, so that it cannot be "
        "answered again: then this is 409, and names the key that was made.",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]


@router.get("/v1/keys", summary="List keys")
def keys(request: Request, caller: Administrator) -> KeysOut:
    """The keys, revoked and expired ones too."""
    return KeysOut(items=[KeyOut.of(key) for key in _access(request).keys.listed()])


@router.post("/v1/keys", summary="Make a key", status_code=201)
def create(
    request: Request, response: Response, caller: Administrator, wanted: KeyIn, once: Once = None
) -> NewKeyOut:
    """Its text is in this answer, and never again."""
    access = _access(request)
    id_ = new_id() if once is None else made_under(f"{caller.id} {once}")
    key, text = new_key(id_, wanted.name, wanted.scopes, now=access.clock(), expires_at=wanted.expires_at)
    access.keys.add(key)
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=text)


@router.get("/v1/keys/{key_id}", summary="Read about a key")
def read(request: Request, caller: Administrator, key_id: UUID) -> KeyOut:
    """What it is for, how long it holds, and when it was used last."""
    return KeyOut.of(_found(_access(request), key_id))


@router.post("/v1/keys/{key_id}/rotate", summary="Replace a key", status_code=201)
def rotate(
    request: Request,
    response: Response,
    caller: Administrator,
    key_id: UUID,
    wanted: RotateIn,
    once: Once = None,
) -> NewKeyOut:
    """A new key with the same name, scopes and expiry; the old one holds a while longer."""
    access, now = _access(request), _access(request).clock()
    old = _found(access, key_id)
    id_ = new_id() if once is None else made_under(f"{caller.id} {key_id} {once}")
    key, text = new_key(id_, old.name, old.scopes, now=now, expires_at=_later(old, now))
    access.keys.replace(old.id, key, now=now, until=now + timedelta(hours=wanted.overlap_hours))
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=text)


@router.delete("/v1/keys/{key_id}", summary="Revoke a key", status_code=204)
def revoke(request: Request, caller: Administrator, key_id: UUID) -> None:
    """From the next request on, it opens nothing."""
    access = _access(request)
    access.keys.end(str(key_id), now=access.clock())


@router.post("/v1/links", summary="Make a shopper's link", status_code=201, responses=refuses(404))
def link(request: Request, desk: DeskDep, caller: Sender, wanted: LinkIn, once: Once = None) -> LinkOut:
    """Nothing is kept of it: asked for again, there is another one just as good."""
    access, now = _access(request), _access(request).clock()
    token = access.links.make(wanted.return_id, now=now, hours=wanted.hours)
    with desk.product.cases.change() as change:
        change.return_(wanted.return_id)
    read = access.links.read(token, now=now)
    assert read is not None  # noqa: S101 it was made a moment ago
    base = access.settings.public_url or str(request.base_url).rstrip("/")
    return LinkOut(url=f"{base}/r/{token}", token=token, expires_at=read[1])


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
