"""What stands in a row about a return, an inspection of one of its items, and a review: plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from inspection.returns.return_order import InspectionState, LineState
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade

ReviewReason = Literal["doubt", "appeal", "second_opinion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of a return. Money is in cents of its currency; `decided_by` is the `seq` of the record.

    `grade` is what it was accepted at.
    """

    id: str
    return_id: str
    position: int
    title: str
    sku: str | None = None
    reason: str | None = None
    price_cents: int
    state: LineState = LineState.AWAITING
    decided_by: int | None = None
    grade: Grade | None = None
    paid_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The shopper's request. `reference` is the merchant's own number; `version` grows with every change."""

    id: str
    created_at: datetime
    currency: str
    lines: tuple[Line, ...]
    reference: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePhoto:
    """A photo of an inspection; `position` counts from 1 and is never used twice."""

    position: int
    sha256: str
    view: View | None = None
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One inspection as it stands: how often it was submitted, what was decided last.

    `decision` is `accept`, `ask_for_photo`, `review` or `refuse`; a photo asked for leaves it open. `said` is
    what the person who decided last wrote for the shopper, `asked_view` what should be photographed.
    """

    id: str
    created_at: datetime
    state: InspectionState
    line_id: str | None = None
    turn: int = 0
    asked: int = 0
    price_cents: int | None = None
    submitted_at: datetime | None = None
    expires_at: datetime | None = None
    decision: str | None = None
    grade: Grade | None = None
    decided_at: datetime | None = None
    said: str | None = None
    asked_view: View | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """One inspection waiting for a person, but none of `not_by`: inspection.returns.four_eyes."""

    id: str
    inspection_id: str
    turn: int
    why: ReviewReason
    opened_at: datetime
    due_at: datetime
    urgency: int
    not_by: frozenset[str] = frozenset()
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    closed_at: datetime | None = None
    late_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the record: `hash` covers all of it and `previous`, so none can be changed or left out."""

    seq: int
    at: datetime
    kind: str
    subject: str
    actor: str
    body: dict[str, object]
    previous: str
    hash: str
