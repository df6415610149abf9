"""Reference features by content: a photo that was read once is not read again."""

import hashlib
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from inspection.vision.features import Features, ReferenceFeatures

V = TypeVar("V")


class Recent(Generic[V]):
    """The most recently used values, at most `most` of them; safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], V]) -> V:
        """The kept value, or a new one. Two threads may make the same one twice: both are equal."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


class ReferenceCache:
    """About 1 MB a reference in memory, and in a folder if one is given, so that restarts stay warm."""

    def __init__(self, folder: Path | None = None, most: int = 40) -> None:
        self._folder = folder
        self._recent: Recent[ReferenceFeatures] = Recent(most)

    def get(self, sha256: str, reader: str, make: Callable[[], ReferenceFeatures]) -> ReferenceFeatures:
        """Of the photo `sha256`; `reader` names everything else that the features depend on."""
        key = hashlib.sha256(f"{sha256} {reader}".encode()).hexdigest()
        return self._recent.get(key, lambda: self._kept(key, sha256) or self._keep(key, make()))

    def _kept(self, key: str, sha256: str) -> ReferenceFeatures | None:
        if self._folder is None:
            return None
        try:
            # opened here: np.load leaves a file that is cut off open
            with (
                (self._folder / f"{key}.npz").open("rb") as file,
                np.load(file, allow_pickle=False) as arrays,
            ):
                own = Features(patches=arrays["patches"], embedding=arrays["embedding"])
                return ReferenceFeatures(sha256=sha256, own=own, copies=arrays["copies"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # never written, or cut off: it is made again

    def _keep(self, key: str, made: ReferenceFeatures) -> ReferenceFeatures:
        """Written beside its place and renamed: another process sees all of it or nothing."""
        if self._folder is None:
            return made
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            np.savez(file, patches=made.own.patches, embedding=made.own.embedding, copies=made.copies)
        Path(file.name).replace(self._folder / f"{key}.npz")
        return made
