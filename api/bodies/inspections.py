"""Inspections: what they are opened with, and how they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.bodies.ids import Id
from api.bodies.returns import Cents, In
from api.bodies.text import Visible
from api.schemas import AnswerOut, GradeName, Sha256
from inspection.returns.case import Case, CasePhoto, Entry
from inspection.returns.return_order import InspectionState
from inspection.verdict.findings import View


class InspectionIn(In):
    """Of a return's item, or by itself with what was paid."""

    line_id: Id | None = None
    price_cents: Cents | None = Field(default=None, description="For an inspection by itself.")


class AppealIn(In):
    """The shopper objects."""

    why: Visible = Field(max_length=2000, examples=["That mark was there when it came."])


class PhotoOut(BaseModel):
    """A photo of an inspection; `shown` is where its re-encoded copy is, once it was looked at."""

    position: int = Field(examples=[1])
    sha256: Sha256
    view: View | None
    shown: str

    @classmethod
    def of(cls, inspection_id: str, photo: CasePhoto) -> "PhotoOut":
        """From what is kept."""
        shown = f"/v1/inspections/{inspection_id}/photos/{photo.position}"
        return cls(position=photo.position, sha256=photo.sha256, view=photo.view, shown=shown)


class InspectionOut(BaseModel):
    """How it stands. `answer` is what software said at the latest turn, null before."""

    id: Id
    line_id: Id | None
    created_at: datetime
    state: InspectionState
    turn: int = Field(description="How often it was submitted.", examples=[1])
    asked: int = Field(description="Photos asked for so far.", examples=[0])
    submitted_at: datetime | None
    expires_at: datetime | None
    decision: Literal["accept", "ask_for_photo", "review", "refuse"] | None = Field(
        description="The latest, by software or a person; only a person refuses."
    )
    grade: GradeName | None
    decided_at: datetime | None
    photos: list[PhotoOut]
    answer: AnswerOut | None = None
    version: int = Field(description="Grows with every change; the ETag.", examples=[3])

    @classmethod
    def of(
        cls, case: Case, photos: Sequence[CasePhoto], answer: dict[str, Any] | None = None
    ) -> "InspectionOut":
        """From what is kept."""
        return cls(
            id=case.id, line_id=case.line_id, created_at=case.created_at, state=case.state, turn=case.turn,
            asked=case.asked, submitted_at=case.submitted_at, expires_at=case.expires_at,
            decision=case.decision, grade=None if case.grade is None else case.grade.name,
            decided_at=case.decided_at, photos=[PhotoOut.of(case.id, photo) for photo in photos],
            answer=None if answer is None else AnswerOut.model_validate(answer), version=case.version,
        )  # fmt: skip


class EntryOut(BaseModel):
    """One entry of the record; `hash` covers everything here and the entry before."""

    seq: int
    at: datetime
    kind: str
    actor: str
    body: dict[str, Any]
    previous: Sha256
    hash: Sha256

    @classmethod
    def of(cls, entry: Entry) -> "EntryOut":
        """From what is kept."""
        return cls(
            seq=entry.seq, at=entry.at, kind=entry.kind, actor=entry.actor, body=entry.body,
            previous=entry.previous, hash=entry.hash,
        )  # fmt: skip
