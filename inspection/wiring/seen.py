"""Which photos came before."""

from contextlib import suppress
from dataclasses import replace
from functools import cached_property

import numpy as np
import simplejpeg
import structlog
from numpy.typing import NDArray

from inspection.errors import InspectionError, PhotoNotFound, PhotoRejected
from inspection.photo.photo import Photo, Picture
from inspection.ports import Gate, PhotoStore
from inspection.seen.backfill import Backfill, Pictures
from inspection.seen.loading import Loading
from inspection.seen.memory import PhotoMemory
from inspection.seen.photos import SeenPhotos
from inspection.seen.same import COMPARED_PX
from inspection.store.fingerprints import SqlFingerprints
from inspection.store.photos import OriginalChanged
from inspection.store.remembered import SqlRemembered
from inspection.telemetry.housekeeping import failed
from inspection.wiring.door import Door

log = structlog.get_logger("inspection")


class Seen(Door):
    """Every photo that was kept, to compare with."""

    @cached_property
    def seen(self) -> SeenPhotos:
        """The search among all photos."""
        rows, model = SqlFingerprints(self.database), self.bundle.sha256
        return SeenPhotos(rows, lambda sha256: picture_of(self.photos, self.gate, sha256), model=model)

    @cached_property
    def memory(self) -> PhotoMemory:
        """Every photo that came before."""
        return PhotoMemory(self.seen, self.database.writing, self._embedding)

    def _embedding(self, photo: Photo) -> NDArray[np.float16]:
        return self.reader.embedding(photo)  # not bound before it is asked: a hash needs no model

    @cached_property
    def loading(self) -> Loading:
        """Reads them into memory, beside everything else."""
        folder = self.settings.home / "seen" if self.keeps_features else None
        return Loading(self.seen.index, folder, failed)

    @cached_property
    def backfill(self) -> Backfill:
        """Remembers what nobody looked at."""
        return Backfill(
            SqlRemembered(self.database, model=self.bundle.sha256),
            Pictures(
                again=lambda sha256: photo_again(self.photos, self.gate, sha256), clear=self.forgetting.clear
            ),
            lambda photo: self.memory.remember([photo]),
        )

    def _remember_reference(self, sha256: str) -> None:
        with suppress(InspectionError):  # what is not remembered now is remembered by the backfill
            photo = photo_again(self.photos, self.gate, sha256)
            if photo is not None:
                self.memory.remember([photo], seen=False)


def picture_of(photos: PhotoStore, gate: Gate, sha256: str) -> Picture | None:
    """The copy people may see, as large as comparing needs it; `None` where there is none any more.

    One that is broken is made anew from the original. Raises `ValueError` where neither can be read.
    """
    try:
        return _as_compared(photos.shown(sha256))
    except PhotoNotFound:
        return None
    except ValueError:
        log.warning("shown copy broken", sha256=sha256)
        if photo_again(photos, gate, sha256) is None:
            raise
        return _as_compared(photos.shown(sha256))


def _as_compared(shown: bytes) -> Picture:
    return np.asarray(simplejpeg.decode_jpeg(shown, min_height=COMPARED_PX, min_width=COMPARED_PX), np.uint8)


def photo_again(photos: PhotoStore, gate: Gate, sha256: str) -> Photo | None:
    """Opened once more, from its shown copy, else from the original; `None` where neither can be read."""
    try:
        return replace(gate.open(photos.shown(sha256)), sha256=sha256)
    except (PhotoNotFound, PhotoRejected):
        pass  # nobody looked at it yet, or its copy is cut off
    try:
        photo = gate.open(photos.original(sha256))
    except (PhotoNotFound, PhotoRejected):
        return None
    except OriginalChanged:  # a rotten file: nothing else waits for it
        log.error("original changed", sha256=sha256)
        return None
    photos.put_shown(sha256, gate.shown(photo), again=True)
    return photo
