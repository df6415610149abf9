"""A mixed day weighs what it says, and counts as wrong what a merchant would."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inspection.verdict.confidence import UNSURE, Calibration
from inspection.verdict.decision import Accept, Decision, Review
from inspection.verdict.findings import PhotoId
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import Basis, Claim, PhotoReading, Question
from inspection.vision.calibrations import Calibrations
from training.evaluate.answers import answers, those
from training.evaluate.case import Judged, Truth
from training.evaluate.grades import grade_rows
from training.evaluate.honesty import honesty_rows
from training.evaluate.house import read_house
from training.evaluate.mixed_day import (
    day_of,
    day_rows,
    drawn,
    in_hindsight,
    weighted_bounds,
    wrong_if_accepted,
)
from training.evaluate.promised import promise, under
from training.evaluate.rows import Row

STAKES = read_house().stakes
WHOLE = frozenset({Grade.A})


def graded(value: Grade, *possible: Grade) -> Grading:
    return Grading(value=value, probabilities={value: 1.0}, possible=possible or (value,))


def judged(
    sort: str = "clean",
    *,
    decision: Decision | None = None,
    grade: Grade | None = Grade.A,
    grades: frozenset[Grade] = WHOLE,
    group: str = "one",
    **truth: object,
) -> Judged:
    told = {"source": "clothing", "damaged": sort == "damaged", **truth}
    return Judged(
        truth=Truth(group=group, sort=sort, grades=grades, **told),  # type: ignore[arg-type]
        reading=PhotoReading(photo=PhotoId("photo-1")),
        grading=None if grade is None else graded(grade),
        decision=decision or Accept(grade=grade or Grade.A, reasons=()),
        chance_wrong=math.inf if grade is None else 0.01,
        provable=math.inf if grade is None else 0.01,
        doubts=(),
    )


def test_what_is_bad_is_as_common_as_the_house_assumes() -> None:
    seen = [judged(group=str(n)) for n in range(7)]
    seen += [judged("damaged", grades=frozenset({Grade.C})) for _ in range(30)]
    seen += [judged("screen", grades=frozenset()) for _ in range(5)]
    day = day_of(seen, STAKES, references=False)
    share = {
        sort: sum(w for one, w in zip(day.returns, day.weights, strict=True) if one.truth.sort == sort)
        for sort in ("damaged", "screen", "other_item")
    }
    assert day.weights.sum() == pytest.approx(1)
    for sort, question in (
        ("damaged", Question.DAMAGED), ("screen", Question.RECAPTURED), ("other_item", Question.SAME_ITEM),
    ):  # fmt: skip
        assert share[sort] == pytest.approx(STAKES.priors[question])


def test_a_sort_that_only_one_half_has_is_as_common_as_assumed_all_the_same() -> None:
    seen = [judged(references=3), judged(references=3, source="cookie"), judged("screen", references=3)]
    day = day_of(seen, STAKES, references=True)
    screen = day.weights[[one.truth.sort == "screen" for one in day.returns]].sum()
    clean = 1 - sum(_bad())
    assert screen == pytest.approx(
        STAKES.priors[Question.RECAPTURED] / (clean + STAKES.priors[Question.RECAPTURED])
    )


def test_half_of_the_day_is_real_and_no_set_is_all_of_it() -> None:
    seen = [judged() for _ in range(10)]
    seen += [judged(source="people") for _ in range(400)] + [judged(source="parcel") for _ in range(4)]
    day = day_of(seen, STAKES, references=False)
    source = np.array([one.truth.source for one in day.returns])
    clean = np.array([one.truth.sort == "clean" for one in day.returns])
    shares = {name: day.weights[clean & (source == name)].sum() for name in ("clothing", "people", "parcel")}
    assert shares["people"] == pytest.approx(shares["parcel"])
    assert shares["clothing"] == pytest.approx(shares["people"] + shares["parcel"])


@pytest.mark.parametrize(
    ("one", "wrong"),
    [
        (judged(), False),
        (judged("damaged", grades=frozenset({Grade.C})), True),
        (judged("damaged", grades=frozenset({Grade.C}), grade=Grade.C), False),
        (judged("screen", grades=frozenset()), True),
        (judged("other_item", grades=frozenset()), True),
        (judged(grade=None), True),
    ],
)
def test_a_grade_off_a_screen_and_another_item_are_wrong(one: Judged, wrong: bool) -> None:
    assert wrong_if_accepted(one) is wrong


def test_without_references_another_item_is_accepted_like_any_and_counts_against_the_promise() -> None:
    rows = {row.claim: row for row in day_rows([judged(group=str(n)) for n in range(50)], STAKES)
            if row.on == "a mixed day, without references"}  # fmt: skip
    error = rows["error among those accepted"]
    prior = STAKES.priors[Question.SAME_ITEM]
    assert error.figure == pytest.approx(prior / (prior + 1 - sum(_bad())), rel=0.2)
    assert rows["decided without a person"].figure == 1


def _bad() -> list[float]:
    return [STAKES.priors[q] for q in (Question.DAMAGED, Question.RECAPTURED, Question.SAME_ITEM)]


def test_where_nothing_is_accepted_no_error_is_claimed_to_be_small() -> None:
    seen = [judged(decision=Review(reasons=()), group=str(n)) for n in range(5)]
    rows = [row for row in day_rows(seen, STAKES) if row.on == "a mixed day, without references"]
    assert [(row.claim, row.met) for row in rows] == [
        ("error among those accepted", None),
        ("decided without a person", None),
    ]
    assert math.isnan(rows[0].figure)


def test_no_error_in_few_returns_is_not_taken_for_none() -> None:
    assert weighted_bounds(np.zeros(20, bool), np.ones(20))[1] > 0.1
    heavy = np.array([1.0, *[1e-6] * 19])
    assert weighted_bounds(np.zeros(20, bool), heavy)[1] > 0.9


def test_what_settles_a_threshold_is_judged_nowhere() -> None:
    seen = [judged(calibrate=True, group=str(n)) for n in range(200)] + [judged()]
    assert len(those(seen)) == 1
    assert all(not one.truth.calibrate for one in day_of(seen, STAKES, references=False).returns)
    told = promise(seen, STAKES, references=False)
    assert told.threshold == 0.01
    assert told.settled_on >= 200
    assert under(day_of(seen, STAKES, references=False), told.threshold).accepted.all()


def test_a_day_drawn_keeps_the_proportions() -> None:
    seen = [judged(group=str(n)) for n in range(400)]
    seen += [judged("damaged", grades=frozenset({Grade.C})) for _ in range(1200)]
    day = day_of(seen, STAKES, references=False)
    damaged = np.array([day.returns[i].truth.sort == "damaged" for i in drawn(day)])
    assert 0.05 < damaged.mean() < 0.16


def claimed(probability: float, *, truth: bool, open_: frozenset[bool], group: str) -> Judged:
    claim = Claim(question=Question.DAMAGED, probability=probability, answers=open_, basis=Basis.LEARNED)
    one = judged("damaged" if truth else "clean", group=group)
    return replace(one, reading=replace(one.reading, damaged=claim))


def test_a_set_that_leaves_the_truth_out_too_often_breaks_its_promise() -> None:
    kept = [claimed(0.8, truth=True, open_=UNSURE, group=str(n)) for n in range(100)]
    left_out = [claimed(0.1, truth=True, open_=frozenset({False}), group=f"x{n}") for n in range(15)]
    calibration = Calibration(slope=1, intercept=0, yes_from=0.2, no_to=0.8, error_rate=0.05)
    for seen, met in ((kept, True), (kept + left_out, False)):
        (row,) = honesty_rows_of(seen, Calibrations(damaged=calibration))
        assert row.met is met
    assert answers(kept + left_out, Question.DAMAGED).covered.sum() == 100


def honesty_rows_of(seen: list[Judged], calibrations: Calibrations) -> list[Row]:
    return [row for row in honesty_rows(seen, calibrations) if "true yes" in row.claim and row.n]


def test_a_grade_two_off_is_forgiven_only_where_a_nearer_one_was_left_open() -> None:
    far = judged("damaged", grades=frozenset({Grade.D}))
    open_ = replace(far, grading=graded(Grade.A, Grade.A, Grade.B, Grade.C))
    for one, share in ((far, 1.0), (open_, 0.0)):
        rows = [row for row in grade_rows([one]) if "confidence" in row.claim and row.n]
        assert rows[0].figure == share
        assert rows[0].met is (share == 0)


def test_hindsight_takes_the_most_that_the_order_of_chances_allows() -> None:
    fine = [replace(judged(group=str(n)), chance_wrong=0.1 + n / 1000) for n in range(60)]
    broken = [
        replace(judged("damaged", grades=frozenset({Grade.C}), group=f"x{n}"), chance_wrong=0.5)
        for n in range(30)
    ]
    day = day_of([*fine, *broken], STAKES, references=True)
    assert not day.returns
    day = day_of([replace(one, truth=replace(one.truth, references=3)) for one in fine + broken], STAKES,
                 references=True)  # fmt: skip
    damaged = STAKES.priors[Question.DAMAGED]
    assert in_hindsight(day, 0.0) == pytest.approx(1 - damaged, abs=0.03)
    assert in_hindsight(day, 0.5) == pytest.approx(1)
