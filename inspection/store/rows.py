"""Rows into the values that the path knows, and back: lists of them in as few questions as one."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from inspection.returns.case import Case, CasePhoto, Entry, Line, Return, ReviewCase
from inspection.returns.return_order import InspectionState, LineState
from inspection.store.tables import INSPECTION_PHOTOS, RECORD, RETURN_LINES, REVIEW_BARRED
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade


def photos_of(connection: Connection, inspection_id: str) -> tuple[CasePhoto, ...]:
    """Those that were not taken back, in order."""
    there = INSPECTION_PHOTOS.c.removed_at.is_(None) & (INSPECTION_PHOTOS.c.inspection_id == inspection_id)
    rows = connection.execute(select(INSPECTION_PHOTOS).where(there).order_by(INSPECTION_PHOTOS.c.position))
    return tuple(
        CasePhoto(
            position=row.position, sha256=row.sha256, view=row.view and View(row.view), added_at=row.added_at
        )
        for row in rows
    )


def entries_of(connection: Connection, *subjects: str) -> tuple[Entry, ...]:
    """What the record says of them, the oldest first."""
    told = select(RECORD).where(RECORD.c.subject.in_(subjects)).order_by(RECORD.c.seq)
    return tuple(Entry(**row) for row in connection.execute(told).mappings())


def case_of(row: RowMapping) -> Case:
    """From its row."""
    view = row["asked_view"] and View(row["asked_view"])
    changed = {"state": InspectionState(row["state"]), "grade": _grade(row), "asked_view": view}
    return Case(**_told(Case, row) | changed)


def line_of(row: RowMapping) -> Line:
    """From its row."""
    return Line(**_told(Line, row) | {"state": LineState(row["state"]), "grade": _grade(row)})


def returns_of(connection: Connection, rows: Sequence[RowMapping]) -> tuple[Return, ...]:
    """From their rows, with their lines."""
    wanted = select(RETURN_LINES).where(RETURN_LINES.c.return_id.in_([row["id"] for row in rows]))
    lines: dict[str, list[Line]] = {}
    for line in connection.execute(wanted.order_by(RETURN_LINES.c.position)).mappings():
        lines.setdefault(line["return_id"], []).append(line_of(line))
    return tuple(Return(**_told(Return, row), lines=tuple(lines.get(row["id"], ()))) for row in rows)


def reviews_of(connection: Connection, rows: Sequence[RowMapping]) -> tuple[ReviewCase, ...]:
    """From their rows, with those who may not judge them."""
    wanted = select(REVIEW_BARRED).where(REVIEW_BARRED.c.review_id.in_([row["id"] for row in rows]))
    barred: dict[str, set[str]] = {}
    for one in connection.execute(wanted):
        barred.setdefault(one.review_id, set()).add(one.person)
    return tuple(
        ReviewCase(**_told(ReviewCase, row), not_by=frozenset(barred.get(row["id"], ()))) for row in rows
    )


def columns(value: Case | Line | ReviewCase) -> dict[str, Any]:
    """Of its own row, by name."""
    told = {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(told.get("grade"), Grade):
        told["grade"] = told["grade"].name
    return told


def _names(kind: Any) -> Iterable[str]:
    return (field.name for field in fields(kind) if field.name not in ("lines", "not_by"))


def _told(kind: Any, row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in _names(kind)}


def _grade(row: RowMapping) -> Grade | None:
    return None if row["grade"] is None else Grade[row["grade"]]
