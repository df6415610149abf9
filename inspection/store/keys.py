"""API keys in SQL: `inspection.access.keys.ApiKeys`."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from inspection.access.keys import NOTED_EVERY, ApiKey, KeyMadeBefore, KeyNotFound, KeyReplaced, Scope
from inspection.store.cases import noted
from inspection.store.engine import Database
from inspection.store.tables import API_KEYS


class SqlApiKeys:
    """Each question is asked of the database, so what one process revokes holds in all at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey) -> None:
        """See `ApiKeys.add`."""
        with self._database.writing() as connection:
            _add(connection, key)
            noted(connection)

    def find(self, key_id: str) -> ApiKey | None:
        """See `ApiKeys.find`."""
        with self._database.reading() as connection:
            row = connection.execute(select(API_KEYS).where(API_KEYS.c.id == key_id)).mappings().one_or_none()
        return None if row is None else _key(row)

    def listed(self) -> Sequence[ApiKey]:
        """See `ApiKeys.listed`."""
        with self._database.reading() as connection:
            rows = (
                connection.execute(
                    select(API_KEYS).order_by(API_KEYS.c.created_at.desc(), API_KEYS.c.id.desc())
                )
                .mappings()
                .all()
            )
        return [_key(row) for row in rows]

    def any(self) -> bool:
        """See `ApiKeys.any`."""
        with self._database.reading() as connection:
            return connection.execute(select(API_KEYS.c.id).limit(1)).first() is not None

    def end(self, key_id: str, *, now: datetime, at: datetime | None = None) -> None:
        """See `ApiKeys.end`."""
        with self._database.writing() as connection:
            _end(connection, key_id, now, at)

    def replace(self, key_id: str, key: ApiKey, *, now: datetime, until: datetime) -> None:
        """See `ApiKeys.replace`."""
        with self._database.writing() as connection:
            before = _end(connection, key_id, now, until)
            _check_last(connection, before)
            _add(connection, replace(key, line=before.line or before.id))
            noted(connection)

    def used(self, key_id: str, now: datetime) -> None:
        """See `ApiKeys.used`. Two processes at once write it twice, which nobody minds."""
        stale = or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at <= now - NOTED_EVERY)
        noted = update(API_KEYS).where(API_KEYS.c.id == key_id, stale).values(last_used_at=now)
        with self._database.writing() as connection:
            connection.execute(noted)


def _add(connection: Connection, key: ApiKey) -> None:
    there = select(API_KEYS.c.id).where(API_KEYS.c.id == key.id)
    if connection.execute(there).first() is not None:
        raise KeyMadeBefore(key.id)
    connection.execute(insert(API_KEYS).values(asdict(key)))


def _end(connection: Connection, key_id: str, now: datetime, at: datetime | None) -> ApiKey:
    """A key that is over stays as it ended; one that ends sooner than `at` still does."""
    asked = select(API_KEYS).where(API_KEYS.c.id == key_id).with_for_update()
    row = connection.execute(asked).mappings().one_or_none()
    if row is None or not _key(row).good_at(now):
        raise KeyNotFound(key_id)
    ends = row["expires_at"]
    if at is None or ends is None or at < ends:
        values = {"revoked_at": now} if at is None else {"expires_at": at}
        connection.execute(update(API_KEYS).where(API_KEYS.c.id == key_id).values(values))
    return _key(row)


def _check_last(connection: Connection, key: ApiKey) -> None:
    """Whoever replaces it has locked it, so of two at once the second one finds the first one's key."""
    line, keys = key.line or key.id, API_KEYS.c
    later = select(keys.id).where(keys.line == line, keys.id != key.id, keys.created_at >= key.created_at)
    by = connection.execute(later.order_by(keys.created_at.desc()).limit(1)).scalar_one_or_none()
    if by is not None:
        raise KeyReplaced(key.id, by)


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(Scope(one) for one in row["scopes"])})
