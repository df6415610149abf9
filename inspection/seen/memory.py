"""`ports.Memory`: what the workflow asks of `inspection.seen`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from inspection.photo.fingerprint import fingerprint
from inspection.photo.photo import Photo
from inspection.seen.fold import Vector
from inspection.seen.hits import Hit, Use
from inspection.seen.photos import SeenPhotos
from inspection.verdict.before import Before
from inspection.verdict.findings import PhotoId

MOST_NAMED = 20
"""Inspections and earlier photos that the record names: a photo out of a catalogue may have thousands."""


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

    def catch_up(self) -> None:
        """Read what there is: at start, so that the first photo needn't wait for it."""
        self._seen.catch_up()

    def came_before(
        self, inspection_id: str, return_id: str | None, photos: Mapping[PhotoId, Photo]
    ) -> tuple[Before, ...]:
        """See `Memory.came_before`."""
        told = [(id_, photo, fingerprint(photo), self._embedding(photo)) for id_, photo in photos.items()]
        with self._writing() as connection:
            # in one order, for it locks them: two with the same photos must not wait for one another
            for _, photo, print_, embedding in sorted(told, key=lambda one: one[1].sha256):
                self._seen.add(connection, photo.sha256, print_, embedding)
        if return_id is None:  # nobody's return: there is no other one
            return ()
        # only now: of two that came with the same photo at the same time, one at least sees the other
        use = Use(inspection_id=inspection_id, return_id=return_id)
        found = [
            _before(id_, hit, return_id)
            for id_, photo, print_, embedding in told
            for hit in self._seen.like(photo, print_, embedding, not_of=use)
            if hit.in_another_return(return_id)
        ]
        return tuple(found[:MOST_NAMED])


def _before(photo: PhotoId, hit: Hit, return_id: str) -> Before:
    others = [use.inspection_id for use in hit.used_by if use.return_id not in (None, return_id)]
    return Before(
        photo=photo, sha256=hit.sha256, kind=hit.kind.value, inspections=tuple(others[-MOST_NAMED:])
    )
