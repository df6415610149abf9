from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import findings, probabilities, rubrics

from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity
from inspection.verdict.grading import Grade, Rubric, grade

HOUSE = Rubric(by_severity={Severity.LIGHT: Grade.B, Severity.MARKED: Grade.C, Severity.SEVERE: Grade.D})


def a_finding(probability: float, severity: Severity = Severity.MARKED) -> Finding:
    box = Box(x=0.1, y=0.1, w=0.2, h=0.2)
    return Finding(
        kind=Kind.STAIN, probability=probability, severity=severity, photo=PhotoId("photo-1"), box=box
    )


@given(st.lists(findings), findings, rubrics)
def test_one_more_finding_never_raises_the_grade(seen, extra, rubric):
    before, after = (grade(some, rubric, error_rate=0.05) for some in (seen, [*seen, extra]))
    assert after.value <= before.value
    assert max(after.possible) <= max(before.possible)
    for bound in Grade:
        at_most = [sum(g.probabilities[lower] for lower in Grade if lower <= bound) for g in (before, after)]
        assert at_most[1] >= at_most[0] - 1e-12


@given(st.lists(findings), rubrics)
def test_the_probabilities_of_the_grades_sum_to_one_and_none_is_negative(seen, rubric):
    grading = grade(seen, rubric, error_rate=0.05)
    assert sum(grading.probabilities.values()) == pytest.approx(1)
    assert min(grading.probabilities.values()) >= -1e-12
    assert grading.value in grading.possible


@given(st.lists(findings), rubrics)
def test_the_order_of_the_findings_does_not_matter(seen, rubric):
    assert grade(seen, rubric, error_rate=0.05) == grade(list(reversed(seen)), rubric, error_rate=0.05)


@given(probabilities)
def test_one_defect_found_twice_counts_once(probability):
    once, twice = ([a_finding(probability)] * n for n in (1, 2))
    assert grade(once, HOUSE, error_rate=0.05) == grade(twice, HOUSE, error_rate=0.05)


def test_nothing_found_means_grade_a_and_no_doubt():
    grading = grade([], HOUSE, error_rate=0.05)
    assert (grading.value, grading.doubt, grading.possible) == (Grade.A, 0, (Grade.A,))


def test_a_finding_at_exactly_one_half_already_lowers_the_grade():
    assert grade([a_finding(0.5)], HOUSE, error_rate=0.05).value is Grade.C
    assert grade([a_finding(0.499)], HOUSE, error_rate=0.05).value is Grade.A


def test_the_worst_convincing_finding_decides():
    seen = [a_finding(0.9, Severity.LIGHT), a_finding(0.7, Severity.SEVERE), a_finding(0.8)]
    grading = grade(seen, HOUSE, error_rate=0.05)
    assert grading.value is Grade.D
    assert grading.probabilities[Grade.D] == pytest.approx(0.7)
    assert grading.probabilities[Grade.A] == pytest.approx(0.1)


@given(st.lists(findings), rubrics, probabilities)
def test_like_new_is_never_likelier_than_that_there_is_no_damage(seen, rubric, damaged):
    grading = grade(seen, rubric, error_rate=0.05, damaged=damaged)
    assert grading.probabilities[Grade.A] <= 1 - damaged + 1e-12


def test_damage_too_weak_to_be_listed_is_still_doubt():
    assert grade([], HOUSE, error_rate=0.05, damaged=0.04).doubt == pytest.approx(0.04)


def test_a_severity_that_is_not_claimed_is_spread_over_all():
    grading = grade([replace(a_finding(0.9), severity=None)], HOUSE, error_rate=0.05)
    assert grading.value is Grade.C
    assert [round(grading.probabilities[g], 6) for g in (Grade.B, Grade.C, Grade.D)] == [0.3, 0.3, 0.3]


def test_the_possible_grades_leave_out_half_the_error_rate_at_each_end():
    assert grade([a_finding(0.02)], HOUSE, error_rate=0.05).possible == (Grade.A,)
    assert grade([a_finding(0.03)], HOUSE, error_rate=0.05).possible == (Grade.A, Grade.B, Grade.C)


def test_a_rubric_may_name_one_kind_apart():
    apart = {(Kind.STAIN, severity): Grade.E for severity in (Severity.MARKED, Severity.SEVERE)}
    rubric = Rubric(by_severity=HOUSE.by_severity, by_kind=apart)
    assert grade([a_finding(1.0)], rubric, error_rate=0.05).value is Grade.E


def test_chances_of_severities_are_the_grade_s_where_none_is_claimed():
    chances = {Severity.LIGHT: 0.1, Severity.MARKED: 0.2, Severity.SEVERE: 0.7}
    open_one = replace(a_finding(1.0), severity=None, chances=chances)
    grading = grade([open_one], HOUSE, error_rate=0.05)
    assert grading.value is Grade.D
    assert grading.probabilities[Grade.C] == pytest.approx(0.2)
    claimed = grade([replace(open_one, severity=Severity.LIGHT)], HOUSE, error_rate=0.05)
    assert claimed.probabilities[Grade.B] == pytest.approx(1)


def test_chances_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        replace(a_finding(0.5), chances={Severity.LIGHT: 0.5})


def test_a_rubric_silent_on_a_severity_cannot_be_built():
    with pytest.raises(ValueError, match="every severity"):
        Rubric(by_severity={Severity.LIGHT: Grade.B})
