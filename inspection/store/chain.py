"""The record: entries that each hash the one before. Whoever changes or inserts one breaks the chain.

Entry n's hash is SHA-256 over canonical JSON of everything it says and of entry n-1's hash; entry 1's
previous is 64 zeros. The database itself lets nobody change or delete one (migration 0003), `audit` finds
out where its owner did, and inspection.store.agreement whether the rows beside it still say the same. What
was erased is named by hash alone, so the chain stays whole without it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text

from inspection.returns.case import Entry
from inspection.store.tables import RECORD
from inspection.store.types import canonical

GENESIS = "0" * 64
_LOCK = 7_215_408_114
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """`broken_at` is the first entry that is not what it was; the chain is whole where it is `None`.

    `contradictions` says, a line each, where rows beside the record say something else than the record.
    """

    entries: int
    head: str
    broken_at: int | None = None
    why: str | None = None
    contradictions: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Every entry is as it was written, and nothing beside them says otherwise."""
        return self.broken_at is None and not self.contradictions


def append(
    connection: Connection, *, at: datetime, kind: str, subject: str, actor: str, body: Mapping[str, Any]
) -> Entry:
    """The next entry, in this transaction; the others wait until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    last = connection.execute(
        select(RECORD.c.seq, RECORD.c.hash).order_by(RECORD.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (1, GENESIS) if last is None else (last.seq + 1, last.hash)
    told: dict[str, Any] = {
        "seq": seq, "at": at, "kind": kind, "subject": subject, "actor": actor, "body": dict(body),
        "previous": previous,
    }  # fmt: skip
    entry = Entry(**told, hash=hash_of(told))
    connection.execute(insert(RECORD).values(**told, hash=entry.hash))
    return entry


def hash_of(entry: Mapping[str, Any]) -> str:
    """Of everything an entry says, in lower-case hex."""
    told = {name: entry[name] for name in _TOLD}
    told["at"] = entry["at"].astimezone(UTC).isoformat()
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def audit(connection: Connection) -> Audit:
    """Walk the whole chain: a thousand entries are held at a time."""
    count, previous = 0, GENESIS
    for row in _all(connection):
        why = _wrong(row, expected_seq=count + 1, previous=previous)
        if why is not None:
            return Audit(entries=count, head=previous, broken_at=row["seq"], why=why)
        count, previous = row["seq"], row["hash"]
    return Audit(entries=count, head=previous)


def _wrong(row: RowMapping, *, expected_seq: int, previous: str) -> str | None:
    if row["seq"] != expected_seq:
        return f"entry {expected_seq} is missing"
    if row["previous"] != previous:
        return "it does not follow the entry before"
    return None if hash_of(dict(row)) == row["hash"] else "its content has changed"


_TOLD = ("seq", "at", "kind", "subject", "actor", "body", "previous")


def _all(connection: Connection) -> Iterator[RowMapping]:
    after = 0
    while True:
        few = select(RECORD).where(RECORD.c.seq > after).order_by(RECORD.c.seq).limit(_AT_ONCE)
        rows = connection.execute(few).mappings().all()
        if not rows:
            return
        yield from rows
        after = rows[-1]["seq"]
