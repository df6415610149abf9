"""What is counted in this process, in the words of `docs/operations`: Prometheus metrics.

What stands in the database (the backlog, late reviews, deliveries, workers) is read when it is asked for,
so that every process tells the same; the rest each process counts for itself, and Prometheus adds up.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inspection.ports import Job, Outcome, Tried

log = structlog.get_logger("inspection")

REGISTRY = CollectorRegistry()
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

REQUESTS = Counter(
    "inspection_requests", "HTTP requests answered.", ("route", "method", "status"), registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "inspection_request_seconds", "From a request's first byte to its answer.", ("route",),
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
DECISIONS = Counter("inspection_decisions", "Decisions taken.", ("decision", "actor"), registry=REGISTRY)
LOOK_SECONDS = Histogram(
    "inspection_look_seconds", "One look of the model at one inspection, where it came to an end.",
    buckets=_SECONDS, registry=REGISTRY,
)  # fmt: skip
LOOKS = Counter("inspection_looks", "Looks begun, by what became of them.", ("outcome",), registry=REGISTRY)
for _outcome in Outcome:
    LOOKS.labels(outcome=_outcome.value)
JOB_FAILURES = Counter("inspection_job_failures", "Jobs given up for good.", ("kind",), registry=REGISTRY)
# not "job": that is Prometheus's own word for where it scrapes, and its wins
for _job in Job:  # a counter that is not there yet hides its first failure from `increase()`
    JOB_FAILURES.labels(kind=_job.value)
HOUSEKEEPING = (
    "heartbeat", "take-over", "sweep", "forget", "inspections", "idempotency keys", "uploads", "retention",
    "erasure", "events", "reused photos", "backfill", "spent",
)  # fmt: skip
HOUSEKEEPING_FAILURES = Counter(
    "inspection_housekeeping_failures", "Rounds of what is done by itself that failed.", ("part",),
    registry=REGISTRY,
)  # fmt: skip
for _part in HOUSEKEEPING:
    HOUSEKEEPING_FAILURES.labels(part=_part)
MODEL = Gauge(
    "inspection_model_info", "1 for the model in use.", ("bundle", "sha256", "device", "role"),
    registry=REGISTRY,
)  # fmt: skip

STANDING: Mapping[str, str] = {
    "inspection_submitted": "Inspections waiting for the model.",
    "inspection_submitted_oldest_seconds": "How long the first of them has waited.",
    "inspection_reviews_open": "Reviews waiting for a person.",
    "inspection_reviews_late": "Reviews beyond their time.",
    "inspection_reviews_late_oldest_seconds": "How long the most overdue one is beyond its time.",
    "inspection_deliveries_undelivered": "Webhook deliveries that have not arrived and are tried again.",
    "inspection_delivery_oldest_seconds": "Age of the oldest of them, replays aside.",
    "inspection_workers_alive": "Workers seen lately.",
}
"""Read from the database at each scrape."""


class Standing(Collector):
    """`read` gives the values of `STANDING`, `up` whether each store can be used."""

    def __init__(self, read: Callable[[], Mapping[str, float]], up: Callable[[], Mapping[str, bool]]) -> None:
        self._read, self._up = read, up

    def collect(self) -> Iterator[Metric]:
        """A store that is down leaves its gauges out, and says 0 in `inspection_store_up`."""
        stores = self._up()
        told = GaugeMetricFamily("inspection_store_up", "1 while it can be used.", labels=["store"])
        for store, works in stores.items():
            told.add_metric([store], float(works))
        yield told
        if stores.get("records"):
            for name, value in self._read().items():
                yield GaugeMetricFamily(name, STANDING[name], value=value)


def heard(type_: str, body: Mapping[str, Any]) -> None:
    """An event whose transaction is committed."""
    if type_ == "inspection.decided":
        DECISIONS.labels(decision=body["decision"], actor=body["by"]).inc()
        log.info("decided", inspection_id=body["inspection_id"], decision=body["decision"], actor=body["by"])


@contextmanager
def looking(inspection_id: str, attempt: int) -> Iterator[Callable[[Tried], None]]:
    """One look: what is handed the outcome counts it, times it where it came to an end, and logs why not."""
    started = time.perf_counter()
    tried = Tried(Outcome.FAILED, "")

    def became(of_it: Tried) -> None:
        nonlocal tried
        tried = of_it

    try:
        yield became
    except Exception as error:
        tried = Tried(Outcome.FAILED, f"{type(error).__name__}: {error}")
        raise
    finally:
        LOOKS.labels(outcome=tried.outcome.value).inc()
        if tried.outcome is Outcome.DECIDED:
            LOOK_SECONDS.observe(time.perf_counter() - started)
        elif tried.why:
            log.warning(
                "looked in vain", inspection_id=inspection_id, attempt=attempt, outcome=tried.outcome.value,
                why=tried.why,
            )  # fmt: skip


def text() -> bytes:
    """All of it, as Prometheus reads it."""
    return generate_latest(REGISTRY)
