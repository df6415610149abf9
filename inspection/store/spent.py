"""Sessions that ended, passes and answers to logins that came: known to every process on one database."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from inspection.store.engine import Database
from inspection.store.tables import SPENT


class SqlSpent:
    """Of each thing its hash is kept, until it would have ended anyway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spend(self, what: str, until: datetime, now: datetime) -> bool:
        """Whether this was the first time."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        row = dialect.insert(SPENT).values(name=_hash(what), until=until)
        with self._database.writing() as connection:
            fresh = connection.execute(row.on_conflict_do_nothing().returning(SPENT.c.name))
            return fresh.scalar() is not None

    def __contains__(self, what: str) -> bool:
        """Whether it was spent."""
        there = select(SPENT.c.name).where(SPENT.c.name == _hash(what))
        with self._database.reading() as connection:
            return connection.execute(there).first() is not None

    def sweep(self, now: datetime) -> None:
        """Forget what has ended by itself."""
        ended = select(SPENT.c.name).where(SPENT.c.until <= now).limit(1)
        with self._database.reading() as connection:
            if connection.execute(ended).first() is None:
                return  # every few seconds, and most often there is nothing to write
        with self._database.writing() as connection:
            connection.execute(delete(SPENT).where(SPENT.c.until <= now))


def _hash(what: str) -> str:
    return sha256(what.encode()).hexdigest()
