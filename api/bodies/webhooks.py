"""Webhooks: who wants to be told of what, and what became of it."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.bodies.ids import EXAMPLE, Id, PathId
from api.bodies.returns import In
from inspection.errors import CursorUnusable
from inspection.webhooks.endpoint import TYPES, Delivery, DeliveryState, Webhook
from inspection.webhooks.ports import Moment

WebhookId = PathId
EventId = Id

EventType = Literal[(*TYPES, "*")]  # type: ignore[valid-type]
Url = Annotated[
    str,
    Field(
        min_length=1, max_length=2000, description="https, on the public internet, port 443 or 8443.",
        examples=["https://shop.example/hooks/inspection"],
    ),
]  # fmt: skip
Types = Annotated[
    list[EventType],
    Field(min_length=1, max_length=50, description="`*` is every one.", examples=[["inspection.decided"]]),
]


def _plausible(at: datetime) -> datetime:
    if not datetime(2000, 1, 1, tzinfo=UTC) <= at < datetime(2200, 1, 1, tzinfo=UTC):
        raise ValueError("nothing happened then")
    return at


class WebhookIn(In):
    """An address that wants to be told."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"url": "https://shop.example/hooks/inspection", "types": ["inspection.decided", "line.paid"]}
            ]
        },
    )

    url: Url
    types: Types = Field(default=["*"])


class WebhookChange(In):
    """What is to be different; what is left out stays. Types given to one that has none revive it."""

    url: Url | None = None
    types: Types | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "WebhookChange":
        if self.url is None and self.types is None:
            raise ValueError("give a url, types or both")
        return self


class WebhookOut(BaseModel):
    """One endpoint. Without types it is not called: it answered 410 Gone, or failed for days on end."""

    id: Id
    url: str = Field(examples=["https://shop.example/hooks/inspection"])
    types: list[str] = Field(examples=[["inspection.decided"]])
    created_at: datetime
    version: int = Field(examples=[1])
    failing_since: datetime | None = Field(description="Every attempt since then has failed.")

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookOut":
        """From what is kept."""
        return cls(**_told(webhook))


class SecretOut(WebhookOut):
    """With its secret, shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])  # of the specification

    @classmethod
    def shown(cls, webhook: Webhook, secret: str) -> "SecretOut":
        """From what is kept."""
        return cls(**_told(webhook), secret=secret)


class DeliveryOut(BaseModel):
    """What became of one event at one endpoint. `tries` counts from the event, or its last replay."""

    event_id: Id
    type: str = Field(examples=["inspection.decided"])
    at: datetime
    subject: str
    state: DeliveryState
    tries: int = Field(description="Attempts that have ended.", examples=[1])
    replays: int = Field(examples=[0])
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_status: int | None = Field(description="HTTP status of the last answer.", examples=[200])
    last_error: str | None = Field(examples=["answered 502: Bad gateway"])

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryOut":
        """From what is kept."""
        return cls(
            event_id=one.event.id, type=one.event.type, at=one.event.at, subject=one.event.subject,
            state=one.state, tries=one.tries, replays=one.replays, delivered_at=one.delivered_at,
            given_up_at=one.given_up_at, last_status=one.last_status, last_error=one.last_error,
        )  # fmt: skip


class ReplayIn(In):
    """One event, or all since a time."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"event_id": EXAMPLE}, {"since": "2026-11-20T00:00:00Z", "undelivered": True}]
        },
    )

    event_id: EventId | None = None
    since: Annotated[AwareDatetime, AfterValidator(_plausible)] | None = None
    undelivered: bool = Field(default=False, description="With `since`: only what has not arrived.")
    cursor: str | None = Field(
        default=None, max_length=200, description="With `since`: `next` of the answer before."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "ReplayIn":
        if (self.event_id is None) == (self.since is None):
            raise ValueError("give either event_id or since")
        return self


class ReplayOut(BaseModel):
    """How many events are sent again; `next` where there are more."""

    replayed: int = Field(examples=[1])
    next: str | None = Field(description="Pass it as `cursor` to go on.", examples=[None])


def cursor_of(moment: Moment | None) -> str | None:
    """Where a replay goes on, for a caller to hand back."""
    if moment is None:
        return None
    return base64.urlsafe_b64encode(f"{moment[0].isoformat()} {moment[1]}".encode()).decode().rstrip("=")


def moment_of(cursor: str | None) -> Moment | None:
    """Raises `CursorUnusable`."""
    if cursor is None:
        return None
    try:
        told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, _, id_ = told.partition(" ")
        moment = _plausible(datetime.fromisoformat(at)), id_
    except (ValueError, TypeError) as error:  # a time without a zone compares with none that has one
        raise CursorUnusable from error
    if not id_.isascii() or not id_.isprintable():
        raise CursorUnusable
    return moment


def _told(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id, "url": webhook.url, "types": list(webhook.types),
        "created_at": webhook.created_at, "version": webhook.version,
        "failing_since": webhook.failing_since,
    }  # fmt: skip
