"""What webhooks need from where they are kept; `inspection.store` serves these."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from inspection.webhooks.endpoint import Delivery, DeliveryState, Due, Failure, Webhook

Moment = tuple[datetime, str]
"""When an event was, and its id: where a replay goes on."""


class Log(Protocol):
    """Which event reached which endpoint."""

    def list(
        self,
        webhook_id: str,
        *,
        state: DeliveryState | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[tuple[Delivery, ...], str | None]:
        """The newest events first, and after which event's id to go on; `None` at the end."""
        ...

    def one(self, event_id: str, webhook_id: str) -> Delivery:
        """Raises `EventNotFound` where this event was never for this endpoint."""
        ...

    def ping(self, webhook_id: str, *, by: str, event_id: str | None = None) -> Delivery:
        """An event for this endpoint alone, to try it with. Raises `WebhookNotFound`."""
        ...

    def replay(self, webhook_id: str, event_id: str) -> None:
        """One event, whether it arrived before or not. Raises `WebhookNotFound` or `EventNotFound`."""
        ...

    def replay_since(
        self, webhook_id: str, since: datetime, *, undelivered: bool = False, after: Moment | None = None
    ) -> tuple[int, Moment | None]:
        """Every event it listens to, some hundred at a time: how many, and after which one to go on.

        `undelivered`: only those that have not arrived. Events from before the endpoint was added, or
        while it listened to nothing, are among them. Raises `WebhookNotFound`.
        """
        ...


class Endpoints(Protocol):
    """Who wants to be told. `by` is who did it, for the record.

    `version` is what the owner read: with another one there by now, `ChangedMeanwhile` is raised. One
    that is not there raises `WebhookNotFound`.
    """

    @property
    def deliveries(self) -> Log:
        """What became of the events."""
        ...

    def add(self, url: str, types: Sequence[str], *, by: str, webhook_id: str | None = None) -> Webhook:
        """From now on it is told. The same id again is the one that is there. Raises `TooManyWebhooks`."""
        ...

    def get(self, webhook_id: str) -> Webhook:
        """One that was not removed."""
        ...

    def list(self, *, after: str | None = None, limit: int = 50) -> tuple[tuple[Webhook, ...], str | None]:
        """The oldest first, and after which id to go on; `None` at the end."""
        ...

    def change(
        self,
        webhook_id: str,
        *,
        by: str,
        url: str | None = None,
        types: Sequence[str] | None = None,
        version: int | None = None,
    ) -> Webhook:
        """Address, types or both; attempts that are still to come go to the new address."""
        ...

    def rotate(self, webhook_id: str, *, by: str, version: int | None = None) -> Webhook:
        """A new secret; the one before signs too for a while (`endpoint.OVERLAP`)."""
        ...

    def remove(self, webhook_id: str, *, by: str, version: int | None = None) -> None:
        """It is told nothing any more, not even what is under way."""
        ...


class Deliveries(Protocol):
    """What is still to be told. Safe for threads and processes.

    What is noted of an attempt that is no longer the one that is due changes nothing.
    """

    def due(self, event_id: str, webhook_id: str, number: int) -> Due | None:
        """The attempt, or `None`: it was made, the endpoint was removed, a replay took over."""
        ...

    def delivered(self, due: Due, status: int) -> None:
        """It arrived."""
        ...

    def again(self, due: Due, failure: Failure, delay: float) -> None:
        """It did not; the next attempt begins in `delay` seconds."""
        ...

    def give_up(self, due: Due, failure: Failure, *, gone: bool = False) -> None:
        """No more attempts. `gone`: the endpoint says it is no more, and is told nothing from now on."""
        ...
