"""What is good once, or no more: remembered by this process until it would have ended anyway."""

import threading
from datetime import datetime


class Spent:
    """Safe for threads. Another process knows nothing of it."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def spend(self, what: str, until: datetime, now: datetime) -> bool:
        """Whether this was the first time."""
        with self._lock:
            self._until = {one: ends for one, ends in self._until.items() if ends > now}
            if what in self._until:
                return False
            self._until[what] = until
            return True

    def __contains__(self, what: str) -> bool:
        """Whether it was spent."""
        with self._lock:
            return what in self._until
