"""Whatever is called in whatever order: nothing is paid without a decision, and software refuses nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.errors import MoveRefused
from inspection.returns.return_order import (
    INSPECTION_MOVES,
    LINE_MOVES,
    InspectionMove,
    InspectionState,
    LineMove,
    LineState,
    line_moved,
    moved,
)


@given(st.lists(st.sampled_from(LineMove), max_size=30))
def test_no_path_reaches_a_paid_item_without_an_acceptance_that_still_stands(moves):
    state, standing = LineState.AWAITING, None
    for move in moves:
        try:
            state = line_moved(state, move)
        except MoveRefused:
            continue
        if move in (LineMove.ACCEPT, LineMove.REFUSE, LineMove.REOPEN):
            standing = move
        if state is LineState.PAID:
            assert standing is LineMove.ACCEPT


@given(st.lists(st.sampled_from(LineMove), max_size=30))
def test_an_item_is_paid_once_at_most(moves):
    state, paid = LineState.AWAITING, 0
    for move in moves:
        try:
            state = line_moved(state, move)
        except MoveRefused:
            continue
        paid += move is LineMove.PAY
    assert paid <= 1


@given(st.lists(st.tuples(st.sampled_from(InspectionMove), st.booleans()), max_size=40))
def test_software_never_refuses_and_every_decision_follows_a_submission(moves):
    state, submitted = InspectionState.OPEN, False
    for move, by_person in moves:
        try:
            state = moved(state, move, by_person=by_person)
        except MoveRefused:
            continue
        assert by_person or move is not InspectionMove.REFUSE
        submitted = submitted or move is InspectionMove.SUBMIT
        if state is InspectionState.DECIDED:
            assert submitted


def test_every_state_can_be_reached_and_every_move_made():
    reached, moves = {InspectionState.OPEN}, set()
    for _ in InspectionState:
        for (state, move), to in INSPECTION_MOVES.items():
            if state in reached:
                reached.add(to)
                moves.add(move)
    assert reached == set(InspectionState)
    assert moves == set(InspectionMove)
    assert {to for _, to in LINE_MOVES.items()} | {LineState.AWAITING} == set(LineState)


@pytest.mark.parametrize("state", [InspectionState.EXPIRED, InspectionState.WITHDRAWN])
@pytest.mark.parametrize("move", InspectionMove)
def test_what_has_ended_stays_ended(state, move):
    with pytest.raises(MoveRefused, match=state.value):
        moved(state, move, by_person=True)
