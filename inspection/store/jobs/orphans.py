"""What dead workers leave behind: jobs to take over, and rows of theirs and of jobs long done, to forget."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from dbos import DBOS
from sqlalchemy import delete, select

from inspection.ports import Job
from inspection.store.engine import Database
from inspection.store.tables import WORKERS

DEAD_AFTER = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=7)
"""Rows of workers that ended, and of jobs that are done: nobody asks for them after that long."""
_FORGOTTEN_AT_ONCE = 500
_DONE = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

Interrupted = Callable[[str, int, int], None]
"""A look during which its worker died: inspection_id, turn, attempt."""


def take_over(database: Database, interrupted: Interrupted) -> int:
    """Jobs of workers that are not seen any more go on; returns how many.

    A delivery is enqueued again. A look may be what killed its worker: it counts as tried, so that no photo
    can bring down one worker after the other for ever.
    """
    with database.reading() as connection:
        ended = (WORKERS.c.seen_at < database.now(connection) - DEAD_AFTER) | WORKERS.c.stopped
        dead = list(connection.execute(select(WORKERS.c.id).where(ended)).scalars())
    if not dead:
        return 0
    left = DBOS.list_workflows(status="PENDING", executor_id=dead, load_input=False, load_output=False)
    ids = sorted(one.workflow_id for one in left)
    for name, of_kind in groupby(ids, key=lambda id_: id_.partition(":")[0]):
        if name == Job.LOOK:
            _count_as_tried(list(of_kind), interrupted)
        else:  # its own queue: DBOS's for resumed ones knows no bounds
            DBOS.resume_workflows(list(of_kind), queue_name=name)
    return len(ids)


def _count_as_tried(ids: Sequence[str], interrupted: Interrupted) -> None:
    for id_ in ids:
        _, inspection_id, turn, attempt = id_.split(":")
        interrupted(inspection_id, int(turn), int(attempt))  # first: a crash here does it again, and once
        DBOS.cancel_workflows([id_])


def forget_the_done(database: Database) -> int:
    """Rows of jobs that ended long ago, and of workers; returns how many jobs."""
    then = datetime.now(UTC) - FORGOTTEN_AFTER
    forgotten = 0
    while done := _done_before(then):
        DBOS.delete_workflows(done)
        forgotten += len(done)
    with database.writing() as connection:
        connection.execute(delete(WORKERS).where(WORKERS.c.seen_at < then))
    return forgotten


def _done_before(then: datetime) -> list[str]:
    """Some of them: a transaction should not hold SQLite's only lock for long."""
    found = DBOS.list_workflows(
        status=_DONE,
        completed_before=then.isoformat(),
        limit=_FORGOTTEN_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    return [one.workflow_id for one in found]
