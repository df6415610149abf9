"""What a request may do once."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered the first time an idempotency key came; `form_sha256` is of the form it answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    form_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTurn:
    """A request's right to act under its key. `done`: its effect is there, only the answer is not.

    `made_id` is for what it makes, however often it is made; `begun_at` is when the first request came.
    `token` is this turn's own: one that was taken over by another changes nothing any more.
    """

    caller: str
    key: str
    made_id: str
    done: bool
    begun_at: datetime
    token: str


class IdempotencyKeys(Protocol):
    """Idempotency keys, kept for a day."""

    def begin(
        self, caller: str, key: str, request_sha256: str, *, held_for: timedelta
    ) -> KeptAnswer | RequestTurn:
        """The first answer, or a turn, which another may take over after `held_for`.

        Raises `KeyReused` or `StillRunning`.
        """
        ...

    def noted(self, turn: RequestTurn) -> AbstractContextManager[None]:
        """Changes within are noted as this key's effect, in their own transaction.

        Raises `StillRunning`, and nothing is changed, where another has taken over the turn.
        """
        ...

    def answer(self, turn: RequestTurn, answer: KeptAnswer) -> None:
        """Keep the first answer."""
        ...

    def release(self, turn: RequestTurn) -> None:
        """The request failed for a reason that may pass: the key is free again, unless it had its effect."""
        ...
