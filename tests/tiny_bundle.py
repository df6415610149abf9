"""A bundle with a graph of a few nodes: true to the contract, fast, and right about easy pictures.

What it says is arithmetic on colours, so a test can know the answer: redness is damage (a crack),
blueness is a stain (not claimed), brightness of a crop is recapture, a patch is its mean colour, times
20 so that a camera's noise is as far apart as it is in features that were learned.
"""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, CROP, CELLS = 64, 32, 16

CARD = """
format = 1
name = "tiny"
version = "1.0.0"
released = 2026-11-22
summary = "Arithmetic on colours, for tests."

[preprocessing]
view_side = 64
crop_side = 32
crops = 3
fit = "letterbox"

[labels]
kinds = ["crack", "stain"]
claimed = ["crack"]
severities = { crack = "severe" }
categories = ["bright", "dark"]
"""

CALIBRATION = """
[damaged]
slope = 1.0
intercept = 0.0
yes_from = 0.3
no_to = 0.7
error_rate = 0.05

[recaptured]
slope = 1.0
intercept = 0.0
yes_from = 0.3
no_to = 0.7
error_rate = 0.05

[damaged_by_references]
slope = 4.0
intercept = -2.0
yes_from = 0.3
no_to = 0.7
error_rate = 0.05

[same_item]
slope = 4.0
intercept = -8.0
yes_from = 0.3
no_to = 0.7
error_rate = 0.05

[strangeness]
quantiles = [0.0, 0.1, 0.2, 0.3, 0.4]
unsure_from = 0.99
"""


def write_tiny_bundle(folder: Path) -> Path:
    """Write it into `folder`, which is made, and return it."""
    (folder / "golden").mkdir(parents=True)
    graph = tiny_graph()
    onnx.save(graph, folder / "model.onnx")
    (folder / "card.toml").write_text(CARD.lstrip(), encoding="utf-8")
    (folder / "calibration.toml").write_text(CALIBRATION.lstrip(), encoding="utf-8")
    _write_golden(folder)
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    """Write `SHA256SUMS` anew, as a release does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


SEVERITY = """
[severity]
marked_or_worse = { slope = 1.0, intercept = 0.0, yes_from = 0.3, no_to = 0.7, error_rate = 0.05 }
severe = { slope = 1.0, intercept = 0.0, yes_from = 0.3, no_to = 0.7, error_rate = 0.05 }
"""


def judge_severity(folder: Path, *, marked: float, severe: float) -> Path:
    """From now on a head judges how bad a defect is: a kind's logit plus these two."""
    graph = onnx.load(folder / "model.onnx")
    graph.graph.node.extend(
        [
            helper.make_node("Unsqueeze", ["damage", "last_axis"], ["damage_once"]),
            helper.make_node("Add", ["damage_once", "how_much"], ["severity"]),
        ]
    )
    graph.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([2], np.int64), "last_axis"),
            numpy_helper.from_array(np.array([marked, severe], np.float32), "how_much"),
        ]
    )
    graph.graph.output.append(helper.make_tensor_value_info("severity", TensorProto.FLOAT, ["n", 2, 2]))
    onnx.save(graph, folder / "model.onnx")
    card, calibration = folder / "card.toml", folder / "calibration.toml"
    card.write_text(card.read_text(encoding="utf-8").replace('severities = { crack = "severe" }\n', ""))
    calibration.write_text(calibration.read_text(encoding="utf-8") + SEVERITY, encoding="utf-8")
    cases = folder / "golden" / "cases.json"
    listed = json.loads(cases.read_text(encoding="utf-8"))
    for case in listed["cases"]:
        logits = case["outputs"]["damage"]
        case["outputs"]["severity"] = [logit + add for logit in logits for add in (marked, severe)]
    cases.write_text(json.dumps(listed), encoding="utf-8")
    seal(folder)
    return folder


def tiny_graph() -> onnx.ModelProto:
    """Sides of 64 and 32 px, maps of 16 × 16 cells."""
    floats, n, m = TensorProto.FLOAT, "n", "m"
    inputs = [
        helper.make_tensor_value_info("views", TensorProto.UINT8, [n, SIDE, SIDE, 3]),
        helper.make_tensor_value_info("crops", TensorProto.UINT8, [m, CROP, CROP, 3]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, floats, shape)
        for name, shape in {
            "damage": [n, 2],
            "damage_map": [n, 2, CELLS, CELLS],
            "category": [n, 2],
            "embedding": [n, 3],
            "patches": [n, CELLS, CELLS, 3],
            "strangeness": [n],
            "recaptured": [m],
        }.items()
    ]
    graph = helper.make_graph(_nodes(), "tiny", inputs, outputs, _weights())
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _nodes() -> list[onnx.NodeProto]:
    node = helper.make_node
    return [
        node("Cast", ["views"], ["views_f"], to=TensorProto.FLOAT),
        node("Div", ["views_f", "full"], ["colours"]),
        node("Transpose", ["colours"], ["planes"], perm=[0, 3, 1, 2]),
        node("AveragePool", ["planes"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        node("Conv", ["cells", "colour_logits", "colour_bias"], ["damage_map"], kernel_shape=[1, 1]),
        node("ReduceMax", ["damage_map", "space"], ["damage"], keepdims=0),
        node("Mul", ["cells", "twenty"], ["wide_cells"]),
        node("Transpose", ["wide_cells"], ["patches"], perm=[0, 2, 3, 1]),
        node("ReduceMean", ["planes", "space"], ["mean"], keepdims=0),
        node("ReduceL2", ["mean", "last"], ["length"], keepdims=1),
        node("Add", ["length", "little"], ["safe_length"]),
        node("Div", ["mean", "safe_length"], ["embedding"]),
        node("Gemm", ["mean", "bright_dark", "bright_dark_bias"], ["category"]),
        node("ReduceMax", ["mean", "last"], ["highest"], keepdims=0),
        node("ReduceMin", ["mean", "last"], ["lowest"], keepdims=0),
        node("Sub", ["highest", "lowest"], ["strangeness"]),
        node("Cast", ["crops"], ["crops_f"], to=TensorProto.FLOAT),
        node("Div", ["crops_f", "full"], ["crop_colours"]),
        node("ReduceMean", ["crop_colours", "all_but_first"], ["brightness"], keepdims=0),
        node("Sub", ["brightness", "half"], ["above_half"]),
        node("Mul", ["above_half", "ten"], ["recaptured"]),
    ]


def _weights() -> list[onnx.TensorProto]:
    # red over the mean of green and blue, blue over the mean of the others
    logits = np.array([[10, -5, -5], [-5, -5, 10]], np.float32).reshape(2, 3, 1, 1)
    values = {
        "full": np.float32(255),
        "half": np.float32(0.5),
        "ten": np.float32(10),
        "twenty": np.float32(20),
        "little": np.float32(1e-6),
        "colour_logits": logits,
        "colour_bias": np.array([-4, -4], np.float32),
        "space": np.array([2, 3], np.int64),
        "last": np.array([1], np.int64),
        "all_but_first": np.array([1, 2, 3], np.int64),
        "bright_dark": np.array([[4, -4], [4, -4], [4, -4]], np.float32),
        "bright_dark_bias": np.array([-6, 6], np.float32),
    }
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]


def _write_golden(folder: Path) -> None:
    """One grey picture with a red corner; its answers follow from the arithmetic above."""
    picture = np.full((SIDE, SIDE, 3), 102, np.uint8)
    picture[:16, :16] = (255, 0, 0)
    cv2.imwrite(str(folder / "golden" / "red-corner.png"), picture[:, :, ::-1])
    grey, corner = 102 / 255, 1 / 16
    mean = [grey * (1 - corner) + corner, grey * (1 - corner), grey * (1 - corner)]
    bright = 4 * sum(mean) - 6
    expected = {"damage": [6.0, -4.0], "category": [bright, -bright], "recaptured": [10 * (grey - 0.5)]}
    case = {"picture": "red-corner.png", "crops": [[32, 32]], "outputs": expected}
    cases = json.dumps({"format": 1, "cases": [case]})
    (folder / "golden" / "cases.json").write_text(cases, encoding="utf-8")
