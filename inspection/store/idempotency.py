"""Idempotency keys: the first answer is kept, and what a request does is noted where it is done.

A request that is repeated under its key gets the first answer. One whose process died in between is done
again, but its effect is not: `done_at` was written in the effect's own transaction, and what it made has
the key's own id. Keys are kept for a day (after Stripe's and the IETF draft's Idempotency-Key).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils
from sqlalchemy import Connection, Select, Update, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import KeyReused, StillRunning
from inspection.ports import KeptAnswer, Turn
from inspection.store.cases import also
from inspection.store.engine import Database
from inspection.store.tables import IDEMPOTENCY_KEYS as KEYS

KEPT_FOR = timedelta(hours=24)
LOCKED_FOR = timedelta(minutes=2)
"""How long a request may take before another may take its place."""


class SqlKeys:
    """In the same database as what the requests do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept_at = datetime.min.replace(tzinfo=UTC)

    def begin(self, caller: str, key: str, request_sha256: str) -> KeptAnswer | Turn:
        """The first answer, or a turn. Raises `KeyReused` or `StillRunning`."""
        now = datetime.now(UTC)
        dialect = sqlite if self._database.is_sqlite else postgresql
        row = {
            "caller": caller, "key": key, "request_sha256": request_sha256, "created_at": now,
            "locked_until": now + LOCKED_FOR, "made_id": str(uuid_utils.uuid7()),
        }  # fmt: skip
        fresh = dialect.insert(KEYS).values(row).on_conflict_do_nothing().returning(KEYS.c.made_id)
        with self._database.writing() as connection:
            if made_id := connection.execute(fresh).scalar():
                return Turn(caller=caller, key=key, made_id=made_id, done=False)
            there = connection.execute(_of(caller, key).with_for_update()).mappings().one()
            if there["request_sha256"] != request_sha256:
                raise KeyReused
            if there["status"] is not None:
                return KeptAnswer(status=there["status"], headers=there["headers"], body=there["body"])
            if there["locked_until"] > now:
                raise StillRunning
            connection.execute(_change(caller, key).values(locked_until=now + LOCKED_FOR))
            done = there["done_at"] is not None
            return Turn(caller=caller, key=key, made_id=there["made_id"], done=done)

    @contextmanager
    def noted(self, turn: Turn) -> Iterator[None]:
        """Changes within are noted as this key's effect, in their own transaction."""
        token = also.set((*also.get(), _note(turn)))
        try:
            yield
        finally:
            also.reset(token)

    def answer(self, turn: Turn, answer: KeptAnswer) -> None:
        """Keep the first answer."""
        kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
        with self._database.writing() as connection:
            connection.execute(_change(turn.caller, turn.key).values(kept))

    def release(self, turn: Turn) -> None:
        """The request failed without an effect, for a reason that may pass: the key is free again."""
        mine = (KEYS.c.caller == turn.caller) & (KEYS.c.key == turn.key)
        with self._database.writing() as connection:
            connection.execute(delete(KEYS).where(mine, KEYS.c.done_at.is_(None), KEYS.c.status.is_(None)))
            connection.execute(update(KEYS).where(mine).values(locked_until=datetime.now(UTC)))

    def sweep(self, now: datetime) -> None:
        """Forget the old ones, once a minute at most."""
        if now - self._swept_at < timedelta(minutes=1):
            return
        self._swept_at = now
        with self._database.writing() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.created_at < now - KEPT_FOR))


def _note(turn: Turn) -> Callable[[Connection], None]:
    def note(connection: Connection) -> None:
        connection.execute(_change(turn.caller, turn.key).values(done_at=datetime.now(UTC)))

    return note


def _of(caller: str, key: str) -> Select[Any]:
    return select(KEYS).where(KEYS.c.caller == caller, KEYS.c.key == key)


def _change(caller: str, key: str) -> Update:
    return update(KEYS).where(KEYS.c.caller == caller, KEYS.c.key == key)
