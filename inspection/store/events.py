"""Events that are over: forgotten with what became of them, a few hundred at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select

from inspection.store.engine import Database
from inspection.store.tables import DELIVERIES, EVENTS
from inspection.webhooks.endpoint import KEPT

_GRACE = timedelta(hours=1)  # nobody replays what is just being forgotten
_AT_ONCE = 300


class SqlEvents:
    """The record keeps what was decided; this is only what others were told of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sweep(self, now: datetime) -> int:
        """Those told longer than `KEPT` ago that wait for no endpoint any more; returns how many."""
        waiting = exists().where(
            DELIVERIES.c.event_id == EVENTS.c.id,
            DELIVERIES.c.delivered_at.is_(None),
            DELIVERIES.c.given_up_at.is_(None),
        )
        over = select(EVENTS.c.id).where(EVENTS.c.at < now - KEPT - _GRACE, ~waiting)
        some = over.order_by(EVENTS.c.at).limit(_AT_ONCE)
        with self._database.reading() as connection:  # mostly there are none, and nothing need be locked
            if connection.execute(some.limit(1)).first() is None:
                return 0
        with self._database.writing() as connection:
            locked = some.with_for_update(of=EVENTS, skip_locked=True)
            ids = list(connection.execute(locked).scalars())
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.event_id.in_(ids)))
            connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(ids)))
        return len(ids)
