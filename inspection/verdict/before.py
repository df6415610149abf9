"""Photos that came with another return: a question for a person, and nothing more.

Neither the grade nor what software would have said changes. That the same photo came twice has innocent
reasons, too (a return begun anew, a photo out of the shop's own catalogue), so nobody is accused of anything.
"""

from dataclasses import dataclass, replace

from inspection.verdict.decision import Review
from inspection.verdict.doubt import Reason
from inspection.verdict.findings import PhotoId
from inspection.verdict.inspection import Inspection

CAME_BEFORE = Reason(code="came_before", text="This photo, or one very like it, came with another return.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """`photo` of this inspection is `sha256` of others: the `same_file`, the `same_picture` or a `crop`."""

    photo: PhotoId
    sha256: str
    kind: str
    inspections: tuple[str, ...]


def asks_a_person(inspection: Inspection, before: tuple[Before, ...]) -> Inspection:
    """With a reason for review where a photo came before; what it said else stays among its reasons."""
    if not before:
        return inspection
    reasons = (*inspection.decision.reasons, CAME_BEFORE)
    return replace(inspection, decision=Review(reasons=reasons))
