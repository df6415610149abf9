"""What a process that waits would say every few seconds: a line of the log, and again after some minutes."""

import logging
import time

AGAIN_SECONDS = 300.0

log = logging.getLogger("inspection.waiting")


class Seldom:
    """Of one thing that is waited for. Another line is said at once."""

    def __init__(self) -> None:
        self._said: tuple[str, float] | None = None

    def say(self, line: str) -> None:
        """Unless it said so a moment ago."""
        now = time.monotonic()
        if self._said is None or self._said[0] != line or now - self._said[1] >= AGAIN_SECONDS:
            self._said = line, now
            log.warning(line)
