"""The evaluation decides as the product does, and makes no figure up."""

import math
from pathlib import Path

import pytest

from inspection.errors import PolicyUnusable
from inspection.look import Looker, SentPhoto
from inspection.returns.policy import Policy
from inspection.vision.bundle import Bundle
from inspection.vision.reader import BundleReader
from inspection.vision.runtime import open_runtime
from inspection.wiring import PhotoGate
from training.data import ROOT
from training.evaluate.case import Case, Truth
from training.evaluate.house import HOUSE, read_house
from training.evaluate.rows import Goal, Row, absent
from training.evaluate.serve import Service

BUNDLE = ROOT / "models" / "lite0-v2"
DEMO = ROOT / "inspection" / "demo" / "photos"
SOLD = (DEMO / "cup_as_sold_1.jpg", DEMO / "cup_as_sold_2.jpg")


def test_the_rules_are_the_ones_that_the_product_reads() -> None:
    house, policy = read_house(), Policy.parse(HOUSE.read_text(encoding="utf-8"))
    assert house.stakes == policy.stakes
    assert house.rubric == policy.rubric
    assert (house.version, house.price_cents) == (policy.version, policy.price_cents)


def test_the_house_asks_for_the_one_view_that_one_photo_stands_for() -> None:
    assert len(Policy.parse(HOUSE.read_text(encoding="utf-8")).required_views) == 1


def test_rules_that_cannot_be_read_are_a_known_problem(tmp_path: Path) -> None:
    broken = tmp_path / "mine.toml"
    broken.write_text('version = "mine"')
    with pytest.raises(PolicyUnusable, match="price_cents"):
        read_house(broken)


@pytest.mark.parametrize("name", sorted(path.name for path in DEMO.glob("*returned*.jpg")))
@pytest.mark.parametrize("references", [(), SOLD])
def test_every_decision_is_the_one_that_the_product_would_make(
    name: str, references: tuple[Path, ...]
) -> None:
    bundle = Bundle.open(BUNDLE)
    service = Service.open(bundle, read_house())
    looker = Looker(
        gate=PhotoGate(),
        reader=BundleReader(bundle, open_runtime(bundle, device="cpu")),
        policy=Policy.parse(HOUSE.read_text(encoding="utf-8")),
        new_id=lambda: "one",
    )
    photo = DEMO / name
    case = Case(
        truth=Truth(source="demo", group="cup", sort="clean"),
        photo=photo.read_bytes,
        references=tuple(path.read_bytes for path in references),
    )
    (judged,) = service.judge([case])
    sent = [SentPhoto.of(path.read_bytes()) for path in references]
    looked = looker.look([SentPhoto.of(photo.read_bytes())], sent).inspection
    assert judged.decision == looked.decision
    assert judged.grading == looked.grading


def test_more_threads_give_the_same_answers_in_the_same_order() -> None:
    bundle, house = Bundle.open(BUNDLE), read_house()
    names = sorted(DEMO.glob("*.jpg"))
    cases = [
        Case(
            truth=Truth(source="demo", group=path.name, sort="clean"),
            photo=path.read_bytes,
            references=tuple(other.read_bytes for other in SOLD if other != path),
        )
        for path in names
    ]
    alone, together = (list(Service.open(bundle, house, threads).judge(cases)) for threads in (1, 3))
    assert [one.truth.group for one in alone] == [path.name for path in names]
    assert alone == together


def test_what_was_not_measured_has_no_figure_and_is_not_met() -> None:
    row = absent("category", "people", Goal(bound=0.9))
    assert math.isnan(row.figure)
    assert row.met is None
    assert row.verdict == "no figure"


def test_a_goal_counts_its_own_bound_as_met() -> None:
    assert Goal(bound=0.9).met_by(0.9) is True
    assert Goal(bound=0.05, at_most=True).met_by(0.05) is True
    assert Goal(bound=0.05, at_most=True).met_by(math.nan) is None


@pytest.mark.parametrize(
    ("figure", "low", "high", "verdict"),
    [(0.03, 0.01, 0.05, "met"), (0.03, 0.0, 0.09, "unproven"), (0.06, 0.0, 0.09, "not met")],
)
def test_a_goal_that_chance_alone_may_have_met_is_called_unproven(
    figure: float, low: float, high: float, verdict: str
) -> None:
    goal = Goal(bound=0.05, at_most=True)
    row = Row(
        claim="error", on="a day", n=9, goal=goal, figure=figure, low=low, high=high, met=goal.met_by(figure)
    )
    assert row.verdict == verdict
