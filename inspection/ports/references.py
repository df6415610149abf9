"""Photos of undamaged items."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Source = Literal["catalogue", "dispatch", "return"]
"""Where a photo of an undamaged item is from: the catalogue, its dispatch, or a return graded A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One photo of an undamaged item, by the merchant's own item number."""

    id: str
    sku: str
    sha256: str
    source: Source
    added_at: datetime


class References(Protocol):
    """Inspections of an item are compared with the newest 20 of its number."""

    def add(self, made: Reference, size: int, since: datetime | None = None) -> Reference:
        """`size` in bytes. Adding the same photo to the same item again gives the one that is there.

        `since`: see `Change.note_photo`.
        """
        ...

    def of(self, sku: str, *, after: str | None, limit: int) -> tuple[Reference, ...]:
        """The newest first; `after` is the id of the last one before."""
        ...

    def remove(self, reference_id: str) -> None:
        """Nothing is compared with it any more. Raises `ReferenceNotFound`."""
        ...
