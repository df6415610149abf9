"""What the workflow needs from the outside world; each adapter serves one of these."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from inspection.photo.photo import Photo
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import Quality, Reading

__all__ = ["Gate", "Photo", "PhotoStore", "Reader", "Records"]


class Gate(Protocol):
    """The way in for photos. Safe to call from several threads."""

    def open(self, encoded: bytes) -> Photo:
        """A safe, upright picture from whatever a phone sent. Raises `PhotoRejected`."""
        ...

    def judge(self, photo: Photo) -> Quality:
        """Is it good enough to be read, and what to do if not?"""
        ...

    def shown(self, photo: Photo) -> bytes:
        """A JPEG that people may see: re-encoded, without any metadata."""
        ...


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


class Records(Protocol):
    """Where inspections are kept. Adding the same one twice is the same as once."""

    def add(self, inspection: Inspection) -> None:
        """Keep it for good."""
        ...

    def get(self, inspection_id: str) -> Inspection:
        """Raises `InspectionNotFound`."""
        ...

    def latest(self, count: int) -> Sequence[Inspection]:
        """The newest first."""
        ...

    def check(self) -> None:
        """Whether one could be added now. Raises `StoreUnusable`."""
        ...


class PhotoStore(Protocol):
    """Where originals and shown copies are kept, by content. What is stored is never changed."""

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """Keep the untouched bytes. Putting the same ones again does nothing."""
        ...

    def put_shown(self, sha256: str, encoded: bytes) -> None:
        """Keep the copy of an original that people may see; named by the original's hash."""
        ...

    def shown(self, sha256: str) -> bytes:
        """The copy people may see, a JPEG without metadata. Raises `PhotoNotFound`."""
        ...

    def check(self) -> None:
        """Whether one could be put now. Raises `StoreUnusable`."""
        ...
