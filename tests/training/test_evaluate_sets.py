"""What a bundle is judged on: no group that calibrates, no photo as its own reference, always the same."""

import hashlib

import pytest

from inspection.verdict.grading import Grade
from training.data import Split, trainable
from training.evaluate import sets
from training.evaluate.case import Case, encoded
from training.evaluate.house import read_house
from training.evaluate.referenced import other_photos, same_set_up
from training.evaluate.sets import Plan
from training.scenes import photo

FEW = Plan(house=read_house(), step=40, damages=2)


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not sets.here(name), reason=f"the data set {name} is not here")


def of(source: str, part: Split) -> list[Case]:
    alone = list(sets.held_out(FEW, source, part))
    return alone + list(other_photos(FEW, part) if source == "grocery" else same_set_up(FEW, source, part))


@pytest.mark.parametrize(
    "source", [pytest.param(name, marks=needs(name)) for name in ("clothing", "sneakers")]
)
def test_no_group_that_calibrates_is_judged(source: str) -> None:
    groups = {
        part: {(case.truth.group, case.truth.calibrate) for case in of(source, part)}
        for part in (Split.CALIBRATE, Split.TEST)
    }
    assert all(calibrate for _, calibrate in groups[Split.CALIBRATE])
    assert not any(calibrate for _, calibrate in groups[Split.TEST])
    assert not {group for group, _ in groups[Split.CALIBRATE]} & {group for group, _ in groups[Split.TEST]}


@needs("grocery")
def test_no_photo_of_a_package_is_returned_that_trained_or_calibrated() -> None:
    for part in (Split.CALIBRATE, Split.TEST):
        own = {encoded(photo(example.path)) for example in trainable("grocery")[part]}
        clean = [case for case in other_photos(FEW, part) if case.truth.sort == "clean"]
        assert clean
        assert {case.photo() for case in clean} <= own


@needs("grocery")
def test_products_that_calibrate_comparison_are_not_judged_with_references() -> None:
    products = [
        {case.truth.group for case in other_photos(FEW, part)} for part in (Split.CALIBRATE, Split.TEST)
    ]
    assert all(products)
    assert not products[0] & products[1]


@pytest.mark.parametrize(
    "source", [pytest.param(name, marks=needs(name)) for name in ("clothing", "grocery")]
)
def test_no_photo_is_its_own_reference_and_another_item_is_another(source: str) -> None:
    for case in of(source, Split.TEST):
        shown = hashlib.sha256(case.photo()).digest()
        assert shown not in {hashlib.sha256(kept()).digest() for kept in case.references}
        assert case.truth.references == len(case.references)
        if case.truth.sort == "other_item":
            assert case.truth.same is False


@needs("clothing")
def test_what_should_never_pass_is_right_at_no_grade() -> None:
    for case in of("clothing", Split.TEST):
        truth = case.truth
        assert truth.grades is not None
        if truth.sort in ("screen", "other_item"):
            assert not truth.grades
        if truth.sort == "damaged":
            assert Grade.A not in truth.grades
            assert truth.kind is not None
            assert truth.severity is not None


@needs("sneakers")
def test_the_same_plan_makes_the_same_photos() -> None:
    once, again = ([(case.truth, case.photo()) for case in of("sneakers", Split.TEST)] for _ in range(2))
    assert once == again


@needs("damage")
def test_a_cookie_that_is_a_reference_is_no_return() -> None:
    cases = list(sets.cookies(Plan(house=read_house()), 3))
    kept = {hashlib.sha256(file()).digest() for case in cases for file in case.references}
    assert len(kept) == 3
    assert not kept & {hashlib.sha256(case.photo()).digest() for case in cases}
