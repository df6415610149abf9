"""Whatever people, shoppers and workers do in whatever order: what must always hold does, on each engine."""

import hashlib
from collections import Counter
from contextlib import suppress

import pytest
from databases import ENGINES, postgres_database, sqlite_copy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inspection.casework.looking import PATIENCE
from inspection.errors import Conflict, ProcessEnded
from inspection.returns.case import Line, Return
from inspection.returns.return_order import LineState
from inspection.returns.verdict import Verdict, VerdictKind
from inspection.settings import Settings
from inspection.store.rows import line_of
from inspection.store.tables import INSPECTIONS, RECORD, RETURN_LINES, REVIEWS
from inspection.verdict.grading import Grade
from inspection.wiring import Product

PEOPLE = ("ada", "ben", "eve")
VERDICTS = (
    Verdict(kind=VerdictKind.ACCEPT, grade=Grade.C),
    Verdict(kind=VerdictKind.ACCEPT, grade=Grade.B),
    Verdict(kind=VerdictKind.REFUSE, reason="Worn outside."),
    Verdict(kind=VerdictKind.ASK, reason="The back, please."),
    Verdict(kind=VerdictKind.SECOND_OPINION),
)
people, verdicts = st.sampled_from(PEOPLE), st.sampled_from(VERDICTS)
ALL = {"decided", "in_review", "withdrawn", "accepted", "refused", "paid", "cancelled"}
places = st.integers(0, 5)


class Returns(RuleBasedStateMachine):
    """One return of two items. A move that is refused is none; nothing else may be raised."""

    product: Product
    photos: list[bytes]
    reached: set[str]

    def __init__(self) -> None:
        super().__init__()
        with self.product.cases.change() as change:
            now = change.now
        id_ = self.product.terms.new_id()
        self.lines = [
            Line(id=self.product.terms.new_id(), return_id=id_, position=one, title="A cup", price_cents=4000)
            for one in (1, 2)
        ]
        self.product.workflow.request_return(
            Return(id=id_, created_at=now, currency="EUR", lines=tuple(self.lines))
        )
        self.cases: list[str] = []

    @rule(line=st.integers(0, 1))
    def open(self, line):
        with suppress(Conflict):
            self.cases.append(self.product.workflow.open(line_id=self.lines[line].id).id)

    @rule(line=st.integers(0, 1), photo=st.integers(0, 1), person=people, verdict=verdicts)
    def come_to_a_person(self, line, photo, person, verdict):
        before = len(self.cases)  # the commonest way, whole: chance alone takes it too seldom
        self.open(line)
        if len(self.cases) > before:
            self.submit(before, photo)
            self.lose_a_worker(before, PATIENCE)
            self.judge(-1, person, verdict)

    @precondition(lambda self: self.cases)
    @rule(case=places, photo=st.integers(0, 1))
    def submit(self, case, photo):
        encoded = self.photos[photo]
        sha256 = hashlib.sha256(encoded).hexdigest()
        self.product.photos.put_original(sha256, encoded)
        with suppress(Conflict):
            self.product.workflow.add_photo(self._case(case), sha256, len(encoded))
            self.product.workflow.submit(self._case(case))

    @precondition(lambda self: self.cases)
    @rule(case=places, twice=st.booleans())
    def look(self, case, twice):
        with self.product.cases.change() as change:
            turn = change.case(self._case(case)).turn
        for _ in range(1 + twice):  # as after a crash
            self.product.looking.look(self._case(case), turn, 1)

    @precondition(lambda self: self.cases)
    @rule(case=places, attempt=st.integers(1, PATIENCE))
    def lose_a_worker(self, case, attempt):
        with self.product.cases.change() as change:
            turn = change.case(self._case(case)).turn
        self.product.looking.look_again(self._case(case), turn, attempt, ProcessEnded())

    @precondition(lambda self: self._reviews())
    @rule(review=places, person=people, verdict=verdicts)
    def judge(self, review, person, verdict):
        reviews = self._reviews()
        with suppress(Conflict, IndexError):
            self.product.people.judge(reviews[review % len(reviews) if reviews else 0], person, verdict)

    @precondition(lambda self: self.cases)
    @rule(case=places, who=st.sampled_from(("shopper", "ada")))
    def appeal(self, case, who):
        with suppress(Conflict):
            self.product.people.appeal(self._case(case), "I never wore it.", who)

    @precondition(lambda self: self.cases)
    @rule(case=places)
    def withdraw(self, case):
        with suppress(Conflict):
            self.product.workflow.withdraw(self._case(case), "shopper")

    @rule(cents=st.integers(0, 4000))
    def pay(self, cents):
        for line in self.lines:
            with suppress(Conflict):
                self.product.people.pay(line.id, cents, "shop")

    @invariant()
    def the_record_holds_and_every_row_agrees_with_it(self):
        audit = self.product.cases.audit()
        assert audit.whole, (audit.why, audit.contradictions)

    @invariant()
    def only_people_refuse_and_nothing_is_paid_but_what_was_accepted_and_once(self):
        with self.product.database.reading() as connection:
            entries = connection.execute(RECORD.select().order_by(RECORD.c.seq)).mappings().all()
            lines = [line_of(row) for row in connection.execute(RETURN_LINES.select()).mappings()]
        refused = [one for one in entries if one["body"].get("decision") == "refuse"]
        assert all(one["actor"] in PEOPLE for one in refused)
        by_seq = {one["seq"]: one for one in entries}
        self.reached.update(line.state for line in lines)
        for line in lines:
            if line.state is LineState.PAID:
                assert by_seq[line.decided_by]["body"]["decision"] == "accept"
        paid = Counter(one["subject"] for one in entries if one["kind"] == "paid")
        assert all(count == 1 for count in paid.values())

    @invariant()
    def nobody_judges_after_an_objection_who_judged_or_objected_before(self):
        for id_ in self.cases:
            judged, out = set(), set()
            for entry in self.product.cases.entries(id_):
                if entry.kind in ("decision", "second_opinion"):
                    assert entry.actor not in out
                if entry.kind == "decision" and entry.actor != "software":
                    judged.add(entry.actor)
                elif entry.kind in ("appeal", "second_opinion"):
                    out |= judged | {entry.actor}

    @invariant()
    def an_item_has_one_live_inspection_and_each_that_waits_has_one_review(self):
        with self.product.database.reading() as connection:
            cases = connection.execute(INSPECTIONS.select()).mappings().all()
            waiting = (
                connection.execute(REVIEWS.select().where(REVIEWS.c.closed_at.is_(None))).mappings().all()
            )
        self.reached.update(one["state"] for one in cases)
        live = Counter(one["line_id"] for one in cases if one["state"] in ("open", "submitted", "in_review"))
        assert all(count == 1 for count in live.values())
        in_review = {one["id"] for one in cases if one["state"] == "in_review"}
        assert sorted(one["inspection_id"] for one in waiting) == sorted(in_review)

    def _case(self, place):
        return self.cases[place % len(self.cases)]

    def _reviews(self):
        with self.product.database.reading() as connection:
            return list(connection.execute(REVIEWS.select().order_by(REVIEWS.c.id)).scalars())


@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_is_done_in_whatever_order(engine, tmp_path, tiny_bundle, jpeg, coffee_jpeg, request):
    if engine == "sqlite":
        url = sqlite_copy(request.getfixturevalue("sqlite_file"), tmp_path / "home" / "inspection.db")
        assert _reached(url, tmp_path, tiny_bundle, [jpeg(), coffee_jpeg], 30) >= ALL
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        _reached(url, tmp_path, tiny_bundle, [jpeg(), coffee_jpeg], 12)


def _reached(url, tmp_path, bundle, photos, examples):
    told = url.render_as_string(hide_password=False)
    product = Product(Settings(bundle=bundle, home=tmp_path / "home", database=told))
    reached: set[str] = set()
    made = type("OnThisEngine", (Returns,), {"product": product, "photos": photos, "reached": reached})
    how = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(made, settings=how)
    finally:
        product.close()
    return reached
