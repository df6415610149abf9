"""A device asked for is the device that runs, or an error; every runtime says the same."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from inspection.errors import BundleUnsuitable, DeviceUnavailable, InferenceFailed
from inspection.vision import onnx_runtime
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import OUTPUTS, open_runtime
from inspection.vision.verify import compare, golden_cases, lines, verify

NO_CUDA = "CUDAExecutionProvider" not in onnxruntime.get_available_providers()
without_cuda = pytest.mark.skipif(not NO_CUDA, reason="this onnxruntime has CUDA")


@pytest.fixture
def pictures():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (2, 64, 64, 3), np.uint8), rng.integers(0, 256, (3, 32, 32, 3), np.uint8)


def test_the_cpu_says_that_it_was_the_cpu_and_in_which_precision(tiny_bundle):
    assert open_runtime(Bundle.open(tiny_bundle), device="cpu").device == "cpu (fp32)"


@without_cuda
def test_auto_is_the_cpu_where_there_is_no_gpu(tiny_bundle):
    assert open_runtime(Bundle.open(tiny_bundle), device="auto").device == "cpu (fp32)"


@without_cuda
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_asked_for_and_absent_is_an_error_that_says_what_to_do(tiny_bundle, device):
    with pytest.raises(DeviceUnavailable, match=f"'{device}'.*pip install onnxruntime-gpu"):
        open_runtime(Bundle.open(tiny_bundle), device=device)


@without_cuda
def test_both_builds_of_onnxruntime_installed_is_named_as_the_clash(tiny_bundle, monkeypatch):
    monkeypatch.setattr(onnx_runtime, "distribution", lambda name: name)
    with pytest.raises(DeviceUnavailable, match="both installed"):
        open_runtime(Bundle.open(tiny_bundle), device="cuda")


@without_cuda
def test_a_provider_that_is_offered_and_does_not_load_is_an_error(tiny_bundle, monkeypatch):
    """onnxruntime itself would go on, on the CPU, with no more than a line in its log."""
    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnx_runtime.ort, "get_available_providers", lambda: offered)
    monkeypatch.setattr(onnx_runtime.ort, "preload_dlls", lambda: None)
    monkeypatch.setitem(onnx_runtime._PROVIDERS, "cuda", ["CPUExecutionProvider"])
    monkeypatch.setattr(onnx_runtime, "_wanted", lambda device: "CUDAExecutionProvider")
    with pytest.raises(DeviceUnavailable, match="could not load"):
        open_runtime(Bundle.open(tiny_bundle), device="cuda")
    assert open_runtime(Bundle.open(tiny_bundle), device="auto").device == "cpu (fp32)"


@without_cuda
def test_torch_without_cuda_is_an_error_too(tiny_bundle):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this torch has CUDA")
    with pytest.raises(DeviceUnavailable, match="CUDA"):
        open_runtime(Bundle.open(tiny_bundle), device="cuda", engine="torch")


def test_onnxruntime_and_torch_agree(tiny_bundle, pictures):
    pytest.importorskip("torch")
    bundle = Bundle.open(tiny_bundle)
    one = open_runtime(bundle, device="cpu").run(*pictures)
    other = open_runtime(bundle, device="cpu", engine="torch").run(*pictures)
    for name in OUTPUTS:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=1e-4, atol=1e-4, err_msg=name
        )


def test_eight_threads_get_the_answers_that_one_gets(tiny_bundle):
    runtime = open_runtime(Bundle.open(tiny_bundle), device="cpu")
    rng = np.random.default_rng(0)
    views = rng.integers(0, 256, (64, 1, 64, 64, 3), np.uint8)
    crops = rng.integers(0, 256, (1, 32, 32, 3), np.uint8)
    alone = [runtime.run(view, crops).damage for view in views]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda view: runtime.run(view, crops).damage, views))
    np.testing.assert_array_equal(alone, together)


def test_a_wrong_shape_is_a_typed_error(tiny_bundle):
    runtime = open_runtime(Bundle.open(tiny_bundle), device="cpu")
    with pytest.raises(InferenceFailed, match=r"cpu \(fp32\)"):
        runtime.run(np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 32, 32, 3), np.uint8))


def test_a_graph_that_is_none_is_refused_by_name(tiny_bundle, seal):
    (tiny_bundle / "model.onnx").write_bytes(b"not a graph")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match=r"model\.onnx"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu")
    pytest.importorskip("torch")
    with pytest.raises(BundleUnsuitable, match=r"model\.onnx"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu", engine="torch")


def test_a_graph_that_lacks_an_output_is_refused(tiny_bundle, seal):
    graph = onnx.load(tiny_bundle / "model.onnx")
    kept = [output for output in graph.graph.output if output.name != "patches"]
    del graph.graph.output[:]
    graph.graph.output.extend(kept)
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match="gives no patches"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu")


def test_a_card_with_more_kinds_than_the_graph_has_columns_is_refused(tiny_bundle, seal):
    card = tiny_bundle / "card.toml"
    card.write_text(card.read_text().replace('"stain"]', '"stain", "tear"]'))
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match="2 columns, the card 3 labels"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu")


def test_an_operator_that_the_torch_runtime_lacks_is_named(tiny_bundle, seal):
    pytest.importorskip("torch")
    graph = onnx.load(tiny_bundle / "model.onnx")
    graph.graph.node.append(helper.make_node("Erf", ["mean"], ["unread"]))
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match="operator Erf"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu", engine="torch")


def test_the_golden_case_holds_on_every_runtime_here(tiny_bundle):
    verified = verify(Bundle.open(tiny_bundle))
    ran = [one for one in verified if one.absent is None]
    assert "cpu (fp32)" in [one.device for one in ran]
    for one in ran:
        assert one.flips == 0, one
        assert max(parity.most for parity in one.parities) < 0.01
    assert all("at most" in line or "not here" in line for line in lines(verified))


def test_a_graph_that_says_something_else_flips_the_golden_case(tiny_bundle, seal):
    graph = onnx.load(tiny_bundle / "model.onnx")
    bias = next(w for w in graph.graph.initializer if w.name == "colour_bias")
    bias.CopyFrom(onnx.numpy_helper.from_array(np.float32([-20, -20]), "colour_bias"))
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    bundle = Bundle.open(tiny_bundle)
    damaged = compare(bundle, open_runtime(bundle, device="cpu"), golden_cases(bundle))[0]
    assert damaged.flips == 1
    assert damaged.most > 0.9


def test_golden_cases_that_cannot_be_read_are_named(tiny_bundle, seal):
    (tiny_bundle / "golden" / "cases.json").write_text("{}")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match=r"golden/cases\.json"):
        verify(Bundle.open(tiny_bundle))
