"""Reviews, and a person's verdict."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies.ids import Id
from api.bodies.returns import In
from api.schemas import GradeName
from inspection.returns.case import ReviewCase
from inspection.returns.verdict import Verdict, VerdictKind
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade


class VerdictIn(In):
    """Accepting needs a grade; refusing and asking need a reason, which the shopper reads."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "accept", "grade": "B"},
                {"kind": "ask_for_photo", "view": "back", "reason": "Please show the back, too."},
            ]
        },
    )

    kind: VerdictKind
    grade: GradeName | None = None
    reason: str = Field(default="", max_length=2000, pattern=r"^[^\x00]*$")
    view: View | None = Field(default=None, description="What to photograph, when asking.")

    @model_validator(mode="after")
    def _whole(self) -> "VerdictIn":
        self.verdict()
        return self

    def verdict(self) -> Verdict:
        """As the rules know it. Raises `ValueError`."""
        grade = None if self.grade is None else Grade[self.grade]
        return Verdict(kind=self.kind, reason=self.reason, grade=grade, view=self.view)


class ReviewOut(BaseModel):
    """One inspection waiting for a person."""

    id: Id
    inspection_id: Id
    turn: int = Field(examples=[1])
    why: Literal["doubt", "appeal", "second_opinion"]
    opened_at: datetime
    due_at: datetime
    urgency: int = Field(description="Cents at stake times doubt: the larger, the sooner.", examples=[2400])
    claimed_by: str | None
    claimed_until: datetime | None
    closed_at: datetime | None
    version: int = Field(examples=[1])

    @classmethod
    def of(cls, review: ReviewCase) -> "ReviewOut":
        """From what is kept."""
        return cls(
            id=review.id, inspection_id=review.inspection_id, turn=review.turn, why=review.why,
            opened_at=review.opened_at, due_at=review.due_at, urgency=review.urgency,
            claimed_by=review.claimed_by, claimed_until=review.claimed_until, closed_at=review.closed_at,
            version=review.version,
        )  # fmt: skip
