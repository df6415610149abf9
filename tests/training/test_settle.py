"""How far a bundle may accept is written into it, whole, and only where it is proven."""

import math
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from tiny_bundle import write_tiny_bundle

from inspection.verdict.decision import Accept
from inspection.verdict.evidence import Evidence, proven_up_to
from inspection.verdict.findings import PhotoId
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import PhotoReading
from inspection.vision.bundle import Bundle
from training.evaluate.case import Judged, Truth
from training.evaluate.house import read_house
from training.settle import proof, written

STAKES = read_house().stakes


def returns(count: int, *, chance: float, wrong: bool = False) -> list[Judged]:
    """Clean ones with references, of groups that calibrate; a wrong one was in truth graded otherwise."""
    grades = frozenset({Grade.C if wrong else Grade.A})
    return [
        Judged(
            truth=Truth(
                source="clothing",
                group=f"{chance} {n}",
                sort="clean",
                references=3,
                grades=grades,
                calibrate=True,
            ),
            reading=PhotoReading(photo=PhotoId("photo-1")),
            grading=Grading(value=Grade.A, probabilities={Grade.A: 1.0}, possible=(Grade.A,)),
            decision=Accept(grade=Grade.A, reasons=()),
            chance_wrong=chance,
            provable=chance,
            doubts=(),
        )
        for n in range(count)
    ]


def test_as_far_as_held_out_returns_were_right_a_bundle_may_accept(tmp_path: Path) -> None:
    seen = returns(300, chance=0.0123456789) + returns(100, chance=0.3, wrong=True)
    told = proof(seen, STAKES, references=True)
    assert told is not None
    bundle = written(write_tiny_bundle(tmp_path / "tiny"), {"with_references": told})
    kept = Bundle.open(bundle).calibrations.proof(references=True)
    assert kept is not None
    assert kept.up_to == 0.012345  # never rounded up
    assert kept.returns == 400
    assert proven_up_to(Evidence(price_cents=1, grading=None, claims={}, proof=kept), STAKES) == kept.up_to


def test_nothing_is_proven_by_few_returns_or_by_none_of_that_sort(tmp_path: Path) -> None:
    assert proof(returns(50, chance=0.01), STAKES, references=True) is None
    assert proof(returns(300, chance=0.01), STAKES, references=False) is None
    assert proof(returns(300, chance=math.inf), STAKES, references=True) is None


def test_settling_again_leaves_no_older_proof_and_nothing_beside_the_bundle(tmp_path: Path) -> None:
    folder = write_tiny_bundle(tmp_path / "shelf" / "tiny")
    told = proof(returns(300, chance=0.01), STAKES, references=True)
    assert told is not None
    written(folder, {"with_references": told})
    written(folder, {})
    assert Bundle.open(folder).calibrations.proof(references=True) is None
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]
