"""Golden cases: small pictures that a bundle carries, and what was said of them when it was released."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspection.errors import BundleUnsuitable
from inspection.vision.bundle import GOLDEN, Bundle
from inspection.vision.runtime import Squares


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCase:
    """One picture as the graph takes it, and what it was said to show; `expected` by output name.

    Of `embedding` the first numbers are enough, and older bundles have none.
    """

    name: str
    view: Squares  # (1, side, side, 3)
    crops: Squares  # (m, crop, crop, 3)
    expected: dict[str, list[float]]


def golden_cases(bundle: Bundle) -> tuple[GoldenCase, ...]:
    """In the order of `golden/cases.json`, at least one. Raises `BundleUnsuitable`."""
    folder = (bundle.folder / GOLDEN).parent
    try:
        listed = json.loads((bundle.folder / GOLDEN).read_text(encoding="utf-8"))["cases"]
        cases = tuple(_case(bundle, folder, entry) for entry in listed)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BundleUnsuitable(bundle.folder.name, f"{GOLDEN} cannot be read ({error})") from error
    if not cases:
        raise BundleUnsuitable(bundle.folder.name, f"{GOLDEN} holds no golden case")
    return cases


def _case(bundle: Bundle, folder: Path, entry: dict[str, Any]) -> GoldenCase:
    path, card = folder / Path(entry["picture"]).name, bundle.card
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None or bgr.shape != (card.view_side, card.view_side, 3):
        raise ValueError(f"{path.name} is no picture of {card.view_side} × {card.view_side} px")
    square = np.asarray(bgr[:, :, ::-1], np.uint8).copy()
    crops = np.stack([square[y : y + card.crop_side, x : x + card.crop_side] for x, y in entry["crops"]])
    expected = {name: [float(value) for value in values] for name, values in entry["outputs"].items()}
    counts = {"damage": len(card.kinds), "category": len(card.categories), "recaptured": len(crops)}
    if "severity" in expected:  # older bundles have none
        counts["severity"] = 2 * len(card.kinds)
    for name, count in counts.items():
        if len(expected[name]) != count:
            raise ValueError(f"{path.name}: {name} has {len(expected[name])} numbers, not {count}")
    return GoldenCase(name=path.stem, view=square[None], crops=crops, expected=expected)
