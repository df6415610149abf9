"""Files that grow until a photo is whole, and whose length is all there is to know of how far it came."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from inspection.casework.receiving import OffsetMismatch, UploadBusy
from inspection.errors import StoreUnusable
from inspection.store.local_store import make_folder, sync_folder

_PATIENCE_SECONDS, _AGAIN_SECONDS = 10.0, 0.02
"""A photo is opened and stored meanwhile."""

PLACE = ".place"
"""The file that the folder's name for itself is in."""


class PartialFiles:
    """By name, in one folder that is made when missing. Every method raises `StoreUnusable`.

    `place` is the folder's own name for itself: whoever reads the same name sees the same files. A file
    that is not there, or not any more, is a `FileNotFoundError`. Locks hold across processes; names come
    from our own rows, never from outside.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._translated():
            make_folder(folder)
            self.place = self._named()

    def make(self, name: str) -> None:
        """An empty one, that a power cut leaves there."""
        with self._translated():
            os.close(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT, 0o600))
            sync_folder(self._folder)

    def length(self, name: str) -> int:
        """Of what is on disk, and not only in the system's cache."""
        with self._opened(name) as file:
            os.fsync(file)
            return os.fstat(file).st_size

    def standing(self, name: str) -> tuple[int, float] | None:
        """Its length, and when it was last touched in seconds since 1970; `None` where there is none."""
        with self._translated(), suppress(FileNotFoundError):
            told = (self._folder / name).stat()
            return told.st_size, told.st_mtime
        return None

    def append(self, name: str, offset: int, piece: bytes | memoryview) -> int:
        """The new length. Raises `OffsetMismatch` or `UploadBusy`.

        The lock is held for this piece alone: a connection that hangs keeps nobody waiting.
        """
        with self.locked(name) as file:
            length = os.fstat(file).st_size
            if length != offset:
                raise OffsetMismatch(length)
            left = memoryview(piece)
            while left:
                left = left[os.write(file, left) :]
            return os.fstat(file).st_size

    @contextmanager
    def locked(self, name: str) -> Iterator[int]:
        """The open file, with no one else at work on it. Raises `UploadBusy`: nobody waits in here."""
        import fcntl  # noqa: PLC0415 Windows lacks it, where commands run and no service does

        with self._opened(name) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy from error
            if os.fstat(file).st_nlink == 0:  # removed since it was opened
                raise FileNotFoundError(name)
            yield file

    def read(self, file: int) -> bytes:
        """All of a locked one."""
        with self._translated(), open(file, "rb", closefd=False) as opened:
            opened.seek(0)
            return opened.read()

    def remove(self, name: str) -> None:
        """What is not there stays so."""
        with self._translated():
            (self._folder / name).unlink(missing_ok=True)

    def remove_unlocked(self, name: str) -> None:
        """Once nobody is at work on it; after a while, whatever they do."""
        for _ in range(round(_PATIENCE_SECONDS / _AGAIN_SECONDS)):
            try:
                with self.locked(name):
                    break
            except FileNotFoundError:
                return
            except UploadBusy:
                sleep(_AGAIN_SECONDS)
        self.remove(name)

    def untouched_since(self, moment: float) -> list[str]:
        """Their names; `moment` is in seconds since 1970."""
        found = []
        with self._translated(), os.scandir(self._folder) as listed:
            for one in listed:
                try:
                    if one.is_file() and one.stat().st_mtime < moment:
                        found.append(one.name)
                except FileNotFoundError:
                    continue
        return found

    def _named(self) -> str:
        """Made once, whole or not at all, by whichever process comes first."""
        kept = self._folder / PLACE
        if not kept.exists():
            draft = self._folder / f"{PLACE}-{uuid.uuid4()}"
            draft.write_text(str(uuid.uuid4()))
            with suppress(FileExistsError):
                os.link(draft, kept)
            draft.unlink()
            sync_folder(self._folder)
        return kept.read_text()[:36]

    @contextmanager
    def _opened(self, name: str) -> Iterator[int]:
        with self._translated():
            file = os.open(self._folder / name, os.O_RDWR | os.O_APPEND)
            try:
                yield file
            finally:
                os.close(file)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreUnusable(str(self._folder), error.strerror or type(error).__name__) from error
