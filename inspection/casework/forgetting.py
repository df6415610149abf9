"""Erasure and retention: photos go, what was decided stays, and the record's chain stays whole.

The record names photos by hash alone. Erasing removes the original, its shown copy, its fingerprint and
the pictures' traces in the looks (heat maps); the entry of the erasure itself is part of the chain.

Rows first, then files, while nobody can bring the photo back (`inspection.store.coming` says how the two
go hand in hand). Files of an erased photo are looked for once more after an hour: a crash may have left
them, or a request that was putting them just then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from inspection.casework.receiving import Uploads
from inspection.ports import Forgotten, PhotoStore
from inspection.sweeping import each

AT_ONCE = 200
AGAIN_AFTER = timedelta(hours=1)
"""Longer than any request or look takes that had a photo in its hands when it was erased."""


class Features(Protocol):
    """What this process keeps of photos to compare with them."""

    def photos(self) -> Collection[str]:
        """Their hashes."""
        ...

    def forget(self, sha256: str) -> None:
        """All that was kept of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Of a return: how many photos are gone, and how many stay because others use them, too."""

    gone: int
    still_used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """`keep_for` is how long photos are kept after their latest use; `None`: until somebody asks."""

    photos: PhotoStore
    rows: Forgotten
    uploads: Uploads
    features: Features
    keep_for: timedelta | None = None

    def photo(self, sha256: str, actor: str, why: str) -> None:
        """Everywhere, for good. Raises `PhotoNotFound` where none of that hash is known."""
        self.rows.known(sha256)
        self.rows.erase(sha256, actor, why)
        self.clear(sha256)

    def of_return(self, return_id: str, actor: str, why: str) -> Erased:
        """All photos that came with a return, and those on their way. Raises `ReturnNotFound`.

        One that others use, too, is not this return's any more, and goes with its last use.
        """
        self.uploads.drop_of_return(return_id)  # first: what is waited for here is a photo afterwards
        gone = still_used = 0
        for sha256 in self.rows.photos_of_return(return_id):
            all_of_it = self.rows.erase_of_return(return_id, sha256, actor, why)
            if all_of_it is not False:
                self.clear(sha256)
            gone += all_of_it is True
            still_used += all_of_it is False
        return Erased(gone=gone, still_used=still_used)

    def sweep(self, now: datetime) -> int:
        """Photos whose time is over, or that never came, some at a time."""
        unused_since = None if self.keep_for is None else now - self.keep_for
        due = self.rows.overdue(now, unused_since, AT_ONCE)
        each(due, lambda sha256: self._end(sha256, now, unused_since))
        return len(due)

    def sweep_again(self, now: datetime) -> int:
        """What may be left of photos that were erased, here or by another process."""
        each(self.rows.erased_among(self.features.photos()), self.features.forget)
        before = now - AGAIN_AFTER
        due = self.rows.uncleared(before, AT_ONCE)
        each(due, partial(self._clear_again, before=before))
        return len(due)

    def _end(self, sha256: str, now: datetime, unused_since: datetime | None) -> None:
        self.rows.erase_overdue(sha256, now, unused_since)
        self.clear(sha256)

    def _clear_again(self, sha256: str, *, before: datetime) -> None:
        self.clear(sha256)
        self.rows.cleared(sha256, before)

    def clear(self, sha256: str) -> None:
        """The files of what is erased, unless it came again meanwhile."""
        self.features.forget(sha256)
        if not self.photos.has(sha256):  # asked before, so that no lock waits for a store that is away
            return
        with self.rows.while_erased(sha256) as still_so:
            if still_so:
                self.photos.erase(sha256)
