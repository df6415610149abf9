"""Originals and shown copies by content, in a local folder; a bucket comes behind the same lines.

originals/ab/abcdef…       the untouched bytes, private
shown/ab/abcdef….jpg       what people may see; named by the original's hash
"""

import hashlib
import re
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from inspection.errors import PhotoNotFound, StoreUnusable

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PROBE = "probe"


class FolderPhotos:
    """`PhotoStore` in one folder, made when missing. Safe to call from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(folder)
        except (OSError, BaseError) as error:
            raise StoreUnusable(str(folder), _line(error)) from error
        self._folder = folder

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """See `PhotoStore`. Raises `ValueError` if the bytes have another hash: nothing wrong is kept."""
        if hashlib.sha256(encoded).hexdigest() != sha256:
            raise ValueError(f"these bytes are not those of {sha256}")
        self._create(_path("originals", sha256), encoded)

    def put_shown(self, sha256: str, encoded: bytes) -> None:
        """See `PhotoStore`."""
        self._create(_path("shown", sha256), encoded)

    def original(self, sha256: str) -> bytes:
        """See `PhotoStore`."""
        return self._get("originals", sha256)

    def shown(self, sha256: str) -> bytes:
        """See `PhotoStore`."""
        return self._get("shown", sha256)

    def erase(self, sha256: str) -> None:
        """See `PhotoStore`."""
        for kind in ("originals", "shown"):
            try:
                self._store.delete(_path(kind, sha256))
            except FileNotFoundError:
                continue
            except BaseError as error:
                raise StoreUnusable(str(self._folder), _line(error)) from error

    def _get(self, kind: str, sha256: str) -> bytes:
        if not _SHA256.fullmatch(sha256):
            raise PhotoNotFound(sha256)
        try:
            return bytes(self._store.get(_path(kind, sha256)).bytes())
        except FileNotFoundError as error:  # what obstore raises for any store
            raise PhotoNotFound(sha256) from error
        except BaseError as error:
            raise StoreUnusable(str(self._folder), _line(error)) from error

    def check(self) -> None:
        """See `PhotoStore`."""
        try:
            self._store.put(_PROBE, b"")
        except BaseError as error:
            raise StoreUnusable(str(self._folder), _line(error)) from error

    def _create(self, path: str, encoded: bytes) -> None:
        """Create only: what is there is never replaced, and is the same because its name is its hash."""
        try:
            self._store.put(path, encoded, mode="create")
        except AlreadyExistsError:
            return
        except BaseError as error:
            raise StoreUnusable(str(self._folder), _line(error)) from error


def _path(kind: str, sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):  # a name from outside never becomes a path
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
    suffix = ".jpg" if kind == "shown" else ""
    return f"{kind}/{sha256[:2]}/{sha256}{suffix}"


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
