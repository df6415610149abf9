"""Reviews, and a person's verdict."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies.ids import Id
from api.bodies.returns import In
from api.schemas import GradeName, Sha256
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


class EarlierOut(BaseModel):
    """An inspection that the photo came with before; `shown` is null where it was taken back."""

    inspection_id: Id
    return_id: Id | None
    shown: str | None


class CameBeforeOut(BaseModel):
    """A photo that came with another return. There are innocent reasons: look at both."""

    position: int = Field(description="Of the photo, in this inspection.", examples=[1])
    shown: str
    sha256: Sha256 = Field(description="Of the earlier photo.")
    kind: Literal["same_file", "same_picture", "crop"]
    earlier: list[EarlierOut]


class QueuedReviewOut(BaseModel):
    """One inspection waiting for a person, as the queue tells it."""

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
    def queued(cls, review: ReviewCase) -> "QueuedReviewOut":
        """From what is kept."""
        return cls(**_told(review))


class ReviewOut(QueuedReviewOut):
    """One inspection waiting for a person, with what a person alone can judge."""

    came_before: list[CameBeforeOut] = Field(description="Photos that came with other returns.")

    @classmethod
    def of(cls, review: ReviewCase, came_before: list[CameBeforeOut]) -> "ReviewOut":
        """From what is kept."""
        return cls(**_told(review), came_before=came_before)


def _told(review: ReviewCase) -> dict[str, Any]:
    return {
        "id": review.id, "inspection_id": review.inspection_id, "turn": review.turn, "why": review.why,
        "opened_at": review.opened_at, "due_at": review.due_at, "urgency": review.urgency,
        "claimed_by": review.claimed_by, "claimed_until": review.claimed_until,
        "closed_at": review.closed_at, "version": review.version,
    }  # fmt: skip
