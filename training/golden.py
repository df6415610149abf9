"""Golden cases: small pictures a bundle carries, and what its fp32 graph said of them when it was released.

`golden/cases.json` lists, a case: `picture` (a PNG beside it, square, of the view's side: letterboxing
leaves it as it is), `crops` (the top left corners, x and y, of the squares cut from that picture), and
`outputs`: damage, severity, category, strangeness and the first 16 numbers of the embedding of the view, and
`recaptured` a crop.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
import skimage.data

from inspection.photo.photo import Picture
from inspection.verdict.findings import Kind
from inspection.vision.preprocess import letterbox
from training import synthesize
from training.export import answers

DIGEST = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One picture, prepared, and what was said of it."""

    name: str
    picture: Picture
    corners: tuple[tuple[int, int], ...]
    outputs: dict[str, list[Any]]


def case(graph: ort.InferenceSession, name: str, picture: Picture, *, view_side: int, crop_side: int) -> Case:
    """Letterbox the picture, cut its two opposite corners, and ask the graph."""
    square, _ = letterbox(picture, view_side)
    far = view_side - crop_side
    corners = ((0, 0), (far, far))
    crops = np.stack([square[y : y + crop_side, x : x + crop_side] for x, y in corners])
    said = answers(graph, square[None], crops)
    return Case(
        name=name,
        picture=square,
        corners=corners,
        outputs={
            "damage": _rounded(said["damage"][0]),
            "severity": _rounded(said["severity"][0].ravel()),
            "category": _rounded(said["category"][0]),
            "strangeness": _rounded(said["strangeness"]),
            "embedding": _rounded(said["embedding"][0, :DIGEST]),
            "recaptured": _rounded(said["recaptured"]),
        },
    )


def write_cases(folder: Path, cases: Sequence[Case]) -> None:
    """The pictures as PNG, which every decoder reads alike, and `cases.json`."""
    folder.mkdir(parents=True)
    listed = []
    for one in cases:
        cv2.imwrite(
            str(folder / f"{one.name}.png"), one.picture[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9]
        )
        listed.append({"picture": f"{one.name}.png", "crops": one.corners, "outputs": one.outputs})
    text = json.dumps({"format": 1, "cases": listed}, indent=1)
    (folder / "cases.json").write_text(text + "\n", encoding="utf-8")


def _rounded(values: np.ndarray[Any, Any]) -> list[float]:
    return [round(float(value), 5) for value in values]


def pictures(seed: int) -> dict[str, Picture]:
    """Real photos that scikit-image ships, as they are, damaged, and re-photographed."""
    rng = np.random.default_rng(seed)
    found: dict[str, Picture] = {}
    for name in ("coffee", "chelsea", "astronaut"):
        whole = np.ascontiguousarray(getattr(skimage.data, name)()[..., :3])
        found[name] = whole
        found[f"{name}_damaged"] = synthesize.damage(rng, whole, Kind.CRACK).picture
        found[f"{name}_screen"] = synthesize.rephotograph(rng, whole)
    del found["astronaut_screen"]  # eight are enough, and under 1.5 MB
    return found
