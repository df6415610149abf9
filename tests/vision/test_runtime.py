"""A device asked for is the device that runs, or an error; every runtime says the same."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from inspection.errors import BundleUnsuitable, DeviceUnavailable, InferenceFailed, SettingUnusable
from inspection.vision import onnx_runtime
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import NEEDED, open_runtime

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
    with pytest.raises(DeviceUnavailable, match=rf"'{device}'.*pip install 'onnxruntime-gpu\[cuda,cudnn\]'"):
        open_runtime(Bundle.open(tiny_bundle), device=device)


@without_cuda
def test_both_builds_of_onnxruntime_installed_is_named_as_the_clash(tiny_bundle, monkeypatch):
    monkeypatch.setattr(onnx_runtime, "distribution", lambda name: name)
    mended = "pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'onnxruntime-gpu[cuda,cudnn]'"
    with pytest.raises(DeviceUnavailable, match=f"both installed.*{re.escape(mended)}"):
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
def test_a_device_that_leaves_work_to_the_cpu_is_an_error_that_names_the_work(tiny_bundle, monkeypatch):
    """A provider that is there and takes no node of this graph stands for one that takes some."""
    idle = "AzureExecutionProvider"
    if idle not in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has no {idle}")
    monkeypatch.setattr(onnx_runtime.ort, "preload_dlls", lambda: None)
    monkeypatch.setitem(onnx_runtime._PROVIDERS, "cuda", [idle, "CPUExecutionProvider"])
    with pytest.raises(DeviceUnavailable, match=r"cannot run .*Conv, .*ReduceMax, .* on the CPU") as refused:
        open_runtime(Bundle.open(tiny_bundle), device="cuda")
    assert "Cast" not in str(refused.value)  # of shapes, for all that is known of it
    assert open_runtime(Bundle.open(tiny_bundle), device="auto").device == "cpu (fp32)"


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_int8_is_for_the_cpu(tiny_bundle, device):
    with pytest.raises(DeviceUnavailable, match="int8 is for CPUs"):
        open_runtime(Bundle.open(tiny_bundle), device=device, precision="int8")


def test_int8_on_torch_is_an_error_and_not_fp32(tiny_bundle):
    with pytest.raises(SettingUnusable, match=r"INSPECTION_PRECISION.*torch"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu", engine="torch", precision="int8")


def test_torch_says_its_precision_too(tiny_bundle):
    pytest.importorskip("torch")
    assert open_runtime(Bundle.open(tiny_bundle), device="cpu", engine="torch").device == "cpu (torch fp32)"


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
    for name in NEEDED:
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


@pytest.mark.parametrize("engine", ["onnx", "torch"])
@pytest.mark.parametrize(("field", "side", "other"), [("view_side", 64, 96), ("crop_side", 32, 48)])
def test_a_card_with_another_side_than_the_graph_is_refused(tiny_bundle, seal, engine, field, side, other):
    if engine == "torch":
        pytest.importorskip("torch")
    card = tiny_bundle / "card.toml"
    card.write_text(card.read_text().replace(f"{field} = {side}", f"{field} = {other}"))
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match=rf"card\.toml: {field} = {other}, .*{side} px"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu", engine=engine)


def test_an_operator_that_the_torch_runtime_lacks_is_named(tiny_bundle, seal):
    pytest.importorskip("torch")
    graph = onnx.load(tiny_bundle / "model.onnx")
    graph.graph.node.append(helper.make_node("Erf", ["mean"], ["unread"]))
    onnx.save(graph, tiny_bundle / "model.onnx")
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match="operator Erf"):
        open_runtime(Bundle.open(tiny_bundle), device="cpu", engine="torch")
