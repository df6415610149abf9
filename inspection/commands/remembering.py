"""A gate that opens each reference photo once, though many rows name it."""

import threading
from collections import OrderedDict
from hashlib import sha256

from inspection.errors import PhotoRejected
from inspection.ports import Gate, Photo
from inspection.verdict.reading import Quality


class Remembering:
    """Implements `ports.Gate`. Holds at most `most` opened references, about 3 MB each."""

    def __init__(self, gate: Gate, most: int = 24) -> None:
        self._gate = gate
        self._most = most
        self._kept: OrderedDict[bytes, Photo] = OrderedDict()
        self._lengths: set[int] = set()
        self._lock = threading.Lock()

    def remember(self, encoded: bytes) -> None:
        """Open it now, for this and later rows. One that is rejected is left for `open` to say so."""
        digest = sha256(encoded).digest()
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return
        try:
            photo = self._gate.open(encoded)
        except PhotoRejected:
            return
        with self._lock:
            self._lengths.add(len(encoded))
            self._kept[digest] = photo
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def open(self, encoded: bytes) -> Photo:
        """See `ports.Gate`."""
        if len(encoded) in self._lengths:  # else it is none of them, and need not be hashed
            with self._lock:
                kept = self._kept.get(sha256(encoded).digest())
            if kept is not None:
                return kept
        return self._gate.open(encoded)

    def judge(self, photo: Photo) -> Quality:
        """See `ports.Gate`."""
        return self._gate.judge(photo)

    def shown(self, photo: Photo) -> bytes:
        """See `ports.Gate`."""
        return self._gate.shown(photo)
