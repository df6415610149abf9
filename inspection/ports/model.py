"""The model."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from inspection.photo.photo import Photo
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.reading import Reading


class Reader(Protocol):
    """The model: photos of one item in, calibrated answers out."""

    def read(
        self,
        photos: Sequence[tuple[PhotoId, View | None, Photo]],
        references: Iterable[Photo] = (),
    ) -> Reading:
        """Read one item. Photos of the undamaged item, 0 to 20, sharpen damage and identity.

        References are taken a few at a time and let go of, so that they may be opened on the way.
        Safe to call from several threads. The same photos give the same reading.
        """
        ...
