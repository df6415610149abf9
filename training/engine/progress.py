"""Progress bars for people; nothing where the output goes to a file."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def tracked(work: Iterable[T], what: str, *, total: int | None = None, done: int = 0) -> Iterator[T]:
    """The same things in the same order. `done` of `total` were there before."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield from work
        return
    yield from track(work, description=what, total=total, completed=done, console=console)
