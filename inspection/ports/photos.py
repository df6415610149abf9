"""Photos: the way in, where they lie, and which came before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from inspection.photo.photo import Photo
from inspection.verdict.before import Recalled
from inspection.verdict.findings import PhotoId
from inspection.verdict.reading import Quality


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


class Memory(Protocol):
    """Every photo that ever came."""

    def came_before(
        self, inspection_id: str, return_id: str | None, photos: Mapping[PhotoId, Photo]
    ) -> Recalled:
        """Remember these, then say which came with another return, or with another inspection of none.

        Asking twice is as once. Commits by itself: call it outside of any transaction. What cannot be
        compared is told; raises `StoreUnusable` where these cannot be remembered.
        """
        ...

    def remember(self, photos: Iterable[Photo]) -> None:
        """As `came_before`, and ask nothing."""
        ...


class PhotoStore(Protocol):
    """Where originals and shown copies are kept, by content. What is stored is never changed."""

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """Keep the untouched bytes. Putting the same ones again does nothing; they mend altered ones."""
        ...

    def put_shown(self, sha256: str, encoded: bytes, *, again: bool = False) -> None:
        """Keep the copy of an original that people may see; named by the original's hash.

        `again` replaces one that is there: it was found broken.
        """
        ...

    def original(self, sha256: str) -> bytes:
        """The untouched bytes, for the model alone. Raises `PhotoNotFound`."""
        ...

    def shown(self, sha256: str) -> bytes:
        """The copy people may see, a JPEG without metadata. Raises `PhotoNotFound`."""
        ...

    def erase(self, sha256: str) -> None:
        """Both, for good. Erasing what is not there does nothing."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether either of them is there."""
        ...

    def check(self) -> None:
        """Whether one could be put now. Raises `StoreUnusable`."""
        ...


class Forgotten(Protocol):
    """What rows know of photos, and forget. An erasure is noted in the record, where the hash stays."""

    def known(self, sha256: str) -> None:
        """Raises `PhotoNotFound`."""
        ...

    def erase(self, sha256: str, actor: str, why: str) -> None:
        """All traces of it. What is erased stays so."""
        ...

    def erase_overdue(self, sha256: str, now: datetime, unused_since: datetime | None) -> None:
        """The same, where it is overdue by now: somebody may have begun to use it again."""
        ...

    def erase_of_return(self, return_id: str, sha256: str, actor: str, why: str) -> bool | None:
        """Its use by this return, and with the last use all of it: True. False: others use it still.

        `None` where nothing was left to erase.
        """
        ...

    def photos_of_return(self, return_id: str) -> Sequence[str]:
        """Those whose use by it, or whose files, may be there still. Raises `ReturnNotFound`."""
        ...

    def overdue(self, now: datetime, unused_since: datetime | None, most: int) -> Sequence[str]:
        """Expected and never used by now; and, the oldest first, those last used before `unused_since`

        that no open, submitted or reviewed inspection has, none decided since, and no item as reference.
        """
        ...

    def while_erased(self, sha256: str) -> AbstractContextManager[bool]:
        """Whether it is; if so it stays so within: nobody can bring it back before that ends."""
        ...

    def uncleared(self, before: datetime, most: int) -> Sequence[str]:
        """Erased before then, and their files were not looked for since."""
        ...

    def cleared(self, sha256: str, before: datetime) -> None:
        """They were."""
        ...

    def erased_of(self, inspection_id: str) -> frozenset[str]:
        """Photos that it had and whose use by it was erased, though others may use them."""
        ...

    def erased_among(self, sha256s: Collection[str]) -> frozenset[str]:
        """Which of these photos are."""
        ...
