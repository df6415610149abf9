"""Erasure and retention: photos go, what was decided stays, and the record's chain stays whole.

The record names photos by hash alone. Erasing removes the original, its shown copy, its fingerprint and
the pictures' traces in the looks (heat maps); the entry of the erasure itself is part of the chain.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from inspection.ports import Forgotten, PhotoStore
from inspection.sweeping import each

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """`keep_for` is how long photos are kept after they came; `None` keeps them until somebody asks."""

    photos: PhotoStore
    rows: Forgotten
    keep_for: timedelta | None = None

    def photo(self, sha256: str, actor: str, why: str) -> None:
        """Everywhere, for good. Raises `PhotoNotFound` where none of that hash is known."""
        # the files first: a crash in between leaves a row that is erased again, never a photo nobody knows of
        self.rows.known(sha256)
        self.photos.erase(sha256)
        self.rows.erase(sha256, actor, why)

    def of_return(self, return_id: str, actor: str, why: str) -> int:
        """All photos that came with a return and with no other; returns how many. Raises `ReturnNotFound`."""
        hashes = self.rows.photos_of_return(return_id)
        for sha256 in hashes:
            self.photo(sha256, actor, why)
        return len(hashes)

    def sweep(self, now: datetime) -> int:
        """Photos whose time is over, some at a time."""
        if self.keep_for is None:
            return 0
        old = self.rows.older_than(now - self.keep_for, AT_ONCE)
        each(old, lambda sha256: self.photo(sha256, "software", "retention"))
        return len(old)
