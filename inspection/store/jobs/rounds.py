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

    def stop(self) -> None:
        """Once the round that is under way has ended. Stopping what never began does nothing."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _go(self) -> None:
        while not self._ended.wait(self._seconds):
            try:
                self._work()
            except Exception as error:
                self._failed(error)
