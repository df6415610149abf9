"""How long to wait before a request is sent again, and when to give up."""

import math
import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 10.0


class Patience:
    """Longer after each try, spread so that a crowd does not return at once; in all, `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """There was progress: it begins anew."""
        self._until = time.monotonic() + self._seconds
        self._next = FIRST_SECONDS

    def wait(self, asked: float = 0) -> bool:
        """Never less than the `asked` seconds. False, at once, where that would take too long."""
        pause = asked + self._next * (0.5 + random.random())
        if time.monotonic() + pause > self._until:
            return False
        time.sleep(pause)
        self._next = min(self._next * 2, LONGEST_SECONDS)
        return True


def seconds_of(retry_after: str | None, now: datetime | None = None) -> float:
    """What `Retry-After` asks for, as a number of seconds or a date (RFC 9110); 0 where that is unclear."""
    if not retry_after:
        return 0.0
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _until(retry_after, now or datetime.now(UTC))
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _until(date: str, now: datetime) -> float:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        return 0.0
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp()
