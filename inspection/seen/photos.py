"""The search: every photo against all that came before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from inspection.photo.fingerprint import Fingerprint
from inspection.photo.photo import Photo, Picture
from inspection.seen.fold import Vector, fold, unfolded
from inspection.seen.hits import Hit, Kind, Use
from inspection.seen.index import Index
from inspection.seen.rows import Rows
from inspection.seen.same import SAME_FROM, agreement

SAME_WITHIN = 31
"""Bits, of 256, within which two hashes are of one picture."""
MAYBE_WITHIN = 64
"""Up to here it may be, and the pictures themselves are compared."""
MOST_NEAR = 1000
CANDIDATES = 200
SEEN_ALIKE = 0.5
"""Cosine from which a photo may show a part of another."""
MOST_COMPARED = 8
"""Pictures that one photo is compared with: some 30 ms each."""


class SeenPhotos:
    """See `inspection.seen`. Safe for threads; any number of processes find what any of them has added.

    `picture_of` gives the picture kept of a photo, by its hash, or `None`. `model` is the hash of the
    bundle whose embeddings are given: those of another are not comparable, and not searched.
    """

    def __init__(self, rows: Rows, picture_of: Callable[[str], Picture | None], *, model: str) -> None:
        self._rows = rows
        self._picture_of = picture_of
        self._model = model
        self._index = Index(rows, model=model)

    def add(
        self, connection: Any, sha256: str, fingerprint: Fingerprint, embedding: Vector | None = None
    ) -> None:
        """Within the caller's transaction; found by everyone once that is committed. Twice is as once.

        Commit this before searching: of two processes with the same photo, at least one then finds it.
        """
        folded = None if embedding is None else fold(embedding)
        self._rows.add(
            connection,
            sha256,
            pdq=fingerprint.pdq,
            quality=fingerprint.quality,
            folded=folded,
            model=self._model,
        )

    def forget(self, connection: Any, sha256: str) -> None:
        """Erased: once committed, nobody finds it, and every process drops it at its next search."""
        self._rows.forget(connection, sha256)

    def catch_up(self) -> None:
        """Read what is new: at start, so that the first search needn't read everything."""
        self._index.catch_up()

    def like(
        self,
        photo: Photo,
        fingerprint: Fingerprint,
        embedding: Vector | None = None,
        *,
        not_of: Use,
    ) -> tuple[Hit, ...]:
        """What came before, the surest first; never from the same inspection or the same return.

        Call it outside of any transaction: pictures may be read and compared, up to half a second.
        """
        self._index.catch_up()
        same_file = self._used({photo.sha256}, not_of)
        hits = [Hit(sha256=sha256, kind=Kind.SAME_FILE, used_by=uses) for sha256, uses in same_file.items()]
        near = dict(self._index.pictures(fingerprint.sought, MAYBE_WITHIN)[:MOST_NEAR])
        alike = self._alike(embedding)
        names = self._rows.standing({*near, *alike})
        used = self._used({name for name in names.values() if name != photo.sha256}, not_of)
        compared = 0
        for seq in [*near, *(seq for seq in alike if seq not in near)]:
            sha256, distance = names.get(seq), near.get(seq)
            if sha256 is None or sha256 not in used:
                continue  # erased, or of this very return
            told: dict[str, Any] = {"sha256": sha256, "used_by": used[sha256], "distance": distance}
            if distance is not None and distance <= SAME_WITHIN:
                hits.append(Hit(kind=Kind.SAME_PICTURE, **told))
            elif compared < MOST_COMPARED:
                compared += 1
                share = self._agreement(photo.whole, sha256)
                if share >= SAME_FROM:
                    hits.append(Hit(kind=Kind.CROP, agreement=round(share, 3), **told))
        return tuple(hits)

    def _alike(self, embedding: Vector | None) -> list[int]:
        """Candidates by what the model sees, the most alike first."""
        if embedding is None:
            return []
        sought = fold(embedding)
        kept = self._rows.folded(self._index.alike(sought, CANDIDATES))
        if not kept:
            return []
        cosines = unfolded(kept.values()) @ unfolded([sought])[0]
        by_cosine = sorted(zip(cosines.tolist(), kept, strict=True), reverse=True)
        return [seq for cosine, seq in by_cosine if cosine >= SEEN_ALIKE]

    def _used(self, sha256s: Iterable[str], not_of: Use) -> Mapping[str, tuple[Use, ...]]:
        """By others: of whatever has no other use, nothing."""
        return dict(_others(self._rows.uses(set(sha256s)), not_of))

    def _agreement(self, picture: Picture, sha256: str) -> float:
        before = self._picture_of(sha256)
        return 0.0 if before is None else agreement(picture, np.ascontiguousarray(before))


def _others(uses: Mapping[str, tuple[Use, ...]], not_of: Use) -> Iterator[tuple[str, tuple[Use, ...]]]:
    for sha256, of_one in uses.items():
        others = tuple(
            use
            for use in of_one
            if use.inspection_id != not_of.inspection_id
            and (use.return_id is None or use.return_id != not_of.return_id)
        )
        if others:
            yield sha256, others
