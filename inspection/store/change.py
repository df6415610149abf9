"""One transaction on cases: SQL for `ports.Change`."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import uuid_utils
from sqlalchemy import Connection, RowMapping, Select, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from inspection.errors import (
    InspectionNotFound,
    PhotoNotFound,
    ReferenceTaken,
    ReturnNotFound,
    ReviewNotFound,
)
from inspection.ports import Job, KeptLook
from inspection.returns.case import Case, CasePhoto, Entry, Line, Return, ReviewCase
from inspection.store import chain, coming
from inspection.store.codec import encode, hash_of_look
from inspection.store.jobs.queue import JobQueue
from inspection.store.rows import case_of, columns, entries_of, line_of, photos_of, returns_of, reviews_of
from inspection.store.tables import (
    DELIVERIES,
    EVENTS,
    INSPECTION_PHOTOS,
    INSPECTIONS,
    LIVE,
    LOOKS,
    PHOTOS,
    REFERENCE_PHOTOS,
    RETURN_LINES,
    RETURNS,
    REVIEW_BARRED,
    REVIEWS,
    WEBHOOKS,
)
from inspection.verdict.findings import View

MOST_REFERENCES = 20


class SqlChange:
    """See `ports.Change`. On SQLite the transaction holds the one write lock; on PostgreSQL, row locks."""

    def __init__(self, connection: Connection, queue: JobQueue, *, now: datetime) -> None:
        self.connection = connection
        self._queue = queue
        self.now = now
        self.told: list[tuple[str, Mapping[str, Any]]] = []

    def case(self, inspection_id: str) -> Case:
        """See `Change.case`."""
        of_return = (
            select(RETURN_LINES.c.return_id)
            .join(INSPECTIONS, INSPECTIONS.c.line_id == RETURN_LINES.c.id)
            .where(INSPECTIONS.c.id == inspection_id)
        )
        self._lock_return(of_return)
        return case_of(
            self._locked(INSPECTIONS, INSPECTIONS.c.id == inspection_id, InspectionNotFound(inspection_id))
        )

    def live_case_of(self, line_id: str) -> str | None:
        """See `Change.live_case_of`."""
        live = select(INSPECTIONS.c.id).where(INSPECTIONS.c.line_id == line_id, INSPECTIONS.c.state.in_(LIVE))
        found: str | None = self.connection.execute(live).scalar()
        return found

    def history(self, case: Case) -> tuple[Entry, ...]:
        """See `Change.history`."""
        of_item = select(INSPECTIONS.c.id).where(INSPECTIONS.c.line_id == case.line_id)
        others = () if case.line_id is None else self.connection.execute(of_item).scalars()
        return entries_of(self.connection, case.id, *others)

    def add_case(self, case: Case) -> None:
        """See `Change.add_case`."""
        self.connection.execute(insert(INSPECTIONS).values(columns(case)))

    def set_case(self, case: Case) -> None:
        """See `Change.set_case`."""
        grown = replace(case, version=case.version + 1)
        self.connection.execute(update(INSPECTIONS).where(INSPECTIONS.c.id == case.id).values(columns(grown)))

    def photos_of(self, inspection_id: str) -> tuple[CasePhoto, ...]:
        """See `Change.photos_of`."""
        return photos_of(self.connection, inspection_id)

    def add_photo(
        self, inspection_id: str, sha256: str, size: int, view: View | None, since: datetime | None = None
    ) -> CasePhoto:
        """See `Change.add_photo`."""
        self.note_photo(sha256, size, since)
        for photo in self.photos_of(inspection_id):
            if photo.sha256 == sha256:
                return photo
        last = select(func.coalesce(func.max(INSPECTION_PHOTOS.c.position), 0)).where(
            INSPECTION_PHOTOS.c.inspection_id == inspection_id
        )
        position = int(self.connection.execute(last).scalar_one()) + 1
        self.connection.execute(
            insert(INSPECTION_PHOTOS).values(
                inspection_id=inspection_id, position=position, sha256=sha256, view=view, added_at=self.now
            )
        )
        return CasePhoto(position=position, sha256=sha256, view=view, added_at=self.now)

    def note_photo(self, sha256: str, size: int, since: datetime | None = None) -> None:
        """See `Change.note_photo`."""
        coming.use(self.connection, sha256, size, self.now, since=since)

    def erased(self, sha256s: Collection[str]) -> frozenset[str]:
        """See `Change.erased`."""
        these = select(PHOTOS.c.sha256, PHOTOS.c.erased_at).where(PHOTOS.c.sha256.in_(sha256s))
        # in one order in every process, and shared: looks at one photo do not wait for one another
        rows = self.connection.execute(these.order_by(PHOTOS.c.sha256).with_for_update(read=True))
        return frozenset(row.sha256 for row in rows if row.erased_at is not None)

    def remove_photo(self, inspection_id: str, position: int) -> None:
        """See `Change.remove_photo`."""
        there = (INSPECTION_PHOTOS.c.inspection_id == inspection_id) & (
            INSPECTION_PHOTOS.c.position == position
        )
        taken = update(INSPECTION_PHOTOS).where(there, INSPECTION_PHOTOS.c.removed_at.is_(None))
        if not self.connection.execute(taken.values(removed_at=self.now)).rowcount:
            raise PhotoNotFound(str(position))

    def add_return(self, made: Return) -> None:
        """See `Change.add_return`."""
        row = {
            "id": made.id,
            "created_at": made.created_at,
            "currency": made.currency,
            "reference": made.reference,
        }
        if not self._ignore(RETURNS, row):
            raise ReferenceTaken(str(made.reference))
        self.connection.execute(insert(RETURN_LINES), [columns(line) for line in made.lines])

    def return_(self, return_id: str) -> Return:
        """See `Change.return_`."""
        row = self._locked(RETURNS, RETURNS.c.id == return_id, ReturnNotFound(return_id))
        return returns_of(self.connection, [row])[0]

    def line(self, line_id: str) -> Line:
        """See `Change.line`."""
        self._lock_return(select(RETURN_LINES.c.return_id).where(RETURN_LINES.c.id == line_id))
        return line_of(self._locked(RETURN_LINES, RETURN_LINES.c.id == line_id, ReturnNotFound(line_id)))

    def set_line(self, line: Line) -> None:
        """See `Change.set_line`."""
        changing = ("state", "decided_by", "grade", "paid_cents")
        told = {name: value for name, value in columns(line).items() if name in changing}
        self.connection.execute(update(RETURN_LINES).where(RETURN_LINES.c.id == line.id).values(told))
        grown = update(RETURNS).where(RETURNS.c.id == line.return_id)
        self.connection.execute(grown.values(version=RETURNS.c.version + 1))

    def references_of(self, line_id: str | None) -> tuple[str, ...]:
        """See `Change.references_of`."""
        wanted = (
            select(REFERENCE_PHOTOS.c.sha256)
            .join(RETURN_LINES, RETURN_LINES.c.sku == REFERENCE_PHOTOS.c.sku)
            .where(RETURN_LINES.c.id == line_id, REFERENCE_PHOTOS.c.removed_at.is_(None))
            .order_by(REFERENCE_PHOTOS.c.id.desc())
            .limit(MOST_REFERENCES)
        )
        return tuple(self.connection.execute(wanted).scalars())

    def add_look(self, inspection_id: str, look: KeptLook) -> str:
        """See `Change.add_look`."""
        inspection = look.inspection
        body = encode(inspection)
        row = {
            "inspection_id": inspection_id,
            "turn": look.turn,
            "at": inspection.at,
            "bundle_sha256": inspection.reading.model.sha256,
            "policy": inspection.policy,
            "body": body,
            "compared_with": list(look.compared_with),
        }
        self.connection.execute(insert(LOOKS).values(row))
        return hash_of_look(body, look.compared_with)

    def enter(self, kind: str, subject: str, actor: str, body: Mapping[str, Any]) -> Entry:
        """See `Change.enter`."""
        return chain.append(self.connection, at=self.now, kind=kind, subject=subject, actor=actor, body=body)

    def tell(self, type_: str, subject: str, body: Mapping[str, Any]) -> str:
        """See `Change.tell`."""
        event_id = str(uuid_utils.uuid7())
        told = {"id": event_id, "at": self.now, "type": type_, "subject": subject, "body": dict(body)}
        self.connection.execute(insert(EVENTS).values(told))
        self.told.append((type_, body))
        listening = select(WEBHOOKS.c.id, WEBHOOKS.c.types).where(WEBHOOKS.c.removed_at.is_(None))
        for webhook_id, types in self.connection.execute(listening).all():
            if "*" in types or type_ in types:
                self.connection.execute(insert(DELIVERIES).values(event_id=event_id, webhook_id=webhook_id))
                self.later(Job.DELIVER, event_id, webhook_id, 1)
        return event_id

    def open_review(self, review: ReviewCase) -> None:
        """See `Change.open_review`."""
        self.connection.execute(insert(REVIEWS).values(columns(review)))
        if review.not_by:
            barred = [{"review_id": review.id, "person": person} for person in sorted(review.not_by)]
            self.connection.execute(insert(REVIEW_BARRED), barred)

    def review(self, review_id: str) -> ReviewCase:
        """See `Change.review`."""
        of_case = select(REVIEWS.c.inspection_id).where(REVIEWS.c.id == review_id)
        inspection_id = self.connection.execute(of_case).scalar()
        if inspection_id is None:
            raise ReviewNotFound(review_id)
        self.case(inspection_id)
        row = self._locked(REVIEWS, REVIEWS.c.id == review_id, ReviewNotFound(review_id))
        return reviews_of(self.connection, [row])[0]

    def open_review_of(self, inspection_id: str) -> ReviewCase | None:
        """See `Change.open_review_of`."""
        waiting = select(REVIEWS).where(
            REVIEWS.c.inspection_id == inspection_id, REVIEWS.c.closed_at.is_(None)
        )
        row = self.connection.execute(waiting.with_for_update()).mappings().one_or_none()
        return None if row is None else reviews_of(self.connection, [row])[0]

    def set_review(self, review: ReviewCase) -> None:
        """See `Change.set_review`."""
        grown = replace(review, version=review.version + 1)
        self.connection.execute(update(REVIEWS).where(REVIEWS.c.id == review.id).values(columns(grown)))

    def later(self, job: Job, *arguments: str | int, delay: float = 0) -> None:
        """See `Change.later`."""
        self._queue.later(self.connection, job, *arguments, delay=delay)

    def _lock_return(self, wanted: Select[Any]) -> None:
        """First of all, so that whoever changes something of a return is alone with it."""
        self.connection.execute(select(RETURNS.c.id).where(RETURNS.c.id.in_(wanted)).with_for_update())

    def _locked(self, table: Any, where: Any, missing: Exception) -> RowMapping:
        wanted: Select[Any] = select(table).where(where).with_for_update()
        row = self.connection.execute(wanted).mappings().one_or_none()
        if row is None:
            raise missing
        return row

    def _ignore(self, table: Any, row: Mapping[str, Any]) -> bool:
        """Insert, unless the row's key is there already; returns whether it was new."""
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        insertion = dialect.insert(table).values(row).on_conflict_do_nothing().returning(literal(1))
        return self.connection.execute(insertion).first() is not None  # psycopg counts no such rows
