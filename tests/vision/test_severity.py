"""How bad a defect is: claimed where one severity is left, on the strongest place, by every runtime alike."""

import numpy as np
import onnx
import pytest
from tiny_bundle import judge_severity, seal

from inspection.errors import BundleUnsuitable
from inspection.verdict.confidence import Calibration
from inspection.verdict.findings import PhotoId, Severity
from inspection.vision.bundle import Bundle
from inspection.vision.calibrations import HowBad
from inspection.vision.reader import BundleReader
from inspection.vision.runtime import open_runtime
from inspection.vision.verify import verify

PLAIN = Calibration(slope=1.0, intercept=0.0, yes_from=0.3, no_to=0.7, error_rate=0.05)
RED = (220, 30, 30)


def findings(bundle, photo):
    opened = Bundle.open(bundle)
    reader = BundleReader(opened, open_runtime(opened, device="cpu"))
    return reader.read([(PhotoId("photo-1"), None, photo)]).photos[0].findings


@pytest.mark.parametrize(
    ("marked", "severe", "claimed"),
    [
        (-5, -9, Severity.LIGHT),
        (4, -4, Severity.MARKED),
        (9, 5, Severity.SEVERE),
        (0, -4, None),  # light or marked
        (4, 0, None),  # marked or severe
        (0, 0, None),
        (0, 9, None),  # they contradict each other: no likelier severe than marked or worse
        (-9, 9, Severity.LIGHT),
    ],
)
def test_a_severity_is_claimed_only_where_it_is_wrong_as_rarely_as_promised(marked, severe, claimed):
    how_bad = HowBad(marked_or_worse=PLAIN, severe=PLAIN)
    chances = how_bad.chances(marked, severe)
    assert sum(chances.values()) == pytest.approx(1)
    assert min(chances.values()) >= 0
    assert how_bad.claim(chances) is claimed


def test_two_scores_that_say_nothing_leave_every_severity_as_likely():
    chances = HowBad(marked_or_worse=PLAIN, severe=PLAIN).chances(0, 0)
    assert list(chances.values()) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("marked", "severe", "claimed"),
    [(-9, -12, Severity.LIGHT), (1, -9, Severity.MARKED), (9, 4, Severity.SEVERE), (-3.4, -9, None)],
)
def test_a_finding_is_as_bad_as_the_head_says(tiny_bundle, photo_of, grey, marked, severe, claimed):
    picture = grey()
    picture[16:32, 80:96] = RED
    (finding,) = findings(judge_severity(tiny_bundle, marked=marked, severe=severe), photo_of(picture))
    assert finding.severity is claimed


def test_of_two_places_only_the_one_that_was_judged_has_a_severity(tiny_bundle, photo_of, grey):
    picture = grey()
    picture[16:32, 80:96] = (180, 60, 60)
    picture[64:80, 16:32] = RED
    strong, weak = findings(judge_severity(tiny_bundle, marked=9, severe=9), photo_of(picture))
    assert strong.severity is Severity.SEVERE
    assert weak.severity is None


def test_of_a_photo_unlike_all_it_learned_from_no_severity_is_claimed(tiny_bundle, photo_of, grey):
    judge_severity(tiny_bundle, marked=9, severe=9)
    calibration = tiny_bundle / "calibration.toml"
    calibration.write_text(calibration.read_text().replace("0.1, 0.2, 0.3, 0.4]", "1e-6, 2e-6, 3e-6, 4e-6]"))
    seal(tiny_bundle)
    picture = grey()
    picture[16:32, 80:96] = RED
    (finding,) = findings(tiny_bundle, photo_of(picture))
    assert finding.severity is None


def test_a_card_that_says_how_bad_a_kind_always_is_is_believed(tiny_bundle, photo_of, grey):
    judge_severity(tiny_bundle, marked=-9, severe=-9)
    card = tiny_bundle / "card.toml"
    card.write_text(card.read_text().replace("[labels]", '[labels]\nseverities = { crack = "severe" }'))
    seal(tiny_bundle)
    picture = grey()
    picture[16:32, 80:96] = RED
    (finding,) = findings(tiny_bundle, photo_of(picture))
    assert finding.severity is Severity.SEVERE


def test_onnxruntime_and_torch_judge_alike(tiny_bundle):
    pytest.importorskip("torch")
    bundle = Bundle.open(judge_severity(tiny_bundle, marked=1, severe=-1))
    views = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    crops = np.zeros((1, 32, 32, 3), np.uint8)
    one, other = (open_runtime(bundle, device="cpu", engine=e).run(views, crops) for e in ("onnx", "torch"))
    assert one.severity.shape == (3, 2, 2)
    np.testing.assert_allclose(one.severity, other.severity, atol=1e-4)


def test_verify_notices_another_severity_and_passes_the_one_that_was_released(tiny_bundle):
    judge_severity(tiny_bundle, marked=2, severe=-12)
    assert verify(Bundle.open(tiny_bundle))[0].holds
    graph = onnx.load(tiny_bundle / "model.onnx")
    for weight in graph.graph.initializer:
        if weight.name == "how_much":
            weight.CopyFrom(onnx.numpy_helper.from_array(np.array([2, 2], np.float32), "how_much"))
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    fp32 = verify(Bundle.open(tiny_bundle))[0]
    assert {parity.claim for parity in fp32.parities if not parity.holds} == {"severity"}
    assert fp32.flips == 1


def test_a_head_of_other_kinds_than_the_card_names_is_refused(tiny_bundle):
    judge_severity(tiny_bundle, marked=0, severe=0)
    graph = onnx.load(tiny_bundle / "model.onnx")
    graph.graph.node[-1].output[0] = "half_of_it"
    graph.graph.node.append(onnx.helper.make_node("Concat", ["half_of_it"] * 2, ["severity"], axis=1))
    graph.graph.output[-1].type.tensor_type.shape.dim[1].dim_value = 4
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match="severity has 4 columns, the card 2"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("severe = { slope = 1.0", r"severity.*severe"),
        ("marked_or_worse = { slope = -1.0", r"severity\.marked_or_worse\.slope"),
    ],
)
def test_half_a_table_or_a_falling_curve_is_refused(tiny_bundle, wrong, why):
    judge_severity(tiny_bundle, marked=0, severe=0)
    calibration = tiny_bundle / "calibration.toml"
    text = calibration.read_text()
    text = (
        text.replace(wrong, "other = { slope = 1.0")
        if "severe =" in wrong
        else text.replace("marked_or_worse = { slope = 1.0", wrong)
    )
    calibration.write_text(text)
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match=why if "slope" in why else "severe"):
        Bundle.open(tiny_bundle)
