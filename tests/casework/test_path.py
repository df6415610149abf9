"""The way of one inspection, run by a real worker on each database: looked at, decided, recorded."""

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from inspection import workflow
from inspection.casework.looking import A_FAILURE, LONGEST_WAIT, PATIENCE
from inspection.errors import (
    AlreadyInspected,
    ClaimedByAnother,
    MoveRefused,
    NoPhotos,
    PhotoLookedAt,
    SamePerson,
    StoreUnusable,
)
from inspection.ports import Job, Outcome
from inspection.returns.case import Line, Return
from inspection.returns.return_order import InspectionState, LineState
from inspection.returns.verdict import Verdict, VerdictKind
from inspection.store.tables import RETURN_LINES
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade
from inspection.wiring import Product


@pytest.fixture
def working(product):
    """A worker that is at work until the test ends."""
    worker = product.worker()
    worker.start(lambda: None)
    yield worker
    worker.stop(5)


@pytest.fixture
def requested(product):
    """A return of one item that cost 40."""
    with product.cases.change() as change:
        now = change.now
    id_, line_id = product.terms.new_id(), product.terms.new_id()
    line = Line(id=line_id, return_id=id_, position=1, title="A cup", sku="cup-1", price_cents=4000)
    return product.workflow.request_return(
        Return(id=id_, created_at=now, currency="EUR", reference="R-1", lines=(line,))
    )


def add(product, case, encoded, view=View.FRONT):
    sha256 = hashlib.sha256(encoded).hexdigest()
    product.photos.put_original(sha256, encoded)
    return product.workflow.add_photo(case.id, sha256, len(encoded), view)


def state_of(product, inspection_id):
    with product.cases.change() as change:
        return change.case(inspection_id)


def settled(product, inspection_id, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        case = state_of(product, inspection_id)
        if case.state is not InspectionState.SUBMITTED:
            return case
        time.sleep(0.05)
    raise AssertionError("nobody looked")


def line_of(product, line):
    with product.cases.change() as change:
        return change.line(line.id)


def test_a_submitted_inspection_is_looked_at_decided_and_recorded(product, working, requested, coffee_jpeg):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    case = settled(product, case.id)
    look = product.cases.look(case.id)
    assert look.inspection.id == case.id
    assert look.turn == case.turn == 1
    (entry,) = product.cases.entries(case.id)
    assert entry.kind == "decision"
    assert entry.body["decision"] == case.decision
    assert entry.body["answer"]["photos"][0]["sha256"] == hashlib.sha256(coffee_jpeg).hexdigest()
    assert product.photos.shown(hashlib.sha256(coffee_jpeg).hexdigest())[:2] == b"\xff\xd8"
    assert product.cases.audit().whole


def test_what_the_model_leaves_open_a_person_decides_and_only_then_can_it_be_paid(
    product, working, requested, coffee_jpeg
):
    (line,) = requested.lines
    case = product.workflow.open(line_id=line.id)
    add(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    case = settled(product, case.id)
    assert case.state is InspectionState.IN_REVIEW
    with pytest.raises(MoveRefused):
        product.people.pay(line.id, 1000, "shop")
    with product.cases.change() as change:
        review = change.open_review_of(case.id)
    product.people.claim(review.id, "ada")
    with pytest.raises(ClaimedByAnother):
        product.people.claim(review.id, "ben")
    product.people.judge(review.id, "ada", Verdict(kind=VerdictKind.ACCEPT, grade=Grade.B))
    assert line_of(product, line).state is LineState.ACCEPTED
    assert line_of(product, line).grade is Grade.B
    product.people.pay(line.id, 3000, "shop")
    assert line_of(product, line).paid_cents == 3000
    with pytest.raises(MoveRefused):
        product.people.pay(line.id, 3000, "shop")
    assert product.cases.audit().whole


def test_an_appeal_goes_to_somebody_else(product, working, requested, coffee_jpeg):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    settled(product, case.id)
    with product.cases.change() as change:
        review = change.open_review_of(case.id)
    product.people.judge(review.id, "ada", Verdict(kind=VerdictKind.REFUSE, reason="Worn outside."))
    product.people.appeal(case.id, "I never wore it.", "shopper")
    with product.cases.change() as change:
        again = change.open_review_of(case.id)
    assert line_of(product, requested.lines[0]).state is LineState.AWAITING
    assert [one.id for one in product.lists.reviews(after=None, limit=9, person="ben")] == [again.id]
    assert product.lists.reviews(after=None, limit=9, person="ada") == ()
    with pytest.raises(SamePerson):
        product.people.claim(again.id, "ada")
    case = product.people.judge(again.id, "ben", Verdict(kind=VerdictKind.ACCEPT, grade=Grade.A))
    assert case.decision == "accept"


def in_review(product, requested, jpeg, *, verdict=None, by="ada"):
    """An inspection that waits for a person, or that a person has judged."""
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, jpeg())
    case = product.workflow.submit(case.id)
    product.looking.unread(case.id, case.turn, "nobody could look")
    if verdict is not None:
        product.people.judge(review_of(product, case).id, by, verdict)
    return state_of(product, case.id)


def review_of(product, case):
    with product.cases.change() as change:
        return change.open_review_of(case.id)


def test_what_was_refused_is_never_paid(product, requested, jpeg):
    (line,) = requested.lines
    in_review(product, requested, jpeg, verdict=Verdict(kind=VerdictKind.REFUSE, reason="Worn outside."))
    assert line_of(product, line).state is LineState.REFUSED
    with pytest.raises(MoveRefused):
        product.people.pay(line.id, 4000, "shop")
    with pytest.raises(StoreUnusable), product.database.writing() as connection:  # nor by any other hand
        connection.execute(update(RETURN_LINES).values(state="paid", paid_cents=4000))


def test_an_item_is_inspected_once_at_a_time(product, requested, jpeg):
    (line,) = requested.lines
    first = product.workflow.open(line_id=line.id)
    with pytest.raises(AlreadyInspected, match=first.id):
        product.workflow.open(line_id=line.id)
    with pytest.raises(StoreUnusable), product.cases.change() as change:  # nor by any other hand
        change.add_case(replace(first, id=product.terms.new_id()))


def test_a_photo_that_was_looked_at_cannot_be_taken_back(product, requested, jpeg):
    ask = Verdict(kind=VerdictKind.ASK, reason="Please show the back, too.", view=View.BACK)
    case = in_review(product, requested, jpeg, verdict=ask)
    assert (case.state, case.said, case.asked_view) == (InspectionState.OPEN, ask.reason, View.BACK)
    added = add(product, case, jpeg(2), View.BACK)
    with pytest.raises(PhotoLookedAt):
        product.workflow.remove_photo(case.id, 1)
    product.workflow.remove_photo(case.id, added.position)


def test_who_keeps_the_item_returns_nothing(product, requested):
    (line,) = requested.lines
    product.workflow.withdraw(product.workflow.open(line_id=line.id).id, "shopper")
    assert line_of(product, line).state is LineState.CANCELLED
    with pytest.raises(MoveRefused):
        product.workflow.open(line_id=line.id)


def test_whoever_judged_or_objected_before_is_never_the_other_pair_of_eyes(product, requested, jpeg):
    refuse = Verdict(kind=VerdictKind.REFUSE, reason="Worn outside.")
    case = in_review(product, requested, jpeg, verdict=refuse)
    product.people.appeal(case.id, "I never wore it.", "dan")
    product.people.judge(review_of(product, case).id, "ben", Verdict(kind=VerdictKind.SECOND_OPINION))
    third = review_of(product, case)
    assert third.not_by == {"ada", "ben", "dan"}
    for person in ("ada", "ben", "dan"):
        with pytest.raises(SamePerson):
            product.people.judge(third.id, person, refuse)
    product.people.judge(third.id, "eve", refuse)


def test_a_store_that_is_away_for_minutes_sends_nothing_to_people(product, requested, jpeg):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, jpeg())
    case = product.workflow.submit(case.id)

    class Away:
        def look(self, *_, **__):
            raise StoreUnusable("the bucket", "connection refused")

    later = []
    away = replace(product.looking, looker=Away, jitter=lambda: 0.5)
    for attempt in range(1, PATIENCE):
        away.look(case.id, case.turn, attempt)
        later.append(min(2.0**attempt, LONGEST_WAIT))
        assert state_of(product, case.id).state is InspectionState.SUBMITTED
    assert sum(later) > 5 * 3600
    away.look(case.id, case.turn, PATIENCE)
    assert state_of(product, case.id).state is InspectionState.IN_REVIEW


def test_whoever_lets_it_expire_and_begins_anew_gets_no_easier_answer(product, requested, jpeg, coffee_jpeg):
    refuse = Verdict(kind=VerdictKind.REFUSE, reason="Worn outside.")
    case = in_review(product, requested, jpeg, verdict=refuse)
    product.people.appeal(case.id, "I never wore it.", "shopper")
    ask = Verdict(kind=VerdictKind.ASK, reason="The back, please.", view=View.BACK)
    product.people.judge(review_of(product, case).id, "ben", ask)
    with product.cases.change() as change:
        change.set_case(replace(change.case(case.id), expires_at=datetime.now(UTC) - timedelta(hours=1)))
    product.sweep()
    assert state_of(product, case.id).state is InspectionState.EXPIRED
    anew = product.workflow.open(line_id=requested.lines[0].id)
    add(product, anew, jpeg(3))
    anew = product.workflow.submit(anew.id)
    product.looking.look(anew.id, anew.turn, 1)
    review = review_of(product, anew)
    assert review.not_by == {"ada", "shopper"}
    assert "begun_anew" in {reason.code for reason in product.cases.get(anew.id).decision.reasons}
    audit = product.cases.audit()
    assert audit.whole, audit.contradictions


def test_a_database_that_was_away_for_seconds_sends_nothing_to_people(product, requested, jpeg):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, jpeg())
    case = product.workflow.submit(case.id)
    product.give_up(Job.LOOK, (case.id, case.turn, 1), StoreUnusable("the database", "it went away"))
    assert state_of(product, case.id).state is InspectionState.SUBMITTED
    product.give_up(Job.LOOK, (case.id, case.turn, 2), ZeroDivisionError("a fault of ours"))
    assert state_of(product, case.id).state is InspectionState.IN_REVIEW
    assert product.cases.entries(case.id)[-1].body["unread"] == "ZeroDivisionError: a fault of ours"


def test_with_the_photos_away_all_else_goes_on(product, requested, jpeg, database_url):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, jpeg())
    case = product.workflow.submit(case.id)
    old = product.workflow.open()
    with product.cases.change() as change:
        change.set_case(replace(change.case(old.id), expires_at=datetime.now(UTC) - timedelta(hours=1)))
    nowhere = product.settings.home / "a file"
    nowhere.write_text("no folder")
    settings = product.settings.model_copy(update={"photos": str(nowhere)})
    away = Product(settings)
    tried = away.looking.look(case.id, case.turn, 1)
    assert tried.outcome is Outcome.AGAIN
    away.sweep()
    assert state_of(product, old.id).state is InspectionState.EXPIRED
    assert away.stores_up() == {"records": True, "photos": False}
    away.close()


def test_nothing_to_look_at_cannot_be_submitted(product):
    with pytest.raises(NoPhotos):
        product.workflow.submit(product.workflow.open().id)


def test_a_photo_that_ends_every_process_that_looks_at_it_goes_to_a_person(product, requested, jpeg):
    case = product.workflow.open(line_id=requested.lines[0].id)
    add(product, case, jpeg())
    case = product.workflow.submit(case.id)
    attempt = 1
    for _ in range(6):
        assert state_of(product, case.id).state is InspectionState.SUBMITTED
        product._interrupted(case.id, case.turn, attempt)
        attempt += A_FAILURE
    assert state_of(product, case.id).state is InspectionState.IN_REVIEW
    told = product.cases.entries(case.id)[-1].body
    assert told["unread"] == "The process that looked at it ended."


def test_one_that_cannot_be_swept_keeps_no_other_from_its_turn(product, monkeypatch):
    first, second = product.workflow.open(), product.workflow.open()
    expire, failed = workflow._expire, []

    def broken_for_the_first(change, case):
        if case.id == first.id:
            failed.append(case.id)
            raise ZeroDivisionError
        expire(change, case)

    monkeypatch.setattr(workflow, "_expire", broken_for_the_first)
    for case in (first, second):
        with product.cases.change() as change:
            change.set_case(replace(change.case(case.id), expires_at=datetime.now(UTC) - timedelta(hours=1)))
    product.sweep()
    assert failed == [first.id]
    assert state_of(product, first.id).state is InspectionState.OPEN
    assert state_of(product, second.id).state is InspectionState.EXPIRED
