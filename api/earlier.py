"""Where the photos of an inspection came before, for whoever judges it: both copies, to be looked at."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from api.bodies.inspections import shown_at
from api.bodies.reviews import CameBeforeOut, EarlierOut
from inspection.errors import InspectionNotFound
from inspection.returns.case import CasePhoto, ReviewCase
from inspection.wiring import Product


@dataclass(slots=True)
class Earlier:
    """Of one review. Each inspection is read once."""

    product: Product
    _photos: dict[str, tuple[CasePhoto, ...]] = field(default_factory=dict)

    def of(self, review: ReviewCase) -> list[CameBeforeOut]:
        """As the record has it of the turn under review."""
        told = self._told(review)
        if not told:
            return []
        look = self.product.cases.look(review.inspection_id, review.turn).inspection
        hashes = {str(photo.id): photo.sha256 for photo in look.photos}
        found = [self._one(review.inspection_id, hashes[one["photo"]], one) for one in told]
        return [one for one in found if one is not None]

    def _told(self, review: ReviewCase) -> list[dict[str, Any]]:
        for entry in reversed(self.product.cases.entries(review.inspection_id)):
            told = entry.body.get("came_before")
            if entry.body.get("turn") == review.turn and isinstance(told, list):
                return told
        return []

    def _one(self, inspection_id: str, sha256: str, told: dict[str, Any]) -> CameBeforeOut | None:
        position = self._position(inspection_id, sha256)
        if position is None:  # taken back: no photo of this inspection any more
            return None
        return CameBeforeOut(
            position=position,
            shown=shown_at(inspection_id, position),
            sha256=told["sha256"],
            kind=told["kind"],
            earlier=[self._earlier(one, told["sha256"]) for one in told["inspections"]],
        )

    def _earlier(self, inspection_id: str, sha256: str) -> EarlierOut:
        position = self._position(inspection_id, sha256)
        return EarlierOut(
            inspection_id=inspection_id,
            return_id=self.product.lists.return_of(inspection_id),
            shown=None if position is None else shown_at(inspection_id, position),
        )

    def _position(self, inspection_id: str, sha256: str) -> int | None:
        if inspection_id not in self._photos:
            self._photos[inspection_id] = ()
            with suppress(InspectionNotFound):
                self._photos[inspection_id] = self.product.lists.inspection(inspection_id)[1]
        there = (photo.position for photo in self._photos[inspection_id] if photo.sha256 == sha256)
        return next(there, None)
