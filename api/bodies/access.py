"""API keys, shoppers' links, and who the caller is."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access.callers import Role
from api.bodies.ids import Id
from inspection.access.keys import OVERLAP, ApiKey, Scope

LONGEST_OVERLAP_HOURS = 24 * 30
OVERLAP_HOURS = OVERLAP.total_seconds() / 3600


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

    return_id: Id
    hours: float = Field(default=14 * 24, ge=1 / 60, le=60 * 24, allow_inf_nan=False)


class LinkOut(BaseModel):
    """A shopper's link. It cannot be taken back: it holds until it expires."""

    url: str = Field(description="For the shopper.", examples=["https://returns.example.com/r/isl1_…"])
    token: str = Field(description="The same as a Bearer token, for an app.")
    expires_at: datetime


class WhoAmI(BaseModel):
    """Who the service takes the caller for."""

    id: str = Field(description="As the record names this caller.", examples=["person:248289761001"])
    role: Role
    name: str | None = Field(description="What the issuer calls a person.", examples=["Jane Doe"])
    return_id: str | None = Field(description="The one return a shopper's link is for.")
    scopes: list[str] = Field(description="What an API key may be used for.", examples=[["returns"]])
    csrf: str | None = Field(description="What this browser's plain forms send along, as `?csrf=`.")
