"""The job that tells one event to one endpoint: at least once, under one id, until it arrives or is given up.

An attempt that a crash cut off after its POST is made again: receivers tell by the event's id.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

import structlog

import inspection
from inspection.webhooks.addresses import AddressRefused
from inspection.webhooks.endpoint import Due, Event, Failure
from inspection.webhooks.ports import Deliveries
from inspection.webhooks.sender import Answer, Sender, Unreached
from inspection.webhooks.signing import Signer

SCHEDULE = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
"""Seconds after each failed attempt; eight attempts in about 31 hours."""
LONGEST_ASKED = 6 * 3600.0
"""So long a receiver can ask us to wait with `Retry-After`, in seconds."""
GONE = 410
OUR_FAULT = Failure(why="the attempt failed on our side")
"""Why is for our log: the owner of the endpoint can do nothing about it."""

_log = structlog.get_logger("inspection.webhooks")


@dataclass(frozen=True, kw_only=True)
class Courier:
    """`jitter` is a number in [0, 1) each call; `clock` gives seconds since 1970.

    `heard` is told how each attempt ended: `delivered`, `failed` (it is tried again) or `given_up`.
    """

    deliveries: Deliveries
    sender: Sender
    signer: Signer
    jitter: Callable[[], float]
    schedule: Sequence[float] = SCHEDULE
    clock: Callable[[], float] = time.time
    heard: Callable[[str], None] = lambda ended: None

    def deliver(self, event_id: str, webhook_id: str, attempt: int) -> None:
        """The job. Raises `StoreUnusable`; whatever the receiver does is noted."""
        due = self.deliveries.due(event_id, webhook_id, attempt)
        if due is None:
            return
        try:
            answer = self._post(due)
        except (Unreached, AddressRefused) as error:
            self._failed(due, Failure(why=str(error)))
            return
        except Exception:  # a fault of ours: trying at once again would post at once again
            _log.exception("attempt failed", event_id=event_id, webhook_id=webhook_id)
            self._failed(due, OUR_FAULT)
            return
        if 200 <= answer.status < 300:
            self.deliveries.delivered(due, answer.status)
            self.heard("delivered")
        elif answer.status == GONE:
            self._gave_up(due, _refused(answer), gone=True)
        else:
            self._failed(due, _refused(answer), answer.retry_after)

    def missed(self, event_id: str, webhook_id: str, attempt: int) -> None:
        """The job itself failed for good: as if the receiver had not answered, so that it goes on."""
        due = self.deliveries.due(event_id, webhook_id, attempt)
        if due is not None:
            self._failed(due, OUR_FAULT)

    def _post(self, due: Due) -> Answer:
        body = envelope(due.event)
        signed = self.signer.headers(
            due.webhook.id,
            due.secret_versions,
            event_id=due.event.id,
            timestamp=int(self.clock()),
            body=body,
        )
        told = {
            "Content-Type": "application/json",
            "User-Agent": f"inspection/{inspection.__version__}",
            "Content-Length": str(len(body)),
            **signed,
        }
        return self.sender.post(self.sender.rules.target(due.webhook.url), told, body)

    def _failed(self, due: Due, failure: Failure, asked: float | None = None) -> None:
        wait = pause(due.tries, self.schedule, self.jitter(), asked)
        if wait is None:
            self._gave_up(due, failure)
        else:
            self.deliveries.again(due, failure, wait)
            self.heard("failed")

    def _gave_up(self, due: Due, failure: Failure, *, gone: bool = False) -> None:
        self.deliveries.give_up(due, failure, gone=gone)
        _log.warning(
            "delivery given up", event_id=due.event.id, event_type=due.event.type, webhook_id=due.webhook.id,
            tries=due.tries, why=failure.why,
        )  # fmt: skip
        self.heard("given_up")


def pause(tries: int, schedule: Sequence[float], jitter: float, asked: float | None = None) -> float | None:
    """Seconds until the next attempt after `tries` failed ones, `None` after the last.

    Spread by a fifth each way, so that what failed together does not come back together. What the
    receiver asked for makes it longer, within bounds, and never shorter.
    """
    if tries > len(schedule):
        return None
    planned = schedule[tries - 1] * (0.8 + 0.4 * jitter)
    return planned if asked is None else max(planned, min(asked, LONGEST_ASKED))


def envelope(event: Event) -> bytes:
    """The body: the same bytes at every attempt."""
    told = {
        "id": event.id,
        "type": event.type,
        "at": event.at.astimezone(UTC).isoformat(),
        "subject": event.subject,
        "data": event.body,
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refused(answer: Answer) -> Failure:
    if 300 <= answer.status < 400:
        return Failure(why=f"answered {answer.status}; redirects are not followed", status=answer.status)
    said = f": {answer.said}" if answer.said else ""
    return Failure(why=f"answered {answer.status}{said}", status=answer.status)
