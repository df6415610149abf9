"""A folder of this machine as a bucket: whole files or none, and on disk before anybody is told so."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time

from obstore.exceptions import BaseError
from obstore.store import LocalStore

from inspection.errors import StoreUnusable
from inspection.store.object_store import Bucket, said_by

_STAGING = "staging"
_STALE_SECONDS = 3600


class Folder(Bucket):
    """A `Bucket`. obstore leaves what it writes to the system's cache; a power cut here loses nothing.

    What it makes is this user's alone; a folder that is there keeps the mode its owner gave it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._synced: set[Path] = set()
        try:
            make_folder(folder)
            make_folder(folder / _STAGING)
            super().__init__(LocalStore(folder), str(folder))
            self._clear_staging()
        except (OSError, BaseError) as error:
            raise StoreUnusable(str(folder), said_by(error)) from error

    def delete(self, key: str) -> None:
        """See `Bucket.delete`."""
        super().delete(key)
        with self.translated(), suppress(FileNotFoundError):
            sync_folder((self._folder / key).parent)

    def _create(self, key: str, encoded: bytes) -> bool:
        target = self._folder / key
        if not target.exists():
            with self._staged(target, encoded) as staged, suppress(FileExistsError):
                os.link(staged, target)  # whole or not at all, and never over another
                sync_folder(target.parent)
                return True
        self._sync_up(target.parent)
        sync_folder(target.parent)  # whoever put it may not have come that far yet
        return False

    def _replace(self, key: str, encoded: bytes) -> None:
        target = self._folder / key
        with self._staged(target, encoded) as staged:
            staged.replace(target)
        sync_folder(target.parent)

    @contextmanager
    def _staged(self, target: Path, encoded: bytes) -> Iterator[Path]:
        """The bytes on disk under another name, that is gone afterwards; and the target's folder."""
        staged = self._folder / _STAGING / uuid.uuid4().hex
        self._sync_up(target.parent)
        make_folder(staged.parent)
        try:
            with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            yield staged
        finally:
            staged.unlink(missing_ok=True)

    def _sync_up(self, folder: Path) -> None:
        """The folder is there and its name on disk, though another process made it: once a process."""
        if folder in self._synced and folder.is_dir():
            return
        if folder != self._folder:
            self._sync_up(folder.parent)
            make_folder(folder)
        self._synced.add(folder)

    def _clear_staging(self) -> None:
        """What a crash left behind; other processes may be at work on the newer ones."""
        for staged in (self._folder / _STAGING).iterdir():
            with suppress(FileNotFoundError):
                if staged.stat().st_mtime < time() - _STALE_SECONDS:
                    staged.unlink()


def sync_folder(folder: Path) -> None:
    """A name in a folder is on disk only once the folder itself is. Windows opens none."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """For this user alone, with its parents as is usual; and on disk, even if somebody else made it."""
    if not folder.parent.is_dir():
        make_folder(folder.parent, 0o777)
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
        with suppress(OSError):  # a parent that is not ours is none that we made
            sync_folder(folder.parent)
    else:
        sync_folder(folder.parent)
