"""Who read an original: a line in the log each time, with what is bound there (the job, the inspection)."""

import structlog

from inspection.ports import PhotoStore

log = structlog.get_logger("inspection.originals")


class LoggedPhotos:
    """Another `PhotoStore`, whose originals nobody reads unseen."""

    def __init__(self, photos: PhotoStore) -> None:
        self._photos = photos
        self.put_original = photos.put_original
        self.put_shown = photos.put_shown
        self.shown = photos.shown
        self.erase = photos.erase
        self.has = photos.has
        self.check = photos.check

    def original(self, sha256: str) -> bytes:
        """See `PhotoStore.original`."""
        encoded = self._photos.original(sha256)
        log.info("original read", sha256=sha256, size=len(encoded))
        return encoded
