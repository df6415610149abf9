"""What operators see."""

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Literal

from inspection.checked import Checked, troubles
from inspection.ports import Cases, PhotoStore
from inspection.wiring.casework import Casework


class Watching(Casework):
    """Gauges and checks, read in time or said to be missing."""

    @cached_property
    def _counting(self) -> tuple[dict[str, float], Checked]:
        counted: dict[str, float] = {}
        return counted, Checked("records", lambda: counted.update(self._counted()), every=0)

    def standing(self) -> dict[str, float]:
        """The gauges of `inspection.telemetry.metrics.STANDING`; none where they cannot be read in time."""
        counted, reading = self._counting
        return dict(counted) if reading.trouble() is None else {}

    def _counted(self) -> dict[str, float]:
        backlog = self.lists.backlog(datetime.now(UTC))
        return {
            "inspection_submitted": backlog.submitted,
            "inspection_submitted_oldest_seconds": backlog.submitted_oldest,
            "inspection_reviews_open": backlog.reviews,
            "inspection_reviews_late": backlog.late,
            "inspection_reviews_late_oldest_seconds": backlog.late_oldest,
            "inspection_deliveries_undelivered": backlog.undelivered,
            "inspection_delivery_oldest_seconds": backlog.undelivered_oldest,
            "inspection_workers_alive": backlog.workers,
        }

    @cached_property
    def checks(self) -> dict[str, Checked]:
        """Of the stores: opened at the latest by asking, so that a folder that cannot be made is found."""
        return {
            "records": Checked("records", partial(self._check, "cases")),
            "photos": Checked("photos", partial(self._check, "photos")),
        }

    def _check(self, store: Literal["cases", "photos"]) -> None:
        checked: Cases | PhotoStore = getattr(self, store)
        checked.check()

    def stores_up(self) -> dict[str, bool]:
        """Which of them can be used."""
        wrong = troubles(self.checks)
        return {name: name not in wrong for name in self.checks}
