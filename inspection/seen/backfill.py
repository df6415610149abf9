"""Remembers what no look remembered: photos from before a promotion, of inspections that ended early.

Each is remembered by the path that brought it, if that got so far. This walks over all photos and does the
rest: those that came lately, again and again, and all others once after a start, from anywhere, so that
several workers seldom meet. What is done is done, so it may be stopped and begun again at any time.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Protocol

import structlog

from inspection.errors import InspectionError
from inspection.photo.photo import Photo

A_ROUND = 6
"""Photos, some 50 ms each: a round comes every two seconds."""
PAGES_A_ROUND = 10
PAGE = 500
SETTLED = timedelta(minutes=10)
"""Photos that came later than so long ago are left to their look."""
LATELY = timedelta(days=1)
_END = "g"  # behind every hash in hex

log = structlog.get_logger("inspection.seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`last` is where the next one begins, `None` behind the last photo; those `lacking` are to be done."""

    last: tuple[datetime, str] | None
    lacking: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many `photos` there are, how many have a hash, and how many of them this model has `seen`."""

    photos: int
    hashed: int
    seen: int


class Remembered(Protocol):
    """What is remembered of all photos, for one model."""

    def by_hash(self, after: str, until: str, before: datetime, most: int) -> Page:
        """The next ones in the order of their hashes, up to `until`, of those that came no later."""
        ...

    def by_time(self, after: tuple[datetime, str], until: datetime, most: int) -> Page:
        """The next ones in the order in which they came."""
        ...

    def erased(self, sha256: str) -> bool:
        """By now."""
        ...

    def coverage(self) -> Coverage:
        """Of all that were not erased."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """`again` opens a photo once more, and keeps the copy that it is compared by; `None` where it cannot be.

    `clear` is for one that was erased meanwhile: it takes away what is still erased, and nothing else.
    """

    again: Callable[[str], Photo | None]
    clear: Callable[[str], None]


class Backfill:
    """One thread's."""

    def __init__(
        self,
        rows: Remembered,
        pictures: Pictures,
        remember: Callable[[Photo], None],
        *,
        start: str | None = None,
    ) -> None:
        self._rows = rows
        self._pictures = pictures
        self._remember = remember
        first = token_hex(32) if start is None else start
        self._legs = deque([(first, _END), ("", first)])
        self._lately: tuple[datetime, str] | None = None
        self._before: datetime | None = None
        self._todo: deque[str] = deque()
        self.done = 0
        self.unreadable = 0

    def sweep(self, now: datetime) -> None:
        """A few, so that looks hardly notice. Raises what the stores do; the same photo comes again then."""
        self.round(now, A_ROUND, PAGES_A_ROUND)

    def round(self, now: datetime, most: int, pages: int) -> bool:
        """Up to so many photos and pages; whether there may be more."""
        while most and (self._todo or pages):
            if self._todo:
                self._one(self._todo.popleft())
                most -= 1
                continue
            page = self._next(now)
            if page is None:
                return False
            self._todo.extend(page)
            pages -= 1
        return True

    def coverage(self) -> Coverage:
        """See `Remembered.coverage`."""
        return self._rows.coverage()

    def _one(self, sha256: str) -> None:
        try:
            photo = self._pictures.again(sha256)
            if photo is None:
                self.unreadable += 1
                return
            self._remember(photo)
            if self._rows.erased(sha256):  # between the page and now: its copy was just made anew
                self._pictures.clear(sha256)
            self.done += 1
        except InspectionError:
            self._todo.append(sha256)  # behind the others: one that always fails keeps none of them waiting
            raise

    def _next(self, now: datetime) -> Sequence[str] | None:
        """`None` where all is done for now."""
        settled = now - SETTLED
        if self._lately is None or self._before is None:
            self._before = settled - LATELY
            self._lately = (self._before, "")
        page = self._rows.by_time(self._lately, settled, PAGE)
        if page.last is not None:
            self._lately = page.last
            return page.lacking
        return self._elsewhere(self._before)

    def _elsewhere(self, before: datetime) -> Sequence[str] | None:
        if not self._legs:
            return None
        after, until = self._legs[0]
        page = self._rows.by_hash(after, until, before, PAGE)
        if page.last is not None:
            self._legs[0] = (page.last[1], until)
            return page.lacking
        self._legs.popleft()
        if not self._legs:
            log.info("all photos walked over", remembered=self.done, unreadable=self.unreadable)
        return []


def all_of_it(backfill: Backfill, told: Callable[[], None]) -> None:
    """Everything there is, now; `told` after every few. Raises what the stores do."""
    later = datetime.now(UTC) + SETTLED
    while backfill.round(later, A_ROUND, PAGES_A_ROUND):
        told()
