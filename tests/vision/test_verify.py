"""`bundle verify` notices what changed, wherever it shows, and passes on nothing."""

import json

import numpy as np
import onnx
import pytest

from inspection.errors import BundleUnsuitable
from inspection.vision.bundle import Bundle
from inspection.vision.golden import golden_cases
from inspection.vision.parity import compare
from inspection.vision.runtime import open_runtime
from inspection.vision.verify import EXACT, lines, verify


@pytest.fixture
def with_int8(tiny_bundle, seal):
    """`with_int8(**weights)` adds an int8 graph whose named weights are other ones, and a card's lines."""

    def make(card="", **weights):
        graph = onnx.load(tiny_bundle / "model.onnx")
        changed(graph, **weights)
        onnx.save(graph, tiny_bundle / "model.int8.onnx")
        (tiny_bundle / "card.toml").write_text((tiny_bundle / "card.toml").read_text() + card)
        seal(tiny_bundle)
        return {one.device: one for one in verify(Bundle.open(tiny_bundle))}

    return make


def changed(graph, **weights):
    for weight in graph.graph.initializer:
        if weight.name in weights:
            weight.CopyFrom(onnx.numpy_helper.from_array(np.float32(weights[weight.name]), weight.name))


def broken(verified):
    return {parity.claim for parity in verified.parities if not parity.holds}


def rewritten(bundle, seal, change):
    path = bundle / "golden" / "cases.json"
    listed = json.loads(path.read_text())
    change(listed)
    path.write_text(json.dumps(listed))
    seal(bundle)
    return Bundle.open(bundle)


def test_the_golden_case_holds_on_every_runtime_here(tiny_bundle):
    verified = verify(Bundle.open(tiny_bundle))
    ran = [one for one in verified if one.absent is None]
    assert ran[0].device == "cpu (fp32)"
    assert all(one.holds and one.relied_on for one in ran)
    assert all("at most" in line or "not here" in line for line in lines(verified))


def test_a_graph_that_says_something_else_flips_the_golden_case(tiny_bundle, seal):
    graph = onnx.load(tiny_bundle / "model.onnx")
    changed(graph, colour_bias=[-20, -20])
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    bundle = Bundle.open(tiny_bundle)
    cases, runtime = golden_cases(bundle), open_runtime(bundle, device="cpu")
    said = [runtime.run(case.view, case.crops) for case in cases]
    damaged = compare(bundle, cases, said, allowed=EXACT)[0]
    assert damaged.flips == 1
    assert damaged.most > 0.9
    assert verify(bundle)[0].failed


@pytest.mark.parametrize(
    ("output", "change"), [("damage", 0.8), ("category", 0.1), ("recaptured", 0.1), ("embedding", 0.01)]
)
def test_fp32_is_held_to_the_numbers_of_the_release_without_a_flip(tiny_bundle, seal, output, change):
    exact = open_runtime(Bundle.open(tiny_bundle), device="cpu")
    case = golden_cases(Bundle.open(tiny_bundle))[0]
    kept = exact.run(case.view, case.crops).embedding[0, :2].tolist()

    def move(listed, by):
        outputs = listed["cases"][0]["outputs"]
        outputs["embedding"] = kept
        outputs[output] = [outputs[output][0] - by, *outputs[output][1:]]

    assert verify(rewritten(tiny_bundle, seal, lambda listed: move(listed, 0)))[0].holds
    fp32 = verify(rewritten(tiny_bundle, seal, lambda listed: move(listed, change)))[0]
    assert fp32.flips == 0
    assert fp32.failed


@pytest.mark.parametrize(
    ("weights", "claims"),
    [
        ({"twenty": 13}, {"patches"}),
        ({"little": [3.0, 0.0, 0.0]}, {"embedding"}),
        ({"half": 0.56}, {"recaptured"}),
        ({"bright_dark_bias": [-5, 5]}, {"category"}),
        ({"colour_bias": [-4, 2]}, {"damage_map"}),
        ({"twenty": np.nan}, {"patches"}),
    ],
)
def test_int8_that_moves_too_far_in_any_claim_fails(with_int8, weights, claims):
    int8 = with_int8(**weights)["cpu (int8)"]
    assert broken(int8) == claims
    assert int8.failed


def test_how_far_is_too_far_the_card_says(with_int8):
    assert with_int8("[serving]\ntolerance = 0.3\n", half=0.56)["cpu (int8)"].holds


def test_int8_that_is_not_served_is_reported_and_no_fault(with_int8):
    found = with_int8('[serving]\ncpu = "fp32"\n', half=0.3)
    assert broken(found["cpu (int8)"]) == {"recaptured"}
    assert not any(one.failed for one in found.values())
    assert any("not relied on" in line for line in lines(list(found.values())))


def test_a_bundle_without_a_golden_case_proves_nothing(tiny_bundle, seal):
    with pytest.raises(BundleUnsuitable, match="no golden case"):
        verify(rewritten(tiny_bundle, seal, lambda listed: listed["cases"].clear()))


@pytest.mark.parametrize(
    "change",
    [
        lambda listed: listed.clear(),
        lambda listed: listed["cases"][0].update(picture="gone.png"),
        lambda listed: listed["cases"][0].update(crops=[]),
        lambda listed: listed["cases"][0].update(crops=[[60, 60], [0, 0]]),
        lambda listed: listed["cases"][0]["outputs"].pop("damage"),
        lambda listed: listed["cases"][0]["outputs"].update(damage=[6.0]),
        lambda listed: listed["cases"][0]["outputs"].update(category=[]),
    ],
)
def test_golden_cases_that_cannot_be_read_are_named(tiny_bundle, seal, change):
    with pytest.raises(BundleUnsuitable, match=r"golden/cases\.json"):
        verify(rewritten(tiny_bundle, seal, change))
