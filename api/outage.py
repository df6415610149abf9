"""What is wrong with the installation: the operator reads it all in the log, others that there is something.

The full text names paths and devices of this machine, which are nobody else's business.
"""

import logging
import threading

from api.errors import Passing
from inspection.errors import InspectionError, SetupProblem

_MOST_REMEMBERED = 100

log = logging.getLogger("inspection.api")


def said_outside(error: InspectionError) -> str:
    """The sentence for whoever asked. What an operator has to mend goes to the log, once."""
    if not isinstance(error, SetupProblem) or isinstance(error, Passing):
        return str(error)
    _told.log(error)
    return f"This service needs its operator ({error.code}). Its log says why."


class _Told:
    """What the log has already: a broken store would fill it, one line a request."""

    def __init__(self) -> None:
        self._lines: set[str] = set()
        self._lock = threading.Lock()

    def log(self, error: SetupProblem) -> None:
        line = f"{type(error).__name__}: {error}"
        with self._lock:
            if line in self._lines:
                return
            if len(self._lines) >= _MOST_REMEMBERED:
                self._lines.clear()
            self._lines.add(line)
        log.error(line)


_told = _Told()
