"""Fingerprints of photos in the table: rows whose numbers grow in the order of commits, erasure included.

A reader asks for what came after the last number it saw. That misses nothing, because whoever writes holds
a lock until its commit, and because the row with the largest number is never deleted: what is erased moves
to the end, emptied. Every row that moved says which numbers it had, so that readers let go of those.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, select, text, update

from inspection.seen.hits import Known, Use
from inspection.seen.rows import Row
from inspection.store.engine import Database
from inspection.store.tables import (
    FINGERPRINTS,
    INSPECTION_PHOTOS,
    INSPECTIONS,
    PHOTOS,
    REFERENCE_PHOTOS,
    RETURN_LINES,
)

_LOCK = 7_215_408_115
"""Any number, the same in every process; not the record's. Whoever needs both takes this one first."""
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
        seen = {"embedding": folded, "bundle_sha256": None if folded is None else model}
        there = connection.execute(select(FINGERPRINTS).where(FINGERPRINTS.c.sha256 == sha256)).one_or_none()
        if there is None:
            new = {"seq": _next(connection), "sha256": sha256, "pdq": pdq, "quality": quality, **seen}
            connection.execute(insert(FINGERPRINTS).values(new))
        elif there.quality == ERASED:
            _move(connection, there, {"pdq": pdq, "quality": quality, **seen})
        elif folded is not None and there.bundle_sha256 != model:
            _move(connection, there, seen)  # the hash is the same bytes' hash

    def forget(self, connection: Connection, sha256: str) -> None:
        """See `Rows.forget`."""
        forget(connection, sha256)

    def since(self, seq: int, most: int, model: str) -> Sequence[Row]:
        """See `Rows.since`."""
        c = FINGERPRINTS.c
        ours = case((c.bundle_sha256 == model, c.embedding)).label("folded")
        newer = select(c.seq, c.pdq, c.quality, c.formerly, ours).where(c.seq > seq)
        with self._database.reading() as connection:
            return [_row(one) for one in connection.execute(newer.order_by(c.seq).limit(most))]

    def hashes(self, seqs: Collection[int]) -> Mapping[int, bytes]:
        """See `Rows.hashes`."""
        wanted = select(FINGERPRINTS.c.seq, FINGERPRINTS.c.pdq).where(
            FINGERPRINTS.c.seq.in_(seqs), FINGERPRINTS.c.quality != ERASED
        )
        with self._database.reading() as connection:
            return {one.seq: bytes(one.pdq) for one in connection.execute(wanted)}

    def last(self) -> int:
        """See `Rows.last`."""
        with self._database.reading() as connection:
            return _next(connection) - 1

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

    def known(self, sha256s: Collection[str], not_of: Use, most: int) -> Mapping[str, Known]:
        """See `Rows.known`. A photo that was erased and came back had no uses before it came back."""
        uses, shows = _newest_uses(sha256s, not_of, most), _shown_by_the_shop(sha256s)
        used_by: dict[str, list[Use]] = {}
        times: dict[str, int] = {}
        items: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for one in connection.execute(uses):
                used_by.setdefault(one.sha256, []).append(Use(inspection_id=one.id, return_id=one.return_id))
                times[one.sha256] = one.times
            for sha256, sku in connection.execute(shows):
                items.setdefault(sha256, []).append(sku)
        return {
            sha256: Known(
                used_by=tuple(used_by.get(sha256, ())),
                times=times.get(sha256, 0),
                shows=tuple(items.get(sha256, ())[:most]),
            )
            for sha256 in {**used_by, **items}
        }


def _newest_uses(sha256s: Collection[str], not_of: Use, most: int) -> Select[Any]:
    photo, newest = INSPECTION_PHOTOS.c.sha256, INSPECTIONS.c.id.desc()
    used = (
        select(
            INSPECTION_PHOTOS.c.sha256,
            INSPECTIONS.c.id,
            RETURN_LINES.c.return_id,
            func.count().over(partition_by=photo).label("times"),
            func.row_number().over(partition_by=photo, order_by=newest).label("place"),
        )
        .join(PHOTOS, PHOTOS.c.sha256 == INSPECTION_PHOTOS.c.sha256)
        .join(INSPECTIONS, INSPECTIONS.c.id == INSPECTION_PHOTOS.c.inspection_id)
        .outerjoin(RETURN_LINES, RETURN_LINES.c.id == INSPECTIONS.c.line_id)
        .where(
            INSPECTION_PHOTOS.c.sha256.in_(sha256s),
            INSPECTION_PHOTOS.c.removed_at.is_(None),
            INSPECTION_PHOTOS.c.added_at >= PHOTOS.c.stored_at,
            PHOTOS.c.erased_at.is_(None),
            INSPECTIONS.c.id != not_of.inspection_id,
        )
    )
    if not_of.return_id is not None:
        used = used.where(RETURN_LINES.c.return_id.is_distinct_from(not_of.return_id))
    ranked = used.subquery()
    return select(ranked).where(ranked.c.place <= most).order_by(ranked.c.id)


def _shown_by_the_shop(sha256s: Collection[str]) -> Select[Any]:
    """Not of returns graded A: those photos came from shoppers, and are uses already."""
    return (
        select(REFERENCE_PHOTOS.c.sha256, REFERENCE_PHOTOS.c.sku)
        .where(
            REFERENCE_PHOTOS.c.sha256.in_(sha256s),
            REFERENCE_PHOTOS.c.removed_at.is_(None),
            REFERENCE_PHOTOS.c.source.in_(("catalogue", "dispatch")),
        )
        .order_by(REFERENCE_PHOTOS.c.id)
    )


def forget(connection: Connection, sha256: str) -> None:
    """Empty the row and move it to the end, so that every process hears of it. Never delete it instead:
    its number would be given out again, and whoever has read so far would miss what comes.
    """
    alone(connection)
    kept = (FINGERPRINTS.c.sha256 == sha256) & (FINGERPRINTS.c.quality != ERASED)
    there = connection.execute(select(FINGERPRINTS).where(kept)).one_or_none()
    if there is not None:
        emptied = {"pdq": bytes(32), "quality": ERASED, "embedding": None, "bundle_sha256": None}
        _move(connection, there, emptied)


def _move(connection: Connection, there: Any, told: Mapping[str, Any]) -> None:
    """To the end, or those who have read so far would not hear of it."""
    moved = {"seq": _next(connection), "formerly": [*(there.formerly or ()), there.seq], **told}
    connection.execute(update(FINGERPRINTS).where(FINGERPRINTS.c.sha256 == there.sha256).values(moved))


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


def _row(one: Any) -> Row:
    folded = None if one.folded is None else bytes(one.folded)
    gone = tuple(one.formerly or ())
    return Row(seq=one.seq, pdq=bytes(one.pdq), quality=one.quality, folded=folded, gone=gone)
