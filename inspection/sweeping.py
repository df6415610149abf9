"""What time alone brings about, every few seconds: one thing that fails keeps no other waiting."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

Failed = Callable[[str, Exception], None]
"""The part that failed, and how. It is done again with the next round."""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Its parts by name, each on its own."""

    parts: Mapping[str, Callable[[datetime], Any]]
    failed: Failed

    def run(self, now: datetime) -> None:
        """Every part once. Raises nothing."""
        for name, part in self.parts.items():
            try:
                part(now)
            except Exception as error:  # whatever it is: the others' turn comes, and somebody is told
                self.failed(name, error)


def seldom(part: Callable[[datetime], int], pause: timedelta) -> Callable[[datetime], None]:
    """That part once a `pause`, but without one as long as it finds something to do."""
    next_ = datetime.min.replace(tzinfo=UTC)

    def run(now: datetime) -> None:
        nonlocal next_
        if now < next_:
            return
        next_ = now + pause
        if part(now):
            next_ = now

    return run


def each(items: Iterable[T], act: Callable[[T], None]) -> None:
    """Act on every one, those behind one that fails included. Raises what failed, as a group."""
    failures: list[Exception] = []
    for item in items:
        try:
            act(item)
        except Exception as error:
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} could not be swept", failures)
