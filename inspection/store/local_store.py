"""A folder of this machine as a bucket: whole files or none, and on disk before anybody is told so."""

import os
import uuid
from contextlib import suppress
from pathlib import Path
from time import time

from obstore.exceptions import BaseError
from obstore.store import LocalStore

from inspection.errors import StoreUnusable
from inspection.store.object_store import Bucket, said_by

_STAGING = "staging"
_STALE_SECONDS = 3600


class Folder(Bucket):
    """A `Bucket`. obstore leaves what it writes to the system's cache; a power cut here loses nothing."""

    def __init__(self, folder: Path) -> None:
        try:
            (folder / _STAGING).mkdir(parents=True, exist_ok=True)
            super().__init__(LocalStore(folder), str(folder))
            self._folder = folder
            self._clear_staging()
        except (OSError, BaseError) as error:
            raise StoreUnusable(str(folder), said_by(error)) from error

    def delete(self, key: str) -> None:
        """See `Bucket.delete`."""
        super().delete(key)
        with self.translated(), suppress(FileNotFoundError):
            sync_folder((self._folder / key).parent)

    def _create(self, key: str, encoded: bytes) -> bool:
        target, staged = self._folder / key, self._folder / _STAGING / uuid.uuid4().hex
        if target.exists():
            return False
        _make_folders(target.parent)
        _make_folders(staged.parent)
        try:
            with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            os.link(staged, target)  # whole or not at all, and never over another
        except FileExistsError:
            return False
        finally:
            staged.unlink(missing_ok=True)
        sync_folder(target.parent)
        return True

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


def _make_folders(folder: Path) -> None:
    if not folder.is_dir():
        _make_folders(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
