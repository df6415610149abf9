"""What is done by itself and fails: nobody waits for an answer, so the log and the metrics are told."""

import structlog

from inspection.errors import SetupProblem
from inspection.telemetry import metrics

log = structlog.get_logger("inspection")


def failed(part: str, error: Exception) -> None:
    """`part` is one of `metrics.HOUSEKEEPING`. It is done again with the next round."""
    metrics.HOUSEKEEPING_FAILURES.labels(part=part).inc()
    if isinstance(error, SetupProblem):  # known, and told anew every few seconds
        log.warning("failed", part=part, why=str(error))
    else:
        log.error("failed", part=part, exc_info=error)
