"""What is good once, or no more, until it would have ended anyway."""

import threading
from datetime import datetime
from typing import Protocol


class Spent(Protocol):
    """Safe for threads. `inspection.store.spent` is one that every process knows of."""

    def spend(self, what: str, until: datetime, now: datetime) -> bool:
        """Whether this was the first time."""
        ...

    def __contains__(self, what: str) -> bool:
        """Whether it was spent."""
        ...


class SpentHere:
    """In memory: another process knows nothing of it."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def spend(self, what: str, until: datetime, now: datetime) -> bool:
        """See `Spent.spend`."""
        with self._lock:
            self._until = {one: ends for one, ends in self._until.items() if ends > now}
            if what in self._until:
                return False
            self._until[what] = until
            return True

    def __contains__(self, what: str) -> bool:
        """See `Spent`."""
        with self._lock:
            return what in self._until
