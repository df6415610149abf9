import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspection.errors import BundleMissing, BundleTampered
from inspection.verdict.confidence import UNSURE
from inspection.verdict.reading import Basis, Category
from inspection.vision.specialist import Specialist

SHIPPED = Path(__file__).parents[2] / "models" / "specialists" / "sneakers"
SHOES = Category(name="shoes", probability=0.9)


@pytest.fixture(scope="module")
def sneakers():
    return Specialist.open(SHIPPED)


@pytest.fixture
def golden():
    cases = json.loads((SHIPPED / "golden" / "cases.json").read_text())["cases"]
    return [(cv2.imread(str(SHIPPED / "golden" / case["picture"]))[:, :, ::-1], case) for case in cases]


def test_it_still_says_of_the_golden_pictures_what_the_release_said(sneakers, golden):
    for picture, case in golden:
        genuine, strangeness = sneakers.scores(np.ascontiguousarray(picture))
        assert genuine == pytest.approx(case["outputs"]["genuine"], abs=0.01)
        assert strangeness == pytest.approx(case["outputs"]["strangeness"], rel=0.01)


@pytest.mark.parametrize(
    "category", [None, Category(name="dress", probability=0.9), Category(name="shoes", probability=0.2)]
)
def test_it_makes_no_claim_about_what_it_was_not_made_for(sneakers, golden, category):
    assert sneakers.claim(np.ascontiguousarray(golden[0][0]), category) is None


def test_a_cup_taken_for_a_shoe_is_a_stranger_and_stays_open(sneakers, golden):
    claim = sneakers.claim(np.ascontiguousarray(golden[0][0]), SHOES)
    assert (claim.answers, claim.probability) == (UNSURE, 0.5)


def test_its_labels_are_weak_and_its_claims_say_so(sneakers, golden):
    assert sneakers.card.labels == "weak"
    assert sneakers.claim(np.ascontiguousarray(golden[0][0]), SHOES).basis is Basis.WEAK


def test_a_changed_file_is_refused(tmp_path):
    copy = shutil.copytree(SHIPPED, tmp_path / "sneakers")
    card = copy / "card.toml"
    card.write_text(card.read_text().replace('"weak"', '"documented"'))
    with pytest.raises(BundleTampered):
        Specialist.open(copy)


def test_one_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BundleMissing, match="handbags"):
        Specialist.open(tmp_path / "handbags")
