"""A bundle brings its record of acceptance whole, for the items it was tried on, or is refused."""

from pathlib import Path

import pytest

from inspection.errors import BundleUnsuitable
from inspection.verdict.findings import PhotoId
from inspection.verdict.reading import Proof, Question
from inspection.vision.bundle import Bundle
from inspection.vision.reader import BundleReader
from inspection.vision.runtime import open_runtime

RECORD = """
[acceptance.with_references]
up_to = 0.08
error = 0.05
confidence = 0.95
returns = 240
priors = { damaged = 0.1, recaptured = 0.01, same_item = 0.01 }
"""


def with_record(bundle: Path, seal, text: str = RECORD) -> Path:
    calibration = bundle / "calibration.toml"
    calibration.write_text(calibration.read_text() + text)
    seal(bundle)
    return bundle


def test_a_record_is_read_as_it_was_released(tiny_bundle, seal):
    calibrations = Bundle.open(with_record(tiny_bundle, seal)).calibrations
    assert calibrations.proof(references=True) == Proof(
        up_to=0.08,
        error=0.05,
        confidence=0.95,
        returns=240,
        priors={Question.DAMAGED: 0.1, Question.RECAPTURED: 0.01, Question.SAME_ITEM: 0.01},
    )
    assert calibrations.proof(references=False) is None


def test_a_record_with_references_says_nothing_of_items_without(tiny_bundle, seal, photo_of, grey, item):
    bundle = Bundle.open(with_record(tiny_bundle, seal))
    reader = BundleReader(bundle, open_runtime(bundle, device="cpu"))
    taken = [(PhotoId("photo-1"), None, photo_of(grey()))]
    assert reader.read(taken).proof is None
    assert reader.read(taken, [photo_of(item())]).proof is bundle.calibrations.with_references


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("up_to = 0.08", "up_to = 8", "with_references.up_to"),
        ("error = 0.05", "error = nan", "with_references.error"),
        ("confidence = 0.95\n", "", "confidence"),
        ("confidence = 0.95", "confidence = 0", "proves nothing"),
        ("error = 0.05", "error = 0", "proves nothing"),
        (", same_item = 0.01", "", "lacks same_item"),
        ("returns = 240", "returns = 0", "returns"),
        ("returns = 240", "returns = true", "returns"),
        ("damaged = 0.1", "damaged = -0.1", "with_references.damaged"),
        ("priors = { damaged", "priors = { scuffed = 0.1, damaged", "scuffed"),
        ("priors = {", "priors = 3 #", "int"),
    ],
)
def test_a_record_with_a_value_that_cannot_be_is_refused(tiny_bundle, seal, old, new, why):
    with pytest.raises(BundleUnsuitable, match=why):
        Bundle.open(with_record(tiny_bundle, seal, RECORD.replace(old, new, 1)))
