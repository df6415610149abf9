"""One purse of memory for all photos that are decoding, so that many large ones wait their turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class MemoryPurse:
    """Lends bytes to decoders; who asks for more than is left waits. Nothing is ever refused here."""

    def __init__(self) -> None:
        self._lent = 0
        self._returned = Condition()

    @contextmanager
    def lend(self, size: int, most: int) -> Iterator[None]:
        """Hold `size` of at most `most` bytes; one that alone exceeds `most` runs by itself."""
        with self._returned:
            self._returned.wait_for(lambda: self._lent == 0 or self._lent + size <= most)
            self._lent += size
        try:
            yield
        finally:
            with self._returned:
                self._lent -= size
                self._returned.notify_all()


decoding = MemoryPurse()
