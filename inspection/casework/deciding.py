"""A decision taken, whoever took it: the move, the record's entry, the item of the return, the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from inspection.errors import ChangedMeanwhile
from inspection.ports import Change
from inspection.returns.case import Case, Entry, Line, Return, ReviewCase, ReviewReason
from inspection.returns.four_eyes import SOFTWARE, barred
from inspection.returns.return_order import InspectionMove, LineMove, line_moved, moved
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade

_MOVES = {
    "accept": InspectionMove.ACCEPT,
    "ask_for_photo": InspectionMove.ASK,
    "review": InspectionMove.REVIEW,
    "refuse": InspectionMove.REFUSE,
}
_LINE_MOVES = {"accept": LineMove.ACCEPT, "refuse": LineMove.REFUSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long an inspection stays open for photos, and within what time a person should have looked."""

    new_id: Callable[[], str]
    open_for: timedelta = timedelta(days=14)
    review_within: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision as it is taken: `told` is what the record keeps beside it.

    `said` is what a person writes for the shopper, `view` what is asked for, whoever asks.
    """

    kind: str
    actor: str
    told: Mapping[str, Any]
    grade: Grade | None = None
    said: str | None = None
    view: View | None = None


def unchanged(what: str, there: Case | Return | ReviewCase, version: int | None) -> None:
    """Raises `ChangedMeanwhile` where somebody read another version than the one that stands."""
    if version is not None and there.version != version:
        raise ChangedMeanwhile(what)


def decided(change: Change, case: Case, taken: Taken, terms: Terms) -> Case:
    """Raises `MoveRefused`."""
    by_person = taken.actor != SOFTWARE
    state = moved(case.state, _MOVES[taken.kind], by_person=by_person)
    line = None if case.line_id is None else change.line(case.line_id)
    said = {"decision": taken.kind, "grade": _name(taken.grade), **taken.told}
    entry = change.enter("decision", case.id, taken.actor, said)
    asked = taken.kind == "ask_for_photo"
    case = replace(
        case,
        state=state,
        decision=taken.kind,
        grade=taken.grade,
        asked=case.asked + asked,
        decided_at=change.now,
        expires_at=change.now + terms.open_for if asked else None,
        said=taken.said,
        asked_view=taken.view,
    )
    change.set_case(case)
    if line is not None and taken.kind in _LINE_MOVES:
        change.set_line(_line_decided(line, taken, entry.seq))
    change.tell("inspection.decided", case.id, _told(case, entry, by_person=by_person))
    return replace(case, version=case.version + 1)


def open_review(change: Change, case: Case, why: ReviewReason, *, terms: Terms, urgency: int) -> ReviewCase:
    """Into the queue, with a time by which it should be done; not for those who may not judge it."""
    review = ReviewCase(
        id=terms.new_id(),
        inspection_id=case.id,
        turn=case.turn,
        why=why,
        opened_at=change.now,
        due_at=change.now + terms.review_within,
        urgency=urgency,
        not_by=barred(change.history(case)),
    )
    change.open_review(review)
    change.tell("review.opened", case.id, {"review_id": review.id, "inspection_id": case.id, "why": why})
    return review


def _line_decided(line: Line, taken: Taken, seq: int) -> Line:
    state = line_moved(line.state, _LINE_MOVES[taken.kind])
    return replace(line, state=state, decided_by=seq, grade=taken.grade)


def _told(case: Case, entry: Entry, *, by_person: bool) -> dict[str, Any]:
    return {
        "inspection_id": case.id,
        "line_id": case.line_id,
        "turn": case.turn,
        "decision": case.decision,
        "grade": _name(case.grade),
        "by": "person" if by_person else "software",
        "reason": case.said,
        "view": None if case.asked_view is None else case.asked_view.value,
        "record": {"seq": entry.seq, "hash": entry.hash},
    }


def _name(grade: Grade | None) -> str | None:
    return None if grade is None else grade.name
