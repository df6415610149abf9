"""A store of photos that is opened, and tried, by whoever first needs it: until it comes, each asks again.

So that a process whose store is away begins all the same, and each job waits for it as for any outage.
"""

import threading
from collections.abc import Callable

from inspection.ports import PhotoStore


class LatePhotos:
    """See `ports.PhotoStore`. Whatever `open_` raises, each call raises."""

    def __init__(self, open_: Callable[[], PhotoStore]) -> None:
        self._open = open_
        self._store: PhotoStore | None = None
        self._lock = threading.Lock()

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """See `PhotoStore`."""
        self._opened().put_original(sha256, encoded)

    def put_shown(self, sha256: str, encoded: bytes, *, again: bool = False) -> None:
        """See `PhotoStore`."""
        self._opened().put_shown(sha256, encoded, again=again)

    def original(self, sha256: str) -> bytes:
        """See `PhotoStore`."""
        return self._opened().original(sha256)

    def shown(self, sha256: str) -> bytes:
        """See `PhotoStore`."""
        return self._opened().shown(sha256)

    def erase(self, sha256: str) -> None:
        """See `PhotoStore`."""
        self._opened().erase(sha256)

    def has(self, sha256: str) -> bool:
        """See `PhotoStore`."""
        return self._opened().has(sha256)

    def check(self) -> None:
        """See `PhotoStore`."""
        self._opened().check()

    def _opened(self) -> PhotoStore:
        if self._store is None:
            with self._lock:
                if self._store is None:
                    self._store = self._open()
        return self._store
