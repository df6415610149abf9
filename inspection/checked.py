"""Whether a store can be used, for whoever asks: quick to answer, though the store may never be."""

import threading
import time
from collections.abc import Callable, Mapping

from inspection.errors import InspectionError, StoreUnusable

EVERY_SECONDS = 5.0
"""Nobody's asking more often makes the store be asked more often."""
AGAIN_SECONDS = 1.0
"""After a failure: it may be back."""
WAITS_SECONDS = 3.0


class Checked:
    """Asks it in a thread of its own, at most every few seconds, and waits so long. Safe for threads.

    One that still has not answered cannot be used; it is not asked again until it has.
    """

    def __init__(self, store: str, check: Callable[[], object], *, every: float = EVERY_SECONDS) -> None:
        """`check` raises an `InspectionError` where it cannot be used."""
        self._store, self._check, self._every = store, check, every
        self._lock = threading.Lock()
        self._asked: _Asked | None = None

    def begin(self) -> "_Asked":
        """Ask it, if it is time; does not wait."""
        with self._lock:
            if self._asked is None or self._asked.is_older_than(self._every):
                self._asked = _Asked(self._store, self._check)
            return self._asked

    def trouble(self) -> InspectionError | None:
        """What is wrong with it now; the answer is a few seconds old at most."""
        asked = self.begin()
        left = asked.begun_at + WAITS_SECONDS - time.monotonic()
        if asked.answered.wait(max(0.0, left)):
            return asked.trouble
        return StoreUnusable(self._store, f"it has not answered within {WAITS_SECONDS:.0f} s")


def troubles(checks: Mapping[str, Checked]) -> dict[str, InspectionError]:
    """Of those that cannot be used; all are asked at once."""
    for one in checks.values():
        one.begin()
    told = {name: one.trouble() for name, one in checks.items()}
    return {name: trouble for name, trouble in told.items() if trouble is not None}


class _Asked:
    """One question."""

    def __init__(self, store: str, check: Callable[[], object]) -> None:
        self._store, self._check = store, check
        self.begun_at = time.monotonic()
        self._ended_at = 0.0
        self.trouble: InspectionError | None = None
        self.answered = threading.Event()
        # a daemon: a store that hangs keeps no process from ending
        threading.Thread(target=self._ask, name=f"check of {store}", daemon=True).start()

    def is_older_than(self, seconds: float) -> bool:
        """Whether it is time for the next one."""
        lasts = seconds if self.trouble is None else min(seconds, AGAIN_SECONDS)
        return self.answered.is_set() and time.monotonic() - self._ended_at > lasts

    def _ask(self) -> None:
        try:
            self._check()
        except InspectionError as error:
            self.trouble = error
        except Exception as error:  # a fault of ours: still an answer
            self.trouble = StoreUnusable(self._store, f"{type(error).__name__}: {error}")
        self._ended_at = time.monotonic()
        self.answered.set()
