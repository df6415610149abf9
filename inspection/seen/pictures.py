"""Pictures of earlier photos, made ready to be compared: what was read once is not read again."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock

import cv2

from inspection.photo.photo import Picture
from inspection.seen.same import Prepared, prepared

MOST_KEPT = 200
"""Some 36 MB."""


class Pictures:
    """The last ones used, by number. Safe for threads.

    `picture_of` gives a photo's picture by its hash, `None` where there is none any more, and raises
    `ValueError` for one that cannot be read.
    """

    def __init__(self, picture_of: Callable[[str], Picture | None], most: int = MOST_KEPT) -> None:
        self._picture_of = picture_of
        self._most = most
        self._kept: OrderedDict[int, Prepared | None] = OrderedDict()
        self._lock = Lock()

    def get(self, seq: int, sha256: str) -> Prepared | None:
        """`None` where there is nothing to compare with. Raises what the store does."""
        with self._lock:
            if seq in self._kept:
                self._kept.move_to_end(seq)
                return self._kept[seq]
        try:
            picture = self._picture_of(sha256)
            made = None if picture is None else prepared(picture)
        except (ValueError, cv2.error):
            made = None  # cut off, say: kept as that, or every search would try it again
        else:
            if picture is None:  # its copy may be on its way
                return None
        with self._lock:
            self._kept[seq] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def drop(self, seqs: Iterable[int]) -> None:
        """Erased, or under another number now."""
        with self._lock:
            for seq in seqs:
                self._kept.pop(seq, None)
