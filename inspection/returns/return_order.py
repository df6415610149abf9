"""A return, its lines and their inspections: the states they can be in, and the moves between them.

Each move is one row of a table; what is not in the table cannot happen, whatever is called in whatever
order. Nothing here refuses or pays by itself: what is paid was accepted, and only a person refuses.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from inspection.errors import MoveRefused


class InspectionState(StrEnum):
    """Where one inspection stands. OPEN takes photos; IN_REVIEW waits for a person."""

    OPEN = "open"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class InspectionMove(StrEnum):
    """What can happen to an inspection."""

    SUBMIT = "submit"  # the shopper has no more photos to add
    ACCEPT = "accept"  # software or a person
    ASK = "ask"  # for one more photo
    REVIEW = "review"  # software leaves it to a person
    REFUSE = "refuse"  # a person alone
    APPEAL = "appeal"  # the shopper objects
    EXPIRE = "expire"  # nobody came back
    WITHDRAW = "withdraw"  # the shopper keeps the item


class LineState(StrEnum):
    """Where one item of a return stands."""

    AWAITING = "awaiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAID = "paid"
    CANCELLED = "cancelled"  # the shopper keeps the item


class LineMove(StrEnum):
    """What can happen to it."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    REOPEN = "reopen"  # an appeal, before anything was paid
    PAY = "pay"
    CANCEL = "cancel"


_S, _M = InspectionState, InspectionMove
INSPECTION_MOVES: Mapping[tuple[InspectionState, InspectionMove], InspectionState] = {
    (_S.OPEN, _M.SUBMIT): _S.SUBMITTED,
    (_S.OPEN, _M.EXPIRE): _S.EXPIRED,
    (_S.OPEN, _M.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _M.ACCEPT): _S.DECIDED,
    (_S.SUBMITTED, _M.ASK): _S.OPEN,
    (_S.SUBMITTED, _M.REVIEW): _S.IN_REVIEW,
    (_S.IN_REVIEW, _M.ACCEPT): _S.DECIDED,
    (_S.IN_REVIEW, _M.REFUSE): _S.DECIDED,
    (_S.IN_REVIEW, _M.ASK): _S.OPEN,
    (_S.DECIDED, _M.APPEAL): _S.IN_REVIEW,
}
PERSON_ONLY = frozenset({InspectionMove.REFUSE})
"""Software never refuses (DESIGN, section 2)."""

LINE_MOVES: Mapping[tuple[LineState, LineMove], LineState] = {
    (LineState.AWAITING, LineMove.ACCEPT): LineState.ACCEPTED,
    (LineState.AWAITING, LineMove.REFUSE): LineState.REFUSED,
    (LineState.ACCEPTED, LineMove.REOPEN): LineState.AWAITING,
    (LineState.REFUSED, LineMove.REOPEN): LineState.AWAITING,
    (LineState.ACCEPTED, LineMove.PAY): LineState.PAID,
    (LineState.AWAITING, LineMove.CANCEL): LineState.CANCELLED,
}

State = TypeVar("State", bound=StrEnum)
Move = TypeVar("Move", bound=StrEnum)


def moved(state: InspectionState, move: InspectionMove, *, by_person: bool = False) -> InspectionState:
    """Where the move leads. Raises `MoveRefused`."""
    if move in PERSON_ONLY and not by_person:
        raise MoveRefused("inspection", state, move, "only a person may")
    return _to(INSPECTION_MOVES, "inspection", state, move)


def line_moved(state: LineState, move: LineMove) -> LineState:
    """Where the move leads. Raises `MoveRefused`."""
    return _to(LINE_MOVES, "item", state, move)


def _to(table: Mapping[tuple[State, Move], State], what: str, state: State, move: Move) -> State:
    to = table.get((state, move))
    if to is None:
        raise MoveRefused(what, state, move)
    return to
