"""A decision taken, whoever took it: the move, the record's entry, the item of the return, the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from inspection.errors import ChangedMeanwhile
from inspection.ports import Change
from inspection.returns.case import Case, Return, ReviewCase, ReviewReason
from inspection.returns.return_order import (
    InspectionMove,
    InspectionState,
    LineMove,
    LineState,
    line_moved,
    moved,
)
from inspection.verdict.grading import Grade

SOFTWARE = "software"

_MOVES = {
    "accept": InspectionMove.ACCEPT,
    "ask_for_photo": InspectionMove.ASK,
    "review": InspectionMove.REVIEW,
    "refuse": InspectionMove.REFUSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long an inspection stays open for photos, and within what time a person should have looked."""

    new_id: Callable[[], str]
    open_for: timedelta = timedelta(days=14)
    review_within: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision as it is taken: `told` is what the record keeps beside it."""

    kind: str
    actor: str
    told: Mapping[str, Any]
    grade: Grade | None = None


def unchanged(what: str, there: Case | Return | ReviewCase, version: int | None) -> None:
    """Raises `ChangedMeanwhile` where somebody read another version than the one that stands."""
    if version is not None and there.version != version:
        raise ChangedMeanwhile(what)


def decided(change: Change, case: Case, taken: Taken, terms: Terms) -> Case:
    """Raises `MoveRefused`."""
    kind, grade, actor = taken.kind, taken.grade, taken.actor
    state = moved(case.state, _MOVES[kind], by_person=actor != SOFTWARE)
    said = {"decision": kind, "grade": _name(grade), **taken.told}
    entry = change.enter("decision", case.id, actor, said)
    asked = kind == "ask_for_photo"
    case = replace(
        case,
        state=state,
        decision=kind,
        grade=grade,
        asked=case.asked + asked,
        decided_at=change.now,
        expires_at=change.now + terms.open_for if asked else None,
    )
    change.set_case(case)
    if state is InspectionState.DECIDED:
        _decide_line(change, case, entry.seq)
    change.tell(
        "inspection.decided",
        case.id,
        {
            "inspection_id": case.id,
            "line_id": case.line_id,
            "turn": case.turn,
            "decision": kind,
            "grade": _name(grade),
            "by": "software" if actor == SOFTWARE else "person",
            **_for_the_shopper(taken.told),
            "record": {"seq": entry.seq, "hash": entry.hash},
        },
    )
    return replace(case, version=case.version + 1)


def open_review(
    change: Change, case: Case, why: ReviewReason, *, terms: Terms, urgency: int, not_by: str | None = None
) -> ReviewCase:
    """Into the queue, with a time by which it should be done; `not_by` has decided before."""
    review = ReviewCase(
        id=terms.new_id(),
        inspection_id=case.id,
        turn=case.turn,
        why=why,
        opened_at=change.now,
        due_at=change.now + terms.review_within,
        urgency=urgency,
        not_by=not_by,
    )
    change.open_review(review)
    change.tell("review.opened", case.id, {"review_id": review.id, "inspection_id": case.id, "why": why})
    return review


def _decide_line(change: Change, case: Case, seq: int) -> None:
    if case.line_id is None:
        return
    line = change.line(case.line_id)
    if line.state is LineState.AWAITING:
        change.set_line(replace(line, state=line_moved(line.state, LineMove.DECIDE), decided_by=seq))


def _for_the_shopper(told: Mapping[str, Any]) -> dict[str, str | None]:
    """A person's reason, and the view that is asked for, whoever asks."""
    verdict = told.get("verdict") or {}
    asked = verdict or told.get("answer", {}).get("decision", {})
    return {"reason": verdict.get("reason") or None, "view": asked.get("view")}


def _name(grade: Grade | None) -> str | None:
    return None if grade is None else grade.name
