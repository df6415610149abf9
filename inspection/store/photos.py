"""Originals and shown copies by content, in a local folder or a bucket.

originals/ab/abcdef…       the untouched bytes, private
shown/ab/abcdef….jpg       what people may see; named by the original's hash
"""

import hashlib
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import from_url

from inspection.errors import PhotoNotFound, SettingUnusable, StoreUnusable
from inspection.store.local_store import Folder
from inspection.store.object_store import Bucket, said_by

SCHEMES = ("s3", "gs", "az")
_RETRIES: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=20)}
_SHA256 = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger("inspection.store")


class OriginalChanged(StoreUnusable):
    """What lies under an original's name has another hash: somebody or something has altered it."""

    def __init__(self, store: str, sha256: str) -> None:
        super().__init__(store, f"the original {sha256[:12]}… is not what was put there any more")


class Photos:
    """`PhotoStore` in any bucket. Safe to call from several threads and processes."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    @property
    def create_only(self) -> bool:
        """Whether the store itself refuses to overwrite; if not, names that are hashes keep it safe."""
        return self._bucket.refuses_overwriting

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """See `PhotoStore`; it is read back before this returns.

        Raises `ValueError` if the bytes have another hash, and `OriginalChanged` if those kept have, even
        after they were put anew.
        """
        if hashlib.sha256(encoded).hexdigest() != sha256:
            raise ValueError(f"these bytes are not those of {sha256}")
        key = _key("originals", sha256)
        self._bucket.create(key, encoded)
        if self._bucket.get(key) == encoded:
            return
        log.error("The original %s in %s was altered or cut off; it is put anew.", sha256, self._bucket.name)
        self._bucket.replace(key, encoded)
        if self._bucket.get(key) != encoded:
            raise OriginalChanged(self._bucket.name, sha256)

    def put_shown(self, sha256: str, encoded: bytes, *, again: bool = False) -> None:
        """See `PhotoStore`."""
        key = _key("shown", sha256)
        if again:
            self._bucket.replace(key, encoded)
        else:
            self._bucket.create(key, encoded)

    def original(self, sha256: str) -> bytes:
        """See `PhotoStore`. Raises `OriginalChanged`: altered bytes are never handed out."""
        encoded = self._get("originals", sha256)
        if hashlib.sha256(encoded).hexdigest() != sha256:
            raise OriginalChanged(self._bucket.name, sha256)
        return encoded

    def shown(self, sha256: str) -> bytes:
        """See `PhotoStore`."""
        return self._get("shown", sha256)

    def erase(self, sha256: str) -> None:
        """See `PhotoStore`."""
        for kind in ("shown", "originals"):
            self._bucket.delete(_key(kind, sha256))

    def has(self, sha256: str) -> bool:
        """See `PhotoStore`."""
        return any(self._bucket.size(_key(kind, sha256)) is not None for kind in ("originals", "shown"))

    def check(self) -> None:
        """See `PhotoStore`."""
        self._bucket.check()

    def _get(self, kind: str, sha256: str) -> bytes:
        if not _SHA256.fullmatch(sha256):
            raise PhotoNotFound(sha256)
        encoded = self._bucket.get(_key(kind, sha256))
        if encoded is None:
            raise PhotoNotFound(sha256)
        return encoded


def open_photos(where: str | Path) -> Photos:
    """In a folder, made when missing, or at a URL: s3://bucket/prefix, gs://bucket, az://container.

    Endpoint and credentials of a bucket come from the environment (AWS_…, GOOGLE_…, AZURE_…). What the
    store does is tried first. Raises `SettingUnusable` or `StoreUnusable`.
    """
    bucket = _bucket(where)
    bucket.probe()
    return Photos(bucket)


def _bucket(where: str | Path) -> Bucket:
    """A folder, made when missing, or a URL. Raises `SettingUnusable` or `StoreUnusable`. Not yet probed."""
    if isinstance(where, Path) or "://" not in where:
        return Folder(Path(where))
    parts = urlsplit(where)
    if parts.scheme not in SCHEMES or not parts.netloc:
        raise SettingUnusable("photos", f"it is neither a folder nor a URL of {', '.join(SCHEMES)}")
    if "@" in parts.netloc or parts.query:
        raise SettingUnusable("photos", "credentials belong in the environment, not in the URL")
    try:
        store = from_url(where, retry_config=_RETRIES)
    except (BaseError, ValueError, TypeError) as error:
        raise StoreUnusable(where, said_by(error)) from error
    return Bucket(store, where)


def _key(kind: str, sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):  # a name from outside never becomes a path
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
    suffix = ".jpg" if kind == "shown" else ""
    return f"{kind}/{sha256[:2]}/{sha256}{suffix}"
