"""`ports.Memory`: what the workflow asks of `inspection.seen`."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import structlog

from inspection.errors import InspectionError
from inspection.photo.fingerprint import Fingerprint, fingerprint
from inspection.photo.photo import Photo
from inspection.seen.fold import Vector
from inspection.seen.hits import Found, Hit, Use
from inspection.seen.photos import SeenPhotos
from inspection.verdict.before import Before, Recalled
from inspection.verdict.findings import PhotoId

MOST_NAMED = 20
"""Earlier photos that the record names."""

log = structlog.get_logger("inspection.seen")

Told = tuple[Photo, Fingerprint, Vector | None]


class PhotoMemory:
    """Safe for threads and processes. `writing` begins a transaction."""

    def __init__(
        self,
        seen: SeenPhotos,
        writing: Callable[[], AbstractContextManager[Any]],
        embedding: Callable[[Photo], Vector],
    ) -> None:
        self._seen = seen
        self._writing = writing
        self._embedding = embedding

    def remember(self, photos: Iterable[Photo], *, seen: bool = True) -> None:
        """See `Memory.remember`. Not `seen` is for whoever has no model at hand."""
        self._remember([self._told(photo, seen=seen) for photo in photos])

    def came_before(
        self, inspection_id: str, return_id: str | None, photos: Mapping[PhotoId, Photo]
    ) -> Recalled:
        """See `Memory.came_before`."""
        told = {id_: self._told(photo) for id_, photo in photos.items()}
        self._remember(told.values())
        # only now: of two that came with the same photo at the same time, one at least sees the other
        use = Use(inspection_id=inspection_id, return_id=return_id)
        found = {id_: self._like(*one, use) for id_, one in told.items()}
        before = [_before(id_, hit) for id_, one in found.items() for hit in one.hits]
        unchecked = [id_ for id_, one in found.items() if one.unchecked]
        return Recalled(before=tuple(before[:MOST_NAMED]), unchecked=tuple(unchecked))

    def _told(self, photo: Photo, *, seen: bool = True) -> Told:
        return photo, fingerprint(photo), self._embedding(photo) if seen else None

    def _remember(self, told: Iterable[Told]) -> None:
        with self._writing() as connection:
            # in one order everywhere: two with the same photos never wait for each other
            for photo, print_, embedding in sorted(told, key=lambda one: one[0].sha256):
                self._seen.add(connection, photo.sha256, print_, embedding)

    def _like(self, photo: Photo, print_: Fingerprint, embedding: Vector | None, use: Use) -> Found:
        """The reading is worth more than this comparison: where that fails, a person is told so."""
        try:
            return self._seen.like(photo, print_, embedding, not_of=use)
        except InspectionError as error:
            log.warning("photo not compared", sha256=photo.sha256, why=str(error))
            return Found(hits=(), unchecked=True)


def _before(photo: PhotoId, hit: Hit) -> Before:
    return Before(
        photo=photo,
        sha256=hit.sha256,
        kind=hit.kind.value,
        inspections=tuple(use.inspection_id for use in hit.known.used_by),
        times=hit.known.times,
        shows=hit.known.shows,
    )
