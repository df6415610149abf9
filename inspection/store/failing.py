"""Endpoints that do nothing but fail: since when is noted, and after some days they are told nothing more."""

import structlog
from sqlalchemy import update

from inspection.store.change import SqlChange
from inspection.store.tables import WEBHOOKS
from inspection.webhooks.endpoint import FAILING_FOR, Due

_GROWN = WEBHOOKS.c.version + 1
_log = structlog.get_logger("inspection.webhooks")


def works(change: SqlChange, due: Due) -> None:
    """Something arrived: whatever failed before is forgotten."""
    failing = (WEBHOOKS.c.id == due.webhook.id) & WEBHOOKS.c.failing_since.is_not(None)
    change.connection.execute(update(WEBHOOKS).where(failing).values(failing_since=None, version=_GROWN))


def fails(change: SqlChange, due: Due) -> None:
    """Noted where it begins; what has gone on for days is no use to anybody, and is ended."""
    fresh = (WEBHOOKS.c.id == due.webhook.id) & WEBHOOKS.c.failing_since.is_(None)
    change.connection.execute(update(WEBHOOKS).where(fresh).values(failing_since=change.now, version=_GROWN))
    since = due.webhook.failing_since
    if since is not None and change.now - since >= FAILING_FOR:
        silence(change, due, "webhook.paused")


def silence(change: SqlChange, due: Due, kind: str) -> None:
    """It listens to nothing until its owner gives it types again; the record has those it had."""
    this = update(WEBHOOKS).where(WEBHOOKS.c.id == due.webhook.id, WEBHOOKS.c.types != [])
    if change.connection.execute(this.values(types=[], version=_GROWN)).rowcount:
        told = {"event_id": due.event.id, "types": [*due.webhook.types]}
        change.enter(kind, due.webhook.id, "software", told)
        _log.warning("webhook silenced", why=kind, webhook_id=due.webhook.id)
