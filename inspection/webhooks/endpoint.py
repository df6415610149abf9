"""The words of webhooks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from inspection.errors import Conflict, NotFound

TYPES = (
    "return.requested",
    "inspection.opened",
    "inspection.submitted",
    "inspection.decided",
    "inspection.appealed",
    "inspection.expired",
    "inspection.withdrawn",
    "review.opened",
    "review.late",
    "line.paid",
)
"""What can be listened to; a test compares it with what is told."""

EVERY = "*"
PING = "webhook.ping"
"""Sent to one endpoint, when its owner asks for it."""

KEPT = timedelta(days=90)
"""So long an event can be replayed."""

FAILING_FOR = timedelta(days=5)
"""An endpoint that has done nothing but fail for so long is told nothing more until its owner revives it."""

OVERLAP = timedelta(hours=24)
"""So long after a rotation both secrets sign."""

MOST_WEBHOOKS = 100
AT_ONCE = 8
"""So many deliveries to one endpoint does a worker make at a time. It has places for that many to each of
`MOST_WEBHOOKS`: threads that wait for sockets cost little, and no slow endpoint takes another's place."""
REPLAY = 100
"""Attempts are numbered replay × 100 + try: every replay has numbers that no job had before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that wants to be told.

    One without types is not called: it answered 410, or has failed ever since `failing_since`.
    """

    id: str
    url: str
    types: tuple[str, ...]
    created_at: datetime
    removed_at: datetime | None = None
    secret_version: int = 1
    version: int = 1
    failing_since: datetime | None = None

    def wants(self, type_: str) -> bool:
        """Whether it listens to such events."""
        return EVERY in self.types or type_ in self.types


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened. Its id is the same in every attempt to tell it."""

    id: str
    at: datetime
    type: str
    subject: str
    body: Any


class DeliveryState(StrEnum):
    """Of one event to one endpoint."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one endpoint; `number` is of the last attempt that ended (see `REPLAY`)."""

    event: Event
    webhook_id: str
    number: int
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_status: int | None
    last_error: str | None

    @property
    def tries(self) -> int:
        """Since the event, or its last replay."""
        return self.number % REPLAY

    @property
    def replays(self) -> int:
        """How often it was sent anew."""
        return self.number // REPLAY

    @property
    def state(self) -> DeliveryState:
        """Arrived, given up, or neither yet."""
        if self.delivered_at is not None:
            return DeliveryState.DELIVERED
        return DeliveryState.WAITING if self.given_up_at is None else DeliveryState.GIVEN_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An attempt to be made now; `secret_versions` sign it, the newest first."""

    event: Event
    webhook: Webhook
    number: int
    secret_versions: tuple[int, ...]

    @property
    def tries(self) -> int:
        """Which try this is, from 1."""
        return self.number % REPLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt did not arrive; `status` where there was an answer."""

    why: str
    status: int | None = None


class WebhookNotFound(NotFound):
    """No webhook has this id, or it was removed."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"There is no webhook {webhook_id}.")


class EventNotFound(NotFound):
    """No event has this id."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"There is no event {event_id}.")


class TooManyWebhooks(Conflict):
    """Each event is looked up against all of them."""

    def __init__(self) -> None:
        super().__init__(f"There are {MOST_WEBHOOKS} webhooks already. Please remove one you don't need.")
