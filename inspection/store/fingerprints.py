"""Fingerprints of photos in the table: rows whose numbers grow in the order of commits, erasure included.

A reader asks for what came after the last number it saw. That misses nothing, because whoever writes holds
a lock until its commit, and because the row with the largest number is never deleted: what is erased moves
to the end, emptied, and says which number it had.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from inspection.seen.hits import Use
from inspection.seen.rows import Row
from inspection.store.engine import Database
from inspection.store.tables import FINGERPRINTS, INSPECTION_PHOTOS, INSPECTIONS, PHOTOS, RETURN_LINES

_LOCK = 7_215_408_115
"""Any number, the same in every process; not the record's (`chain`), which is taken after it."""
ERASED = -1
"""Instead of a quality: nothing is kept of this photo but that it is gone."""


class SqlFingerprints:
    """See `seen.rows.Rows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        connection: Connection,
        sha256: str,
        *,
        pdq: bytes,
        quality: int,
        folded: bytes | None,
        model: str,
    ) -> None:
        """See `Rows.add`. Others who add wait until this transaction ends: let it end soon.

        Nothing is kept of what was erased meanwhile: nobody would ever erase that.
        """
        alone(connection)
        photo = select(PHOTOS.c.erased_at).where(PHOTOS.c.sha256 == sha256)
        if connection.execute(photo.with_for_update(read=True)).scalar() is not None:
            return
        told: dict[str, Any] = {"pdq": pdq, "quality": quality}
        told |= {"embedding": folded, "bundle_sha256": None if folded is None else model}
        there = connection.execute(select(FINGERPRINTS).where(FINGERPRINTS.c.sha256 == sha256)).one_or_none()
        if there is None:
            new = {"seq": _next(connection), "sha256": sha256, **told}
            connection.execute(insert(FINGERPRINTS).values(new))
        elif there.quality == ERASED or (folded is not None and there.bundle_sha256 != model):
            # to the end, or those who have read so far would not hear of it
            moved = {"seq": _next(connection), **told}
            connection.execute(update(FINGERPRINTS).where(FINGERPRINTS.c.sha256 == sha256).values(moved))

    def forget(self, connection: Connection, sha256: str) -> None:
        """See `Rows.forget`."""
        forget(connection, sha256)

    def since(self, seq: int, most: int, model: str) -> Sequence[Row]:
        """See `Rows.since`."""
        newer = select(FINGERPRINTS).where(FINGERPRINTS.c.seq > seq).order_by(FINGERPRINTS.c.seq).limit(most)
        with self._database.reading() as connection:
            return [_row(one, model) for one in connection.execute(newer)]

    def standing(self, seqs: Collection[int]) -> Mapping[int, str]:
        """See `Rows.standing`."""
        wanted = select(FINGERPRINTS.c.seq, FINGERPRINTS.c.sha256).join(
            PHOTOS, PHOTOS.c.sha256 == FINGERPRINTS.c.sha256
        )
        kept = FINGERPRINTS.c.seq.in_(seqs) & (FINGERPRINTS.c.quality != ERASED)
        with self._database.reading() as connection:
            found = connection.execute(wanted.where(kept, PHOTOS.c.erased_at.is_(None)))
            return {one.seq: one.sha256 for one in found}

    def folded(self, seqs: Collection[int]) -> Mapping[int, bytes]:
        """See `Rows.folded`."""
        wanted = select(FINGERPRINTS.c.seq, FINGERPRINTS.c.embedding)
        kept = FINGERPRINTS.c.seq.in_(seqs) & FINGERPRINTS.c.embedding.is_not(None)
        with self._database.reading() as connection:
            return {one.seq: bytes(one.embedding) for one in connection.execute(wanted.where(kept))}

    def uses(self, sha256s: Collection[str]) -> Mapping[str, tuple[Use, ...]]:
        """See `Rows.uses`. A photo that was erased and came back had no uses before it came back."""
        wanted = (
            select(INSPECTION_PHOTOS.c.sha256, INSPECTIONS.c.id, RETURN_LINES.c.return_id)
            .join(PHOTOS, PHOTOS.c.sha256 == INSPECTION_PHOTOS.c.sha256)
            .join(INSPECTIONS, INSPECTIONS.c.id == INSPECTION_PHOTOS.c.inspection_id)
            .outerjoin(RETURN_LINES, RETURN_LINES.c.id == INSPECTIONS.c.line_id)
            .where(
                INSPECTION_PHOTOS.c.sha256.in_(sha256s),
                INSPECTION_PHOTOS.c.removed_at.is_(None),
                INSPECTION_PHOTOS.c.added_at >= PHOTOS.c.stored_at,
                PHOTOS.c.erased_at.is_(None),
            )
            .order_by(INSPECTIONS.c.id)
        )
        found: dict[str, tuple[Use, ...]] = {}
        with self._database.reading() as connection:
            for one in connection.execute(wanted):
                use = Use(inspection_id=one.id, return_id=one.return_id)
                found[one.sha256] = (*found.get(one.sha256, ()), use)
        return found


def forget(connection: Connection, sha256: str) -> None:
    """Empty the row and move it to the end, so that every process hears of it. Never delete it instead:
    its number would be given out again, and whoever has read so far would miss what comes.
    """
    alone(connection)
    kept = (FINGERPRINTS.c.sha256 == sha256) & (FINGERPRINTS.c.quality != ERASED)
    had = connection.execute(select(FINGERPRINTS.c.seq).where(kept)).scalar_one_or_none()
    if had is not None:
        emptied = {
            "seq": _next(connection), "pdq": had.to_bytes(32, "big"), "quality": ERASED,
            "embedding": None, "bundle_sha256": None,
        }  # fmt: skip
        connection.execute(update(FINGERPRINTS).where(kept).values(emptied))


def alone(connection: Connection) -> None:
    """Nobody else adds or forgets until this transaction ends. On SQLite whoever writes is alone already.

    Taken before any photo's row is locked, or two could wait for one another.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _next(connection: Connection) -> int:
    # not the sequence's: its numbers are given out before the commit, in any order
    last = connection.execute(select(func.coalesce(func.max(FINGERPRINTS.c.seq), 0))).scalar_one()
    return int(last) + 1


def _row(one: Any, model: str) -> Row:
    if one.quality == ERASED:
        return Row(seq=one.seq, pdq=bytes(32), quality=ERASED, gone=int.from_bytes(one.pdq, "big"))
    ours = one.embedding is not None and one.bundle_sha256 == model
    folded = bytes(one.embedding) if ours else None
    return Row(seq=one.seq, pdq=bytes(one.pdq), quality=one.quality, folded=folded)
