"""What somebody else says, asked for now and then: by one at a time, and a failure is remembered, too."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from inspection.errors import SetupProblem

T = TypeVar("T")
FAILURE_SECONDS = 10
"""So long nobody asks again: somebody silent takes a thread for as long as we wait."""


class Remembered(Generic[T]):
    """Safe for threads; whoever finds it fresh waits for nobody. `clock` counts seconds, ever more."""

    def __init__(self, ask: Callable[[], T], clock: Callable[[], float]) -> None:
        self._ask, self._clock = ask, clock
        self._asking = threading.Lock()
        self._said: tuple[float, T] | None = None
        self._failed: tuple[float, SetupProblem] | None = None

    def said(self) -> tuple[T, float] | None:
        """The last word, and its age in seconds; nobody is asked."""
        said = self._said
        return None if said is None else (said[1], self._clock() - said[0])

    def get(self, most_age: float) -> T:
        """Not older than that. Raises `SetupProblem` as asking does, or as it did a moment ago."""
        if (fresh := self._fresh(most_age)) is not None:
            return fresh[0]
        with self._asking:
            if (fresh := self._fresh(most_age)) is not None:  # somebody asked meanwhile
                return fresh[0]
            if self._failed is not None and self._clock() - self._failed[0] < FAILURE_SECONDS:
                raise self._failed[1].with_traceback(None)
            try:
                value = self._ask()
            except SetupProblem as problem:
                self._failed = (self._clock(), problem)
                raise
            self._said, self._failed = (self._clock(), value), None
            return value

    def _fresh(self, most_age: float) -> tuple[T] | None:
        said = self.said()
        return None if said is None or said[1] > most_age else (said[0],)
