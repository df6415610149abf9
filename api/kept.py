"""Where a photo is while its request lasts: in memory, or on disk."""

import tempfile
from typing import Protocol


class Kept(Protocol):
    """The bytes of one photo, written as they come and then read whole."""

    size: int

    def write(self, piece: memoryview) -> None:
        """More of it."""

    def read(self) -> bytes:
        """All of it."""

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

    def close(self) -> None:
        """See `Kept`."""
        self._pieces.clear()


class OnDisk:
    """In a file without a name, gone when closed."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed with the request

    def write(self, piece: memoryview) -> None:
        """See `Kept`."""
        self.size += self._file.write(piece)

    def read(self) -> bytes:
        """See `Kept`."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """See `Kept`."""
        self._file.close()
