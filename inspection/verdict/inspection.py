"""One look at one item, whole: what was seen, what was decided, and on whose rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inspection.verdict.decision import Decision
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.grading import Grading
from inspection.verdict.reading import Claim, PhotoReading, Quality, Reading


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

    @property
    def counted(self) -> Reading:
        """What of the reading the decision rests on."""
        return counted(self.reading, self.photos)


def counted(reading: Reading, photos: Sequence[InspectedPhoto]) -> Reading:
    """The reading without what poor photos leave open, where a readable one shows the same view.

    Otherwise one blurred photo would keep every question open, however many good ones follow it.
    What a poor photo does settle, damage for one, still counts.
    """
    poor = superseded(photos)
    return replace(
        reading, photos=tuple(_settled_only(one) if one.photo in poor else one for one in reading.photos)
    )


def superseded(photos: Sequence[InspectedPhoto]) -> frozenset[PhotoId]:
    """The photos too poor to be read for which a readable one shows the same view."""
    readable = {photo.view for photo in photos if photo.quality.ok}
    return frozenset(photo.id for photo in photos if not photo.quality.ok and photo.view in readable)


def _settled_only(photo: PhotoReading) -> PhotoReading:
    damaged = _if_settled(photo.damaged)
    return replace(
        photo,
        damaged=damaged,
        recaptured=_if_settled(photo.recaptured),
        same_item=_if_settled(photo.same_item),
        genuine=_if_settled(photo.genuine),
        findings=photo.findings if damaged is not None else (),
    )


def _if_settled(claim: Claim | None) -> Claim | None:
    return claim if claim is not None and claim.settled else None
