from datetime import UTC, datetime

import pytest

from inspection.store.cases import SqlCases
from inspection.store.jobs.queue import JobQueue
from inspection.verdict.decision import Review
from inspection.verdict.doubt import Reason
from inspection.verdict.findings import PhotoId
from inspection.verdict.inspection import InspectedPhoto, Inspection
from inspection.verdict.reading import Model, PhotoReading, Quality, Reading


@pytest.fixture
def cases(database):
    """On each engine in turn."""
    made = SqlCases(database, JobQueue(database))
    yield made
    made.close()


@pytest.fixture
def inspected():
    """`inspected(7)` is the inspection made at seven seconds past noon."""

    def make(second: int, text: str = "Please look.") -> Inspection:
        one = PhotoId("photo-1")
        return Inspection(
            id=f"inspection-{second:03}",
            at=datetime(2026, 11, 22, 12, 0, second, tzinfo=UTC),
            photos=(InspectedPhoto(id=one, sha256="ab" * 32, view=None, quality=Quality()),),
            reading=Reading(
                model=Model(bundle="calm", sha256="0" * 64, device="cpu"), photos=(PhotoReading(photo=one),)
            ),
            grading=None,
            decision=Review(reasons=(Reason(code="look", text=text),)),
            policy="house-1",
        )

    return make
