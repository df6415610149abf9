"""The search: every photo against all that came before."""

from collections.abc import Callable, Mapping
from typing import Any

from inspection.errors import InspectionError
from inspection.photo.fingerprint import Fingerprint
from inspection.photo.photo import Photo, Picture
from inspection.seen.candidates import Candidate, Chosen, choose
from inspection.seen.fold import Vector, fold, unfolded
from inspection.seen.hits import Found, Hit, Kind, Use
from inspection.seen.index import Index
from inspection.seen.pictures import Pictures
from inspection.seen.rows import Rows
from inspection.seen.same import NEAR_SAME_FROM, SAME_FROM, Sought

SAME_WITHIN = 31
"""Bits, of 256, within which two hashes are of one picture, unless the pictures themselves say otherwise."""
MAYBE_WITHIN = 64
"""Up to here they may be, and only the pictures can say."""
MOST_NEAR = 1000
CANDIDATES = 200
SEEN_ALIKE = 0.5
"""Cosine from which a photo may show a part of another."""
MOST_HITS = 8
"""Then the search ends: a person has enough to look at."""
MOST_USES = 20
"""Inspections named of one photo: one out of a catalogue may have thousands."""


class SeenPhotos:
    """See `inspection.seen`. Safe for threads; any number of processes find what any of them has added.

    `picture_of` gives the picture kept of a photo, by its hash: see `seen.pictures`. `model` is the hash of
    the bundle whose embeddings are given: those of another are not comparable, and not searched.
    """

    def __init__(self, rows: Rows, picture_of: Callable[[str], Picture | None], *, model: str) -> None:
        self._rows = rows
        self._pictures = Pictures(picture_of)
        self._model = model
        self.index = Index(rows, model=model, dropped=self._pictures.drop)

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

    def like(
        self,
        photo: Photo,
        fingerprint: Fingerprint,
        embedding: Vector | None = None,
        *,
        not_of: Use,
    ) -> Found:
        """What came before, the surest first; never from the same inspection or the same return.

        Call it outside of any transaction: pictures may be read and compared, up to half a second. The
        first search waits until everything that is kept has been read.
        """
        self.index.catch_up()
        same_file = self._rows.known({photo.sha256}, not_of, MOST_USES)
        hits = [Hit(sha256=sha256, kind=Kind.SAME_FILE, known=known) for sha256, known in same_file.items()]
        chosen, sought, unread = self._chosen(photo, fingerprint, embedding, not_of), Sought(photo.whole), 0
        for candidate in chosen.candidates:
            if len(hits) >= MOST_HITS:
                break
            try:
                hit = self._compared(sought, candidate)
            except InspectionError:  # the store does not give it now: the others are compared all the same
                unread += 1
            else:
                hits += [] if hit is None else [hit]
        return Found(hits=tuple(hits), unchecked=not hits and (chosen.left_out or unread > 0))

    def _chosen(
        self, photo: Photo, fingerprint: Fingerprint, embedding: Vector | None, not_of: Use
    ) -> Chosen:
        near = dict(self.index.pictures(fingerprint.sought, MAYBE_WITHIN)[:MOST_NEAR])
        alike = self._alike(embedding)
        names = self._rows.standing({*near, *alike})
        known = self._rows.known({name for name in names.values() if name != photo.sha256}, not_of, MOST_USES)
        about = {
            seq: Candidate(
                seq=seq,
                sha256=name,
                known=known[name],
                distance=near.get(seq),
                cosine=alike.get(seq),
            )
            for seq, name in names.items()
            if name in known  # else it is of this very return, or nobody's
        }
        return choose(near, alike, about)

    def _compared(self, sought: Sought, candidate: Candidate) -> Hit | None:
        """Whether it is one photo. Hashes alone would call two plates in one rig the same."""
        near = candidate.distance is not None and candidate.distance <= SAME_WITHIN
        needed = NEAR_SAME_FROM if near else SAME_FROM
        before = self._pictures.get(candidate.seq, candidate.sha256)
        share = None if before is None else round(sought.agreement(before, needed), 3)
        # with nothing to compare with any more, a near hash alone says enough
        if not (near if share is None else share >= needed):
            return None
        return Hit(
            sha256=candidate.sha256,
            kind=Kind.SAME_PICTURE if near else Kind.CROP,
            known=candidate.known,
            distance=candidate.distance,
            agreement=share,
        )

    def _alike(self, embedding: Vector | None) -> Mapping[int, float]:
        """Cosines by number, of what the model sees; the most alike first."""
        if embedding is None:
            return {}
        sought = fold(embedding)
        kept = self._rows.folded(self.index.alike(sought, CANDIDATES))
        if not kept:
            return {}
        cosines = unfolded(kept.values()) @ unfolded([sought])[0]
        by_cosine = sorted(zip(cosines.tolist(), kept, strict=True), reverse=True)
        return {seq: cosine for cosine, seq in by_cosine if cosine >= SEEN_ALIKE}
