"""Something done every few seconds in a thread of its own, until told to stop, whatever becomes of it."""

import threading
from collections.abc import Callable


class Rounds:
    """`failed` hears what a round raised; the next one comes all the same."""

    def __init__(
        self, name: str, seconds: float, work: Callable[[], object], *, failed: Callable[[Exception], None]
    ) -> None:
        self._seconds, self._work, self._failed = seconds, work, failed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go, name=name, daemon=True)

    def start(self) -> None:
        """The first round is `seconds` from now."""
        self._thread.start()

    def end(self) -> None:
        """No more rounds; the one that is under way goes on."""
        self._ended.set()

    def stop(self, seconds: float | None = None) -> None:
        """No more rounds, and wait so long for the one that is under way."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _go(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self._work()
            except Exception as error:
                self._failed(error)
