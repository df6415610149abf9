"""The index of a process that works: read at its start, beside everything else, and kept in a file."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from inspection.seen.index import Index

SAVED_EVERY = timedelta(minutes=10)

log = structlog.get_logger("inspection.seen")


class Loading:
    """Begun once. Searches wait for it, nothing else does: what it has not read, a search reads by itself.

    `folder` is where a large index is kept for the next start; `None` keeps it nowhere.
    """

    def __init__(self, index: Index, folder: Path | None, failed: Callable[[str, Exception], None]) -> None:
        self._index = index
        self._folder = folder
        self._failed = failed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go, name="seen", daemon=True)
        self._saved_at: datetime | None = None

    def start(self) -> None:
        """Returns at once; starting again does nothing."""
        if self._thread.ident is None:
            self._thread.start()

    def sweep(self, now: datetime) -> None:
        """Keeps what is new every few minutes, and nothing of what was erased since.

        Raises `OSError` or `StoreUnusable`.
        """
        loaded = self._thread.ident is not None and not self._thread.is_alive()
        if loaded and (self._saved_at is None or now - self._saved_at >= SAVED_EVERY):
            self._saved_at = now
            self._index.catch_up(stopped=self._stopped)  # nobody may be searching, and photos are erased
            self._index.save()

    def close(self) -> None:
        """Ends what is under way."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _go(self) -> None:
        began = time.monotonic()
        try:
            if self._folder is not None:
                self._index.keep_in(self._folder)
            self._index.catch_up(stopped=self._stopped)
        except Exception as error:  # the first search reads it, or says what is wrong
            self._failed("reused photos", error)
            return
        log.info("photos in memory", count=len(self._index), seconds=round(time.monotonic() - began, 1))
