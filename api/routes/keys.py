"""API keys for other systems, and links for shoppers. A key's text is in one answer, and nowhere else."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.deps import DeskDep
from api.documented import PROBLEMS
from inspection.access.keys import OVERLAP, ApiKey, KeyNotFound, Scope, made_under, new_key
from inspection.wiring import new_id

LONGEST_OVERLAP_HOURS = 24 * 30
OVERLAP_HOURS = OVERLAP.total_seconds() / 3600

router = APIRouter(tags=["access"], responses=PROBLEMS)

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


class KeyIn(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Order system"])
    scopes: list[Scope] = Field(min_length=1, examples=[["returns", "inspections"]])
    expires_at: AwareDatetime | None = Field(default=None, description="Unset: it holds until revoked.")


class RotateIn(BaseModel):
    """How long the old key holds beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: float = Field(default=OVERLAP_HOURS, ge=0, le=LONGEST_OVERLAP_HOURS, allow_inf_nan=False)


class KeyOut(BaseModel):
    """What may be known of a key."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """Without the hash of its secret."""
        return cls(**{name: getattr(key, name) for name in KeyOut.model_fields})


class NewKeyOut(KeyOut):
    """A key as it is made: its text is shown this once."""

    key: str = Field(description="Send it as `Authorization: Bearer …`.", examples=["isk_0193…_5f2a…"])


class KeysOut(BaseModel):
    """All there ever were, the newest first."""

    items: list[KeyOut]


class LinkIn(BaseModel):
    """For which return, and for how long."""

    model_config = ConfigDict(extra="forbid")

    return_id: str = Field(max_length=36)
    hours: float = Field(default=14 * 24, ge=1 / 60, le=60 * 24, allow_inf_nan=False)


class LinkOut(BaseModel):
    """A shopper's link. It cannot be taken back: it holds until it expires."""

    url: str = Field(description="For the shopper.", examples=["https://returns.example.com/r/isl1_…"])
    token: str = Field(description="The same as a Bearer token, for an app.")
    expires_at: datetime


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


@router.post("/v1/links", summary="Make a shopper's link", status_code=201)
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
