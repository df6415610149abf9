"""Idempotency keys: the first answer is kept, and what a request does is noted where it is done.

A request that is repeated under its key gets the first answer. One whose process died in between is done
again, but its effect is not: `done_at` was written in the effect's own transaction, and what it made has
the key's own id. Keys are kept for a day (after Stripe's and the IETF draft's Idempotency-Key).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils
from sqlalchemy import ColumnElement, Connection, Select, Update, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import KeyReused, StillRunning
from inspection.ports import KeptAnswer, RequestTurn
from inspection.store.cases import also
from inspection.store.engine import Database
from inspection.store.tables import IDEMPOTENCY_KEYS as KEYS

KEPT_FOR = timedelta(hours=24)


class SqlKeys:
    """In the same database as what the requests do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept_at = datetime.min.replace(tzinfo=UTC)

    def begin(
        self, caller: str, key: str, request_sha256: str, *, held_for: timedelta
    ) -> KeptAnswer | RequestTurn:
        """See `IdempotencyKeys.begin`."""
        now = datetime.now(UTC)
        held = {"locked_until": now + held_for, "token": str(uuid_utils.uuid7())}
        row = {
            "caller": caller, "key": key, "request_sha256": request_sha256, "created_at": now,
            "made_id": str(uuid_utils.uuid7()), **held,
        }  # fmt: skip
        dialect = sqlite if self._database.is_sqlite else postgresql
        fresh = dialect.insert(KEYS).values(row).on_conflict_do_nothing().returning(KEYS.c.made_id)
        with self._database.writing() as connection:
            if connection.execute(fresh).scalar():
                return _turn({**row, "done_at": None})
            there = connection.execute(_of(caller, key).with_for_update()).mappings().one()
            if there["request_sha256"] != request_sha256:
                raise KeyReused
            if there["status"] is not None:
                told = {name: there[name] for name in ("status", "headers", "body", "form_sha256")}
                return KeptAnswer(**told)
            if there["locked_until"] > now:
                raise StillRunning
            here = (KEYS.c.caller == caller) & (KEYS.c.key == key)
            connection.execute(update(KEYS).where(here).values(held))
            return _turn({**there, **held})

    @contextmanager
    def noted(self, turn: RequestTurn) -> Iterator[None]:
        """Changes within are noted as this key's effect, in their own transaction."""
        token = also.set((*also.get(), _note(turn)))
        try:
            yield
        finally:
            also.reset(token)

    def answer(self, turn: RequestTurn, answer: KeptAnswer) -> None:
        """Keep the first answer; where another has taken over the turn, it is theirs."""
        kept = {
            "status": answer.status, "headers": dict(answer.headers), "body": answer.body,
            "form_sha256": answer.form_sha256,
        }  # fmt: skip
        with self._database.writing() as connection:
            connection.execute(_change(turn).values(kept))

    def release(self, turn: RequestTurn) -> None:
        """The request failed without an effect, for a reason that may pass: the key is free again."""
        with self._database.writing() as connection:
            connection.execute(delete(KEYS).where(_mine(turn), KEYS.c.done_at.is_(None)))
            connection.execute(_change(turn).values(locked_until=datetime.now(UTC)))

    def sweep(self, now: datetime) -> None:
        """Forget the old ones, once a minute at most."""
        if now - self._swept_at < timedelta(minutes=1):
            return
        self._swept_at = now
        with self._database.writing() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.created_at < now - KEPT_FOR))


def _note(turn: RequestTurn) -> Callable[[Connection], None]:
    def note(connection: Connection) -> None:
        if not connection.execute(_change(turn).values(done_at=datetime.now(UTC))).rowcount:
            raise StillRunning  # somebody else's turn by now: what this one did is undone with this

    return note


def _turn(row: Mapping[str, Any]) -> RequestTurn:
    return RequestTurn(
        caller=row["caller"], key=row["key"], made_id=row["made_id"], done=row["done_at"] is not None,
        begun_at=row["created_at"], token=row["token"],
    )  # fmt: skip


def _of(caller: str, key: str) -> Select[Any]:
    return select(KEYS).where(KEYS.c.caller == caller, KEYS.c.key == key)


def _mine(turn: RequestTurn) -> ColumnElement[bool]:
    """This turn's, and not answered yet."""
    ours = (KEYS.c.caller == turn.caller) & (KEYS.c.key == turn.key)
    return ours & (KEYS.c.token == turn.token) & KEYS.c.status.is_(None)


def _change(turn: RequestTurn) -> Update:
    return update(KEYS).where(_mine(turn))
