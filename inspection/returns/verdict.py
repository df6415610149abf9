"""What a person says of an inspection: the only one who may refuse, and never without a reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from inspection.verdict.findings import View
from inspection.verdict.grading import Grade


class VerdictKind(StrEnum):
    """The words of the record; SECOND_OPINION leaves it open for somebody else."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask_for_photo"
    SECOND_OPINION = "second_opinion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason` is what the shopper reads. Accepting needs a grade, asking a view."""

    kind: VerdictKind
    reason: str = ""
    grade: Grade | None = None
    view: View | None = None

    def __post_init__(self) -> None:
        if (self.kind is VerdictKind.ACCEPT) != (self.grade is not None):
            raise ValueError("a grade belongs to accepting, and to nothing else")
        if self.kind in (VerdictKind.REFUSE, VerdictKind.ASK) and not self.reason.strip():
            raise ValueError("refusing and asking need a reason that the shopper can read")

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "kind": self.kind.value,
            "reason": self.reason,
            "grade": None if self.grade is None else self.grade.name,
            "view": None if self.view is None else self.view.value,
        }
