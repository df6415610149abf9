"""Jobs, and what is done by itself."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import structlog

from inspection.errors import ProcessEnded, SetupProblem
from inspection.machine import cores
from inspection.ports import Job
from inspection.store.events import SqlEvents
from inspection.store.jobs.worker import Duties, Worker
from inspection.sweeping import Sweeps, seldom
from inspection.telemetry import metrics
from inspection.telemetry.housekeeping import failed
from inspection.telemetry.log import doing
from inspection.telemetry.traces import span
from inspection.webhooks.endpoint import AT_ONCE, MOST_WEBHOOKS
from inspection.wiring.ids import new_id
from inspection.wiring.watching import Watching

SELDOM = timedelta(minutes=5)
"""Between rounds that ask for photos to erase: none is erased later for it than promised, in days."""

log = structlog.get_logger("inspection")


class Work(Watching):
    """What this process does while nobody asks."""

    @property
    def looks_at_once(self) -> int:
        """In this process."""
        return self.settings.looks_at_once or cores()

    def worker(self) -> Worker:
        """This process's, not begun yet; its looks wait until it knows which photos came before."""
        self.loading.start()
        return Worker(
            self.database,
            f"{socket.gethostname()[:20]}-{new_id()}",
            Duties(
                handlers={Job.LOOK: self._look, Job.DELIVER: self._deliver},
                failed=self.give_up,
                interrupted=self._interrupted,
                tell=failed,
            ),
            at_once={Job.LOOK: self.looks_at_once, Job.DELIVER: MOST_WEBHOOKS * AT_ONCE},
        )

    @cached_property
    def sweeps(self) -> Sweeps:
        """What time alone brings about."""
        parts = {
            "inspections": self.workflow.sweep,
            "idempotency keys": self.idempotency.sweep,
            "uploads": self.uploads.sweep,
            "retention": seldom(self.forgetting.sweep, SELDOM),
            "erasure": seldom(self.forgetting.sweep_again, SELDOM),
            "events": SqlEvents(self.database).sweep,
            "reused photos": self.loading.sweep,
            "backfill": self.backfill.sweep,
            "spent": self.spent.sweep,
        }
        return Sweeps(parts, failed)

    def sweep(self) -> None:
        """Now."""
        self.sweeps.run(datetime.now(UTC))

    def _interrupted(self, inspection_id: str, turn: int, attempt: int) -> None:
        log.warning("worker died in a look", inspection_id=inspection_id, turn=turn, attempt=attempt)
        self.looking.look_again(inspection_id, turn, attempt, ProcessEnded())

    def _look(self, inspection_id: str, turn: int, attempt: int) -> None:
        with (
            doing("look", inspection_id=inspection_id, turn=turn),
            span("look"),
            metrics.looking(inspection_id, attempt) as became,
        ):
            became(self.looking.look(inspection_id, turn, attempt))

    def _deliver(self, event_id: str, webhook_id: str, attempt: int) -> None:
        with doing("deliver", event_id=event_id, webhook_id=webhook_id, attempt=attempt), span("deliver"):
            self.courier.deliver(event_id, webhook_id, attempt)

    def give_up(self, job: Job, arguments: Sequence[Any], why: Exception) -> None:
        """A job that failed for good, as far as its worker can tell.

        A look comes again while something is away, else goes to a person; a delivery stays listed as
        undelivered.
        """
        metrics.JOB_FAILURES.labels(kind=job.value).inc()
        log.error("given up", job=job.value, arguments=arguments, why=f"{type(why).__name__}: {why}")
        if job is Job.DELIVER:
            event_id, webhook_id, attempt = arguments
            self.courier.missed(event_id, webhook_id, attempt)
            return
        inspection_id, turn, attempt = arguments
        if isinstance(why, SetupProblem):
            self.looking.look_again(inspection_id, turn, attempt, why)
        else:
            self.looking.unread(inspection_id, turn, f"{type(why).__name__}: {why}"[:500])
