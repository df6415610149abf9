"""The search: every photo against all that came before."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inspection.photo.fingerprint import Fingerprint
from inspection.photo.photo import Photo, Picture
from inspection.seen.fold import Vector, fold, unfolded
from inspection.seen.hits import Hit, Kind, Use
from inspection.seen.index import Index
from inspection.seen.rows import Rows
from inspection.seen.same import NEAR_SAME_FROM, SAME_FROM, agreement

SAME_WITHIN = 31
"""Bits, of 256, within which two hashes are of one picture, unless the pictures themselves say otherwise."""
MAYBE_WITHIN = 64
"""Up to here they may be, and only the pictures can say."""
MOST_NEAR = 1000
CANDIDATES = 200
SEEN_ALIKE = 0.5
"""Cosine from which a photo may show a part of another."""
MOST_COMPARED = 12
"""Pictures that one photo is compared with: some 30 ms each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """To be compared; `distance` in bits where the hashes are near."""

    sha256: str
    used_by: tuple[Use, ...]
    distance: int | None


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
        candidates = [
            Candidate(sha256=names[seq], used_by=used[names[seq]], distance=near.get(seq))
            for seq in [*near, *(seq for seq in alike if seq not in near)]
            if names.get(seq) in used  # else it was erased, or is of this very return
        ]
        hits += [hit for one in candidates[:MOST_COMPARED] if (hit := self._compared(photo.whole, one))]
        return tuple(hits)

    def _compared(self, picture: Picture, candidate: Candidate) -> Hit | None:
        """Whether it is one photo. Hashes alone would call two plates in one rig the same."""
        near = candidate.distance is not None and candidate.distance <= SAME_WITHIN
        before = self._picture_of(candidate.sha256)
        share = None if before is None else round(agreement(picture, before), 3)
        needed = NEAR_SAME_FROM if near else SAME_FROM
        # with nothing to compare with any more, a near hash alone says enough
        if not (near if share is None else share >= needed):
            return None
        return Hit(
            sha256=candidate.sha256,
            kind=Kind.SAME_PICTURE if near else Kind.CROP,
            used_by=candidate.used_by,
            distance=candidate.distance,
            agreement=share,
        )

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
