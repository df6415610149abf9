"""The one way in for originals: whatever happens on the way, no accepted photo lacks its bytes, and no bytes

lie there that nobody would ever erase. Rows and files go hand in hand in `inspection.store.coming`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from inspection.errors import PhotoErasedMeanwhile
from inspection.ports import PhotoStore

TRIES = 3
"""An erasure comes in between once, if ever."""

T = TypeVar("T")
Since = Mapping[str, datetime]
"""Since when each photo is kept, by its hash: whoever uses them says it, and it must still be so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """`expect` notes that a photo of so many bytes is about to be stored; it says since when it is kept."""

    photos: PhotoStore
    expect: Callable[[str, int], datetime]

    def keep(self, sent: Mapping[str, Callable[[], bytes]], use: Callable[[Since], T]) -> T:
        """Put originals, by their hashes, and `use` them; all again where one was erased meanwhile.

        `use` raises `PhotoErasedMeanwhile` then, and so does this after a few tries.
        """
        for _ in range(TRIES - 1):
            try:
                return use(self._put(sent))
            except PhotoErasedMeanwhile:
                continue
        return use(self._put(sent))

    def _put(self, sent: Mapping[str, Callable[[], bytes]]) -> Since:
        since = {}
        for sha256, read in sent.items():
            encoded = read()
            since[sha256] = self.expect(sha256, len(encoded))
            self.photos.put_original(sha256, encoded)
        return since
