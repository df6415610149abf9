"""Inspections: what they are opened with, and how they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from api.bodies.ids import Id
from api.bodies.returns import Cents, In
from api.bodies.text import Visible
from api.said import Said
from api.schemas import AnswerOut, GradeName, ProblemOut, ReasonOut, Sha256
from inspection.returns.case import Case, CasePhoto, Entry
from inspection.returns.return_order import InspectionState
from inspection.verdict.findings import View
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import Quality


class InspectionIn(In):
    """Of a return's item, or by itself with what was paid."""

    line_id: Id | None = None
    price_cents: Cents | None = Field(default=None, description="For an inspection by itself.")

    @model_validator(mode="after")
    def _one_price(self) -> "InspectionIn":
        if self.line_id is not None and self.price_cents is not None:
            raise ValueError("an item of a return has its price already: give line_id or price_cents")
        return self


class AppealIn(In):
    """The shopper objects."""

    why: Visible = Field(max_length=2000, examples=["That mark was there when it came."])


class PhotoOut(BaseModel):
    """A photo of an inspection; `shown` is where its re-encoded copy is, once it was looked at."""

    position: int = Field(examples=[1])
    sha256: Sha256
    view: View | None
    shown: str
    problems: list[ProblemOut] | None = Field(
        default=None, description="What keeps it from being read well; null until it was looked at."
    )

    @classmethod
    def of(cls, inspection_id: str, photo: CasePhoto, quality: Quality | None = None) -> "PhotoOut":
        """From what is kept; `quality` as it was found to be."""
        problems = None
        if quality is not None:
            problems = [ProblemOut(code=one.problem, advice=one.advice) for one in quality.remarks]
        shown = shown_at(inspection_id, photo.position)
        return cls(
            position=photo.position, sha256=photo.sha256, view=photo.view, shown=shown, problems=problems
        )


def shown_at(inspection_id: str, position: int) -> str:
    """Where a photo's copy is that people may see."""
    return f"/v1/inspections/{inspection_id}/photos/{position}"


class AskedOut(BaseModel):
    """One more photo: what it should show, and why, in words for the shopper."""

    view: View | None
    reasons: list[ReasonOut]


class ListedInspectionOut(BaseModel):
    """How it stands, as lists tell it: without photos and answer."""

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
    version: int = Field(description="Grows with every change; the ETag.", examples=[3])

    @classmethod
    def listed(cls, case: Case) -> "ListedInspectionOut":
        """From what is kept."""
        return cls(**_told(case))


class InspectionOut(ListedInspectionOut):
    """How it stands. `answer` is what software said at the latest turn, null before.

    A shopper's link reads no `answer`: what a shopper needs to know is in the other members.
    """

    photos: list[PhotoOut]
    asked_for: AskedOut | None = Field(description="The photo it is open for, where one was asked for.")
    said: str | None = Field(
        description="A person's reason for the latest decision, as the shopper reads it.",
        examples=["The sole is worn."],
    )
    answer: AnswerOut | None = None

    @classmethod
    def of(
        cls,
        case: Case,
        photos: Sequence[CasePhoto],
        *,
        said: Said,
        look: Inspection | None = None,
        answer: dict[str, Any] | None = None,
    ) -> "InspectionOut":
        """From what is kept; `look` is the latest."""
        quality = {} if look is None else {photo.sha256: photo.quality for photo in look.photos}
        reasons = [ReasonOut(code=code, text=text) for code, text in said.why]
        asks = said.asks and case.state is InspectionState.OPEN
        return cls(
            **_told(case),
            photos=[PhotoOut.of(case.id, photo, quality.get(photo.sha256)) for photo in photos],
            asked_for=AskedOut(view=said.view, reasons=reasons) if asks else None,
            said=said.reason,
            answer=None if answer is None else AnswerOut.model_validate(answer),
        )


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


def _told(case: Case) -> dict[str, Any]:
    return {
        "id": case.id, "line_id": case.line_id, "created_at": case.created_at, "state": case.state,
        "turn": case.turn, "asked": case.asked, "submitted_at": case.submitted_at,
        "expires_at": case.expires_at, "decision": case.decision,
        "grade": None if case.grade is None else case.grade.name, "decided_at": case.decided_at,
        "version": case.version,
    }  # fmt: skip
