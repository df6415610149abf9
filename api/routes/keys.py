"""API keys for other systems, and links for shoppers. A key's text is in one answer, and nowhere else."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.deps import DeskDep
from inspection.access.keys import OVERLAP, ApiKey, KeyNotFound, Scope, new_key
from inspection.wiring import new_id

LONGEST_OVERLAP_HOURS = 24 * 30
OVERLAP_HOURS = OVERLAP.total_seconds() / 3600

router = APIRouter(tags=["access"])

Administrator = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="admin"))]
Sender = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="returns"))]


class KeyIn(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Order system"])
    scopes: list[Scope] = Field(min_length=1, examples=[["returns", "inspections"]])
    expires_at: AwareDatetime | None = Field(default=None, description="Unset: it holds until revoked.")


class RotateIn(BaseModel):
    """How long the old key holds beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: float = Field(default=OVERLAP_HOURS, ge=0, le=LONGEST_OVERLAP_HOURS)


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
    hours: float = Field(default=14 * 24, gt=0, le=60 * 24)


class LinkOut(BaseModel):
    """A shopper's link. It cannot be taken back: it holds until it expires."""

    url: str = Field(description="For the shopper.", examples=["https://returns.example.com/r/isl1_…"])
    token: str = Field(description="The same as a Bearer token, for an app.")
    expires_at: datetime


@router.get("/v1/keys")
def keys(request: Request, caller: Administrator) -> KeysOut:
    """The keys, revoked and expired ones too."""
    return KeysOut(items=[KeyOut.of(key) for key in _access(request).keys.listed()])


@router.post("/v1/keys", status_code=201)
def create(request: Request, response: Response, caller: Administrator, wanted: KeyIn) -> NewKeyOut:
    """A new key."""
    access = _access(request)
    key, text = new_key(
        new_id(), wanted.name, wanted.scopes, now=access.clock(), expires_at=wanted.expires_at
    )
    access.keys.add(key)
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=text)


@router.get("/v1/keys/{key_id}")
def read(request: Request, caller: Administrator, key_id: str) -> KeyOut:
    """One key."""
    return KeyOut.of(_found(_access(request), key_id))


@router.post("/v1/keys/{key_id}/rotate", status_code=201)
def rotate(
    request: Request, response: Response, caller: Administrator, key_id: str, wanted: RotateIn
) -> NewKeyOut:
    """A new key with the same name, scopes and expiry; the old one holds a while longer."""
    access, now = _access(request), _access(request).clock()
    old = _found(access, key_id)
    key, text = new_key(new_id(), old.name, old.scopes, now=now, expires_at=_later(old, now))
    access.keys.replace(key_id, key, now=now, until=now + timedelta(hours=wanted.overlap_hours))
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=text)


@router.delete("/v1/keys/{key_id}", status_code=204)
def revoke(request: Request, caller: Administrator, key_id: str) -> None:
    """From the next request on, it opens nothing."""
    access = _access(request)
    access.keys.end(key_id, now=access.clock())


@router.post("/v1/links", status_code=201)
def link(request: Request, desk: DeskDep, caller: Sender, wanted: LinkIn) -> LinkOut:
    """A link for the shopper of a return."""
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


def _found(access: Access, key_id: str) -> ApiKey:
    key = access.keys.find(key_id)
    if key is None:
        raise KeyNotFound(key_id)
    return key


def _later(old: ApiKey, now: datetime) -> datetime | None:
    """As long as the old one was meant to hold, counted anew."""
    return None if old.expires_at is None else now + (old.expires_at - old.created_at)
