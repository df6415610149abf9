"""What the database keeps, whatever code asks of it: on SQLite and on PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from inspection.errors import InspectionNotFound, ReferenceTaken, StoreUnusable
from inspection.ports import KeptLook
from inspection.returns.case import Case, Line, Return
from inspection.returns.return_order import InspectionState
from inspection.store.tables import INSPECTIONS, RETURN_LINES, RETURNS

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def keep(cases):
    """Keeps a look with its case."""

    def kept(inspection):
        with cases.change() as change:
            change.add_case(
                Case(id=inspection.id, created_at=inspection.at, state=InspectionState.SUBMITTED, turn=1)
            )
            return change.add_look(
                inspection.id, KeptLook(turn=1, inspection=inspection, compared_with=("ab",))
            )

    return kept


def a_return(number, price_cents=4000):
    line = Line(
        id=f"line-{number}", return_id=f"return-{number}", position=1, title="A cup", price_cents=price_cents
    )
    return Return(
        id=f"return-{number}", created_at=NOON, currency="EUR", reference=f"R{number}", lines=(line,)
    )


def test_a_look_is_read_back_whole_with_what_it_was_compared_with(cases, keep, inspected):
    assert keep(inspected(1))
    look = cases.look("inspection-001")
    assert look.inspection == inspected(1)
    assert look.compared_with == ("ab",)


def test_a_turn_has_one_look_and_no_other_hand_adds_another(cases, keep, inspected):
    keep(inspected(1))
    again = KeptLook(turn=1, inspection=inspected(1, text="Something else."), compared_with=())
    with pytest.raises(StoreUnusable), cases.change() as change:
        change.add_look("inspection-001", again)
    assert cases.get("inspection-001") == inspected(1)


@pytest.mark.parametrize("name", ["nobody", "' OR 1=1 --", ""])
def test_an_unknown_id_is_not_found(cases, name):
    with pytest.raises(InspectionNotFound):
        cases.get(name)
    with pytest.raises(InspectionNotFound), cases.change() as change:
        change.case(name)


def test_the_latest_come_newest_first_whatever_the_order_they_were_kept_in(cases, keep, inspected):
    for second in (2, 3, 1):
        keep(inspected(second))
    assert [one.id for one in cases.latest(2)] == ["inspection-003", "inspection-002"]


def test_times_of_any_zone_are_the_same_moment(cases, keep, inspected):
    in_tokyo = datetime(2026, 11, 23, 6, 30, tzinfo=timezone(timedelta(hours=9)))
    keep(replace(inspected(1), at=in_tokyo))
    with cases.database.reading() as connection:
        (kept,) = connection.execute(select(INSPECTIONS.c.created_at)).scalars()
    assert kept == in_tokyo
    assert kept.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(keep, inspected):
    with pytest.raises(StoreUnusable, match="without a zone"):
        keep(replace(inspected(1), at=datetime(2026, 11, 22)))


def test_half_a_change_is_none(cases, keep, inspected):
    class Stop(Exception):
        """Anything may happen in between."""

    def half():
        with cases.change() as change:
            change.add_return(a_return(1))
            change.enter("decision", "x", "software", {})
            change.tell("return.requested", "return-1", {})
            raise Stop

    with pytest.raises(Stop):
        half()
    with cases.database.reading() as connection:
        assert not connection.execute(select(RETURNS)).all()
    assert cases.audit().entries == 0


def test_a_merchants_own_number_is_taken_once(cases):
    with cases.change() as change:
        change.add_return(a_return(1))
    with pytest.raises(ReferenceTaken), cases.change() as change:
        change.add_return(replace(a_return(2), reference="R1"))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"state": "paid", "paid_cents": 10, "grade": "A"}, "decided_by_a_decision"),
        ({"state": "refused"}, "decided_by_a_decision"),
        ({"grade": "A"}, "accepted_at_a_grade"),
        ({"paid_cents": 10}, "paid_with_an_amount"),
        ({"price_cents": -1}, "price_not_negative"),
        ({"state": "lost"}, "state_known"),
    ],
)
def test_the_database_itself_refuses_what_must_never_be(cases, database, values, rule):
    with cases.change() as change:
        change.add_return(a_return(1))
    with pytest.raises(IntegrityError, match=rule), database.engine.begin() as connection:
        connection.execute(update(RETURN_LINES).values(values))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"state": "decided", "turn": 1, "decided_at": NOON}, "decided_with_a_decision"),
        ({"state": "decided", "turn": 1, "decision": "refuse"}, "decided_at_a_time"),
        ({"state": "decided", "turn": 1, "decision": "accept", "decided_at": NOON}, "graded_if_accepted"),
        ({"state": "submitted", "turn": 0}, "submitted_in_a_turn"),
        ({"state": "submitted", "turn": -1}, "counted_from_zero|submitted_in_a_turn"),
        ({"state": "open"}, "open_for_a_time"),
        ({"state": "expired", "decision": "deny"}, "decision_known"),
        ({"state": "expired", "grade": "F", "decision": "accept"}, "grade_known"),
    ],
)
def test_an_inspection_is_never_decided_without_a_decision(database, values, rule):
    with pytest.raises(IntegrityError, match=rule), database.engine.begin() as connection:
        connection.execute(insert(INSPECTIONS).values(id="x", created_at=NOON, **values))


def test_changes_that_happen_at_once_lose_nothing_and_the_record_stays_a_chain(cases):
    def request(number):
        with cases.change() as change:
            change.add_return(a_return(number))
            return change.enter("requested", f"return-{number}", "test", {"n": number}).seq

    with ThreadPoolExecutor(8) as threads:
        seqs = list(threads.map(request, range(40)))
    assert sorted(seqs) == list(range(1, 41))
    assert cases.audit().whole


def test_an_event_counts_only_with_its_transaction(cases):
    with cases.change() as change:
        change.tell("return.requested", "r", {"n": 1})
    cases.check()
