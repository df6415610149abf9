"""How a process ends: it says so first, what it has begun is finished, and all of it by one time.

Nothing hangs on ending well: whatever is killed, others take over. So one that cannot end by then is ended.
"""

import logging
import os
import threading
import time

_LEAST_SECONDS = 1.0
_GRACE_SECONDS = 2.0

log = logging.getLogger("inspection")


class Ending:
    """Of one process, which has `seconds` for it: fewer than whoever runs it waits before it kills."""

    def __init__(self) -> None:
        self._until: float | None = None
        self.seconds = 40.0

    @property
    def begun(self) -> bool:
        """Whether it was told to end."""
        return self._until is not None

    def begin(self) -> None:
        """From now on; what has not ended by the end is ended by force, with exit code 1."""
        if self._until is not None:
            return
        self._until = time.monotonic() + self.seconds
        timer = threading.Timer(self.seconds + _GRACE_SECONDS, self._by_force)
        timer.daemon = True
        timer.start()

    def left(self) -> int:
        """Seconds for what is under way."""
        until = time.monotonic() + self.seconds if self._until is None else self._until
        return int(max(_LEAST_SECONDS, until - time.monotonic()))

    @staticmethod
    def _by_force() -> None:
        log.error("Not everything ended in time. Others take over what was begun.")
        os._exit(1)


ENDING = Ending()
"""This process's: signals come to processes."""
