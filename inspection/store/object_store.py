"""Bytes under a key in any store of obstore: its errors as ours, and a probe of what it really does."""

import logging
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from obstore.exceptions import AlreadyExistsError, BaseError

from inspection.errors import StoreUnusable

_PROBES = "probes"
_STALE_AFTER = timedelta(hours=1)
_SECRETS = re.compile(r"\?\S+")  # a signed address carries its signature there

log = logging.getLogger("inspection.store")


class Bucket:
    """Any store of obstore. Safe for threads and processes. Every method raises `StoreUnusable`.

    `refuses_overwriting` is what `probe` found. Where it is False, a key is looked for before it is
    written: two writers at once may then both write, so keys have to name their content.
    """

    def __init__(self, store: Any, name: str) -> None:
        self._store = store
        self.name = name
        self.refuses_overwriting = True

    def create(self, key: str, encoded: bytes) -> bool:
        """Durably, once this returns. False where the key was there: it is left as it is."""
        if not self.refuses_overwriting and self.size(key) is not None:
            return False
        with self.translated():
            return self._create(key, encoded)

    def replace(self, key: str, encoded: bytes) -> None:
        """Whatever was there; readers see the old or the new, whole. Durably, once this returns."""
        with self.translated():
            self._replace(key, encoded)

    def get(self, key: str) -> bytes | None:
        """All of it; `None` where there is none."""
        with self.translated(), suppress(FileNotFoundError):  # what obstore raises for any store
            return bytes(self._store.get(key).bytes())
        return None

    def size(self, key: str) -> int | None:
        """In bytes; `None` where there is none."""
        with self.translated(), suppress(FileNotFoundError):
            return int(self._store.head(key)["size"])
        return None

    def delete(self, key: str) -> None:
        """For good. What is not there stays so."""
        with self.translated(), suppress(FileNotFoundError):
            self._store.delete(key)

    def sizes(self, prefix: str) -> dict[str, int]:
        """What is listed under it, by key."""
        with self.translated():
            return {one["path"]: int(one["size"]) for page in self._store.list(prefix) for one in page}

    def probe(self) -> None:
        """Tries what is relied on. Raises `StoreUnusable` if it loses, alters or keeps what it must not.

        One that overwrites where it was told to create is used with care, and the log says so.
        """
        self._clear_probes()
        key, first, other = f"{_PROBES}/{uuid.uuid4().hex}", os.urandom(1024), os.urandom(512)
        try:
            self._holds(self.create(key, first), "a new key is said to be there already")
            self._holds(self.get(key) == first, "it gives back other bytes than were put")
            self._holds(self.sizes(_PROBES).get(key) == len(first), "its listing lacks what was just put")
            self._probe_overwriting(key, first, other)
        finally:
            self.delete(key)
        self._holds(self.get(key) is None, "it gives back what was deleted")
        self._holds(key not in self.sizes(_PROBES), "its listing still has what was deleted")

    def check(self) -> None:
        """Whether it keeps bytes now: puts some, reads and deletes them. Raises `StoreUnusable`."""
        key, encoded = f"{_PROBES}/{uuid.uuid4().hex}", os.urandom(64)
        self.create(key, encoded)
        try:
            self._holds(self.get(key) == encoded, "it gives back other bytes than were put")
        finally:
            self.delete(key)

    def _clear_probes(self) -> None:
        """What a crash left behind; other processes may be at work on the newer ones."""
        stale = datetime.now(UTC) - _STALE_AFTER
        with self.translated():
            left = [one for page in self._store.list(_PROBES) for one in page if one["last_modified"] < stale]
        for one in left:
            self.delete(one["path"])

    def _probe_overwriting(self, key: str, first: bytes, other: bytes) -> None:
        if not self.create(key, other):
            self._holds(self.get(key) == first, "it overwrites what it says it left alone")
            return
        self._holds(self.get(key) == other, "it loses what it says it wrote")
        self.refuses_overwriting = False
        log.warning(
            "The store %s overwrites where it is told to create only. It is used all the same: keys are the"
            " content's hash, and each is looked for before it is written.",
            self.name,
        )

    def _create(self, key: str, encoded: bytes) -> bool:
        try:
            self._store.put(key, encoded, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    def _replace(self, key: str, encoded: bytes) -> None:
        self._store.put(key, encoded, mode="overwrite", use_multipart=False)

    def _holds(self, so: bool, otherwise: str) -> None:
        if not so:
            raise StoreUnusable(self.name, otherwise)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """The library's errors, and the system's, as `StoreUnusable`."""
        try:
            yield
        except (BaseError, OSError, NotImplementedError) as error:
            raise StoreUnusable(self.name, said_by(error)) from error


def said_by(error: Exception) -> str:
    """One line, without what a signed address gives away."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return _SECRETS.sub("?…", first).rstrip(".")
