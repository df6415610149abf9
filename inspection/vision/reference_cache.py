"""Reference features by content: a photo that was read once is not read again."""

import hashlib
import logging
import os
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from inspection.vision.features import Features, ReferenceFeatures
from inspection.vision.points import Points

MOST_KEPT_BYTES = 200_000_000
"""Of features on disk: some 200 references."""

V = TypeVar("V")

log = logging.getLogger("inspection.vision")


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

    def keys(self) -> list[str]:
        """Of what is kept now."""
        with self._lock:
            return list(self._values)

    def drop(self, which: Callable[[str], bool]) -> None:
        """Those whose key it is."""
        with self._lock:
            for key in [key for key in self._values if which(key)]:
                del self._values[key]


class ReferenceCache:
    """About 1 MB a reference in memory, and in a folder if one is given, so that restarts stay warm.

    The folder holds at most `most_bytes`, give or take what other processes write at the same time:
    what was used longest ago makes room. One that cannot be written or read costs time, never an answer.
    """

    def __init__(
        self, folder: Path | None = None, most: int = 24, *, most_bytes: int = MOST_KEPT_BYTES
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._recent: Recent[ReferenceFeatures] = Recent(most)
        self._complained = False

    def get(self, sha256: str, reader: str, make: Callable[[], ReferenceFeatures]) -> ReferenceFeatures:
        """Of the photo `sha256`; `reader` names everything else that the features depend on."""
        key = f"{sha256}-{hashlib.sha256(reader.encode()).hexdigest()[:32]}"
        return self._recent.get(key, lambda: self._found_or_made(key, sha256, make))

    def photos(self) -> set[str]:
        """Of which photos there are any, in memory or in the folder."""
        return {_photo_of(key) for key in (*self._recent.keys(), *(path.stem for path in self._files()))}

    def forget(self, sha256: str) -> None:
        """The photo was erased: nothing of it stays. What is not there stays so."""
        self._recent.drop(lambda key: _photo_of(key) == sha256)
        for path in self._files():
            if _photo_of(path.stem) == sha256:
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """Those that name no photo are of an earlier version: nobody reads them any more, so they go."""
        found = [] if self._folder is None else list(self._folder.glob("*.npz"))
        for path in found:
            if "-" not in path.stem:
                path.unlink(missing_ok=True)
        return [path for path in found if "-" in path.stem]

    def _found_or_made(
        self, key: str, sha256: str, make: Callable[[], ReferenceFeatures]
    ) -> ReferenceFeatures:
        if self._folder is None:
            return make()
        place = self._folder / f"{key}.npz"
        found = _load(place, sha256)
        if found is not None:
            return found
        made = make()
        try:
            _save(made, place)
            _make_room(self._folder, self._most_bytes)
        except OSError as error:
            if not self._complained:  # once: it would be every reference's
                log.warning("References are not kept in %s: %s", self._folder, error)
            self._complained = True
        return made


def _photo_of(key: str) -> str:
    return key.partition("-")[0]


def _load(place: Path, sha256: str) -> ReferenceFeatures | None:
    try:
        # opened here: np.load leaves a file that is cut off open
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            own = Features(patches=arrays["patches"], embedding=arrays["embedding"])
            item = Features(
                patches=arrays["item_patches"],
                embedding=arrays["item_embedding"],
                points=Points(places=arrays["places"], looks=arrays["looks"]),
            )
            found = ReferenceFeatures(sha256=sha256, own=own, item=item, copies=arrays["copies"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # never written, or cut off: it is made again
    with suppress(OSError):
        os.utime(place)  # used just now
    return found


def _save(made: ReferenceFeatures, place: Path) -> None:
    """Written beside its place and renamed: another process sees all of it or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as file:
        draft = Path(file.name)
        try:
            np.savez(file, **_arrays(made))
            draft.replace(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _arrays(made: ReferenceFeatures) -> dict[str, Any]:
    return {
        "patches": made.own.patches,
        "embedding": made.own.embedding,
        "copies": made.copies,
        "item_patches": made.item.patches,
        "item_embedding": made.item.embedding,
        "places": made.item.points.places,
        "looks": made.item.points.looks,
    }


def _make_room(folder: Path, most_bytes: int) -> None:
    """Removes what was used longest ago, drafts that a crash left behind too."""
    with os.scandir(folder) as files:
        oldest_first = sorted((file.stat().st_mtime_ns, file.stat().st_size, file.path) for file in files)
    over = sum(size for _, size, _ in oldest_first) - most_bytes
    for _, size, path in oldest_first:
        if over <= 0:
            return
        Path(path).unlink(missing_ok=True)
        over -= size
