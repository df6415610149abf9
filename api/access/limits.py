"""How much one caller may ask: so many requests a minute, at once or spread, refilled all the time (GCRA).

One number a caller, no thread, no clock but the one given: 1.7 µs a request. (The package `limits` keeps an
entry for each request of each caller and sweeps them all from a thread: 5.8 µs, now and then 12 ms.)
Counted in this process's memory: behind several processes each counts for itself, so that a caller gets up
to as many times the quota.
"""

import threading
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from api.access.callers import Role
from inspection.errors import Overloaded

MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`quota` requests in `seconds`; `name` is what the headers call it."""

    name: str
    quota: int
    seconds: int = 60

    @property
    def policy(self) -> str:
        """The header RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.quota};w={self.seconds}'


RATES: dict[Role, Rate] = {
    Role.SERVICE: Rate("service", 6000),
    Role.SHOPPER: Rate("shopper", 600),  # a bad network makes many small uploads of one photo
    Role.INSPECTOR: Rate("person", 1200),  # a page shows many pictures
    Role.SCIENTIST: Rate("person", 1200),
    Role.ADMINISTRATOR: Rate("person", 1200),
}
UNKNOWN = Rate("unknown", 120)
"""For those nobody knows, by their address: keys aren't guessed, this keeps them from keeping us busy."""


class AskedTooOften(Overloaded):
    """More requests than one caller may send. `retry_after` is in seconds."""

    def __init__(self, rate: Rate, retry_after: float) -> None:
        told = f"{rate.quota} requests in {rate.seconds} s are taken from one caller; please wait a moment."
        super().__init__(told, retry_after)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left after a request: how many at once, and in how many seconds all of them again."""

    rate: Rate
    left: int
    full_in: float

    @property
    def headers(self) -> dict[str, str]:
        """For the answer."""
        return {
            "RateLimit-Policy": self.rate.policy,
            "RateLimit": f'"{self.rate.name}";r={self.left};t={round(self.full_in)}',
        }


class Limiter:
    """Remembers for each caller until when its quota is used up. Safe for threads."""

    def __init__(self) -> None:
        self._used_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, who: str, rate: Rate, now: float) -> Taken:
        """One request at `now`, in seconds that only grow. Raises `AskedTooOften`."""
        each = rate.seconds / rate.quota
        with self._lock:
            until = max(self._used_until.get(who, now), now) + each
            late = until - now - rate.seconds
            if late > 1e-9 * rate.seconds:
                raise AskedTooOften(rate, late)
            if len(self._used_until) >= MOST_REMEMBERED:
                self._forget(now)
            self._used_until[who] = until
        return Taken(rate, int((rate.seconds - (until - now)) / each + 1e-6), until - now)

    def _forget(self, now: float) -> None:
        """Those whose quota is whole again; all of them where that is not enough."""
        self._used_until = {who: until for who, until in self._used_until.items() if until > now}
        if len(self._used_until) >= MOST_REMEMBERED:
            self._used_until.clear()


def neighbourhood(address: str) -> str:
    """Whom an address stands for: one IPv4 address, or the IPv6 network of one customer (/64)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "nowhere"
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
