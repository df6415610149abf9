"""Rows of photos on their way in. Bytes and rows cannot change together, so it takes steps:

    in:   expect (row) ── put (files) ── use (row, with what uses it)
    out:  erase (row) ── clear (files, while the row is locked and still erased)

`expect` waits for a `clear` that is under way, and `use` refuses what was erased since its `expect`:
whoever put it begins again. A crash between the steps leaves a row that nobody uses, which goes after
a day, or files of an erased row, which are looked for again after an hour (`forgotten`).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import PhotoErasedMeanwhile
from inspection.store.tables import PHOTOS

MAY_TAKE = timedelta(days=1)
"""From being expected to being used; what took longer never came."""


def expect(connection: Connection, sha256: str, size: int, now: datetime) -> datetime:
    """Before its bytes are put. Returns since when it is kept: `use` is told."""
    return _noted(connection, sha256, size, now, now + MAY_TAKE)


def use(
    connection: Connection, sha256: str, size: int, now: datetime, *, since: datetime | None = None
) -> None:
    """With what uses it, in one transaction; `since` is what `expect` gave.

    Raises `PhotoErasedMeanwhile` where it was erased after that: its bytes may be gone again.
    """
    if since is None:
        _noted(connection, sha256, size, now, None)
        return
    kept = (PHOTOS.c.sha256 == sha256) & PHOTOS.c.erased_at.is_(None) & (PHOTOS.c.stored_at == since)
    used = update(PHOTOS).where(kept).values(used_at=now, expires_at=None)
    if not connection.execute(used).rowcount:
        raise PhotoErasedMeanwhile


def _noted(
    connection: Connection, sha256: str, size: int, now: datetime, expires_at: datetime | None
) -> datetime:
    """The row there is, alive, or a new one. One that something uses does not expire."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"sha256": sha256, "size": size, "stored_at": now, "used_at": now, "expires_at": expires_at}
    new = dialect.insert(PHOTOS).values(row)
    used = PHOTOS.c.erased_at.is_(None) & PHOTOS.c.expires_at.is_(None)
    there = new.on_conflict_do_update(
        index_elements=[PHOTOS.c.sha256],
        set_={
            "stored_at": case(
                (PHOTOS.c.erased_at.is_(None), PHOTOS.c.stored_at), else_=new.excluded.stored_at
            ),
            "expires_at": case((used, None), else_=new.excluded.expires_at),
            "used_at": now,
            "erased_at": None,
        },
    )
    since: datetime = connection.execute(there.returning(PHOTOS.c.stored_at)).scalar_one()
    return since
