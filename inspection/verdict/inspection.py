"""One look at one item, whole: what was seen, what was decided, and on whose rules."""

from dataclasses import dataclass
from datetime import datetime

from inspection.verdict.decision import Decision
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.grading import Grading
from inspection.verdict.reading import Quality, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedPhoto:
    """One photo of the inspection; `sha256` names the untouched original."""

    id: PhotoId
    sha256: str
    view: View | None
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """The record of one inspection. `id` sorts by time; `at` is UTC."""

    id: str
    at: datetime
    photos: tuple[InspectedPhoto, ...]
    reading: Reading
    grading: Grading | None
    decision: Decision
    policy: str
