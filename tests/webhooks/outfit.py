"""Everything of webhooks on one database, as the product has it, with a schedule for the impatient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspection.ports import Job
from inspection.store.cases import SqlCases
from inspection.store.engine import Database
from inspection.store.jobs.queue import JobQueue
from inspection.store.jobs.worker import Duties, Worker
from inspection.store.webhooks import SqlWebhooks
from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.delivery import Courier
from inspection.webhooks.endpoint import AT_ONCE, MOST_WEBHOOKS
from inspection.webhooks.sender import Sender
from inspection.webhooks.signing import Signer
from inspection.webhooks.webhooks import Webhooks

SECRET = b"a secret of the service, long enough"
QUICK = (0.05, 0.05, 0.05)


@dataclass
class Outfit:
    database: Database
    cases: SqlCases
    kept: SqlWebhooks
    webhooks: Webhooks
    courier: Courier

    @classmethod
    def on(cls, database: Database, allowed: Iterable[str], schedule: Sequence[float] = QUICK) -> "Outfit":
        queue = JobQueue(database)
        kept, rules, signer = (
            SqlWebhooks(database, queue),
            AddressRules(frozenset(allowed)),
            Signer((SECRET,)),
        )
        courier = Courier(
            deliveries=kept.deliveries,
            sender=Sender(rules=rules, seconds=1.0),
            signer=signer,
            jitter=lambda: 0.5,
            schedule=schedule,
        )
        webhooks = Webhooks(kept=kept, rules=rules, signer=signer)
        return cls(database, SqlCases(database, queue), kept, webhooks, courier)

    def add(self, url: str, *types: str):
        return self.webhooks.add(url, types or ("*",), by="key:1")

    def tell(self, type_: str = "line.paid", **body: object) -> str:
        """Something happened; the event's id."""
        with self.cases.change() as change:
            return change.tell(type_, "subject", body or {"cents": 4000})

    def delivery(self, event_id: str, webhook):
        return self.kept.deliveries.one(event_id, webhook.id)

    def worker(self, name: str) -> Worker:
        def failed(job, arguments, why):
            self.courier.missed(*arguments)

        def tell(part, error):
            raise AssertionError(f"{part} failed") from error

        handlers = {Job.LOOK: lambda *_: None, Job.DELIVER: self.courier.deliver}
        duties = Duties(handlers=handlers, failed=failed, interrupted=lambda *_: None, tell=tell)
        return Worker(
            self.database, name, duties, at_once={Job.LOOK: 1, Job.DELIVER: MOST_WEBHOOKS * AT_ONCE}
        )

    def close(self) -> None:
        self.cases.close()
