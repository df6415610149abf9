import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from inspection.errors import BundleRefused
from inspection.verdict.confidence import Calibration
from inspection.vision.bundle import Bundle
from training.golden import Case
from training.release import Draft, release, toml

CARD = {
    "format": 1,
    "name": "tiny",
    "version": "1.0.0",
    "released": date(2026, 11, 22),
    "summary": "nothing but its shape",
    "preprocessing": {"view_side": 320, "crop_side": 224, "crops": 3, "fit": "letterbox"},
    "labels": {"kinds": ["crack"], "claimed": ["crack"], "severities": {}, "categories": []},
}


def draft(tmp_path: Path, **changes: object) -> Draft:
    graph = tmp_path / "graph.onnx"
    graph.write_bytes(b"a graph")
    calibration = Calibration(slope=1.0, intercept=0.5, yes_from=0.2, no_to=0.6, error_rate=0.05)
    case = Case(name="grey", picture=np.full((8, 8, 3), 127, np.uint8), corners=((0, 0),), outputs={})
    return Draft(
        name="tiny",
        graph=graph,
        int8_graph=graph,
        card=CARD | changes,
        calibrations={"damaged": calibration},
        severity={"marked_or_worse": calibration, "severe": calibration},
        strangeness={"quantiles": [0.0, 1.0], "unsure_from": 0.99},
        golden=[case],
    )


def test_what_is_released_is_what_serving_opens(tmp_path: Path) -> None:
    folder = release(draft(tmp_path), tmp_path / "shelf")
    bundle = Bundle.open(folder)
    assert bundle.calibrations.damaged is not None
    assert bundle.calibrations.damaged.intercept == 0.5
    assert bundle.calibrations.recaptured is None
    assert bundle.calibrations.severity is not None
    assert bundle.calibrations.severity.severe.intercept == 0.5


def test_releasing_again_replaces_the_bundle_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    release(draft(tmp_path), shelf)
    release(draft(tmp_path, version="1.0.1"), shelf)
    assert Bundle.open(shelf / "tiny").card.version == "1.0.1"
    assert [path.name for path in shelf.iterdir()] == ["tiny"]


def test_a_draft_that_serving_refuses_leaves_the_shelf_as_it_was(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    release(draft(tmp_path), shelf)
    with pytest.raises(BundleRefused, match="format"):
        release(draft(tmp_path, format=99), shelf)
    assert Bundle.open(shelf / "tiny").card.version == "1.0.0"


def test_a_card_reads_back_as_it_was_written() -> None:
    table = {
        "words": 'a "quoted" line\nand another',
        "day": date(2026, 1, 2),
        "sure": True,
        "figures": {"per person": {"person_01": 0.5, "person_02": 1.0}, "long": {"x" * 90: 1, "y" * 90: 2}},
        "list": [1, 2.5, "three"],
    }
    assert tomllib.loads(toml(table)) == table
