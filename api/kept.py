"""Where a photo is while its request lasts: in memory, or on disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from api.errors import NoRoom
from api.outage import said_outside
from inspection.errors import StoreUnusable


class Kept(Protocol):
    """The bytes of one photo, written as they come and then read."""

    size: int

    def write(self, piece: memoryview) -> None:
        """More of it. Raises `NoRoom`."""

    def read(self) -> bytes:
        """All of it."""

    def part(self, start: int, size: int) -> bytes:
        """Some of it."""

    def close(self) -> None:
        """Gives its memory or disk back."""


class InMemory:
    """In pieces, joined once: a buffer that grows would be moved again and again."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[bytes] = []

    def write(self, piece: memoryview) -> None:
        """See `Kept`."""
        self.size += len(piece)
        self._pieces.append(bytes(piece))

    def read(self) -> bytes:
        """See `Kept`."""
        self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    def part(self, start: int, size: int) -> bytes:
        """See `Kept`."""
        return self.read()[start : start + size]

    def close(self) -> None:
        """See `Kept`."""
        self._pieces.clear()


class OnDisk:
    """In a file without a name, gone when closed. Everything but `close` may wait for the disk."""

    def __init__(self) -> None:
        self.size = 0
        with room_on_disk():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed with the request

    def write(self, piece: memoryview) -> None:
        """See `Kept`."""
        with room_on_disk():
            self.size += self._file.write(piece)

    def read(self) -> bytes:
        """See `Kept`."""
        return self.part(0, self.size)

    def part(self, start: int, size: int) -> bytes:
        """See `Kept`."""
        with room_on_disk():
            self._file.seek(start)
            return self._file.read(size)

    def close(self) -> None:
        """See `Kept`."""
        with suppress(OSError):  # what it could not write any more is not wanted
            self._file.close()


@contextmanager
def room_on_disk() -> Iterator[None]:
    """A temporary file that cannot be written is `NoRoom` for whoever sends; the log names the folder."""
    try:
        yield
    except OSError as error:
        said_outside(StoreUnusable(tempfile.gettempdir(), error.strerror or os.strerror(error.errno or 0)))
        raise NoRoom from error
