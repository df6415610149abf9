"""Whatever waits for the issuer: in threads of its own, and only a few. A silent one stops nobody else."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from api.errors import Passing

T = TypeVar("T")
MOST = 4


class TooManyLogins(Passing):
    """The issuer takes long, and so many wait for it that no more may."""

    def __init__(self) -> None:
        super().__init__("Many people are signing in just now. Please try again in a moment.")


class Few:
    """Their places. Only the event loop's thread touches it."""

    def __init__(self) -> None:
        self._inside = 0
        self._threads = CapacityLimiter(MOST)

    async def run(self, work: Callable[[], T]) -> T:
        """In one of the threads. Raises `TooManyLogins` at once where none is free, and what `work` does."""
        if self._inside >= MOST:
            raise TooManyLogins
        self._inside += 1
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._inside -= 1


async def at_issuer(request: Request, work: Callable[[], T]) -> T:
    """In this app's places."""
    state = request.app.state
    if not hasattr(state, "at_issuer"):
        state.at_issuer = Few()
    few = state.at_issuer
    assert isinstance(few, Few)  # noqa: S101 the line above put it there
    return await few.run(work)
