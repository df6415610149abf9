"""What is wrong with the installation: the operator reads it all in the log, others that there is something.

The full text names paths and devices of this machine, which are nobody else's business.
"""

import logging
import threading
import time

from api.errors import Passing
from inspection.errors import InspectionError, SetupProblem, StoreUnusable

_MOST_REMEMBERED = 100
AGAIN_SECONDS = 300.0

log = logging.getLogger("inspection.api")


def said_outside(error: InspectionError) -> str:
    """The sentence for whoever asked. What an operator has to mend goes to the log, every few minutes."""
    if not isinstance(error, SetupProblem) or isinstance(error, Passing):
        return str(error)
    _told.log(error)
    kind = f", {error.kind}" if type(error) is StoreUnusable else ""  # the others' code says it
    return f"This service needs its operator ({error.code}{kind}). Its log says why."


def is_over(part: str) -> None:
    """It works again; the next outage is told at once, though it be the same."""
    log.info("%s: works again", part)
    _told.forget()


class _Told:
    """What the log has already: a broken store would fill it, one line a request."""

    def __init__(self) -> None:
        self._lines: dict[str, float] = {}
        self._lock = threading.Lock()

    def log(self, error: SetupProblem) -> None:
        line = f"{type(error).__name__}: {error}"
        now = time.monotonic()
        with self._lock:
            if now - self._lines.get(line, -AGAIN_SECONDS) < AGAIN_SECONDS:
                return
            if len(self._lines) >= _MOST_REMEMBERED:
                self._lines.clear()
            self._lines[line] = now
        log.error(line)

    def forget(self) -> None:
        with self._lock:
            self._lines.clear()


_told = _Told()
