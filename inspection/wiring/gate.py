"""The way in for photos, behind its port."""

from inspection.photo.decode import open_photo
from inspection.photo.photo import Photo
from inspection.photo.quality import judge
from inspection.photo.shown import shown_copy
from inspection.verdict.reading import Quality


class PhotoGate:
    """`inspection.photo` behind the port."""

    def open(self, encoded: bytes) -> Photo:
        """See `inspection.photo.decode`."""
        return open_photo(encoded)

    def judge(self, photo: Photo) -> Quality:
        """See `inspection.photo.quality`."""
        return judge(photo)

    def shown(self, photo: Photo) -> bytes:
        """See `inspection.photo.shown`."""
        return shown_copy(photo)
