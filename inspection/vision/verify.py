"""Does every runtime here say of the golden cases what the fp32 graph said when the bundle was released?"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspection.errors import BundleUnsuitable, DeviceUnavailable, ExtraMissing
from inspection.verdict.confidence import Calibration
from inspection.vision.bundle import GOLDEN, Bundle
from inspection.vision.runtime import Outputs, Runtime, Squares, open_runtime

_PLAIN = Calibration(slope=1, intercept=0, yes_from=0.5, no_to=0.5, error_rate=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCase:
    """One picture as the graph takes it, and what it was said to show; `expected` by output name."""

    name: str
    view: Squares  # (1, side, side, 3)
    crops: Squares  # (m, crop, crop, 3)
    expected: dict[str, list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """One claim on one runtime: the largest change of a probability, and how many answers changed."""

    claim: str
    most: float
    flips: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One runtime's figures, or why it could not run here."""

    device: str
    parities: tuple[Parity, ...] = ()
    absent: str | None = None

    @property
    def flips(self) -> int:
        """Answers that differ from those of the release, over all claims."""
        return sum(parity.flips for parity in self.parities)


def verify(bundle: Bundle) -> tuple[Verified, ...]:
    """Every runtime that this installation could have: fp32 and int8 on the CPU, CUDA, torch.

    One that is absent says why; that is no fault. Raises `BundleUnsuitable` where the golden
    cases cannot be read.
    """
    cases = golden_cases(bundle)
    tries: list[tuple[str, dict[str, Any]]] = [("cpu (fp32)", {"device": "cpu", "precision": "fp32"})]
    if bundle.has("int8"):
        tries.append(("cpu (int8)", {"device": "cpu", "precision": "int8"}))
    tries += [("cuda", {"device": "cuda"}), ("torch", {"engine": "torch"})]
    return tuple(_verified(bundle, cases, name, options) for name, options in tries)


def golden_cases(bundle: Bundle) -> tuple[GoldenCase, ...]:
    """In the order of `golden/cases.json`."""
    folder = (bundle.folder / GOLDEN).parent
    try:
        listed = json.loads((bundle.folder / GOLDEN).read_text(encoding="utf-8"))["cases"]
        return tuple(_case(folder, entry, bundle.card.crop_side) for entry in listed)
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BundleUnsuitable(bundle.folder.name, f"{GOLDEN} cannot be read ({error})") from error


def compare(bundle: Bundle, runtime: Runtime, cases: Sequence[GoldenCase]) -> tuple[Parity, ...]:
    """Claim by claim: damaged, recaptured and category where the bundle has them."""
    said = [(case.expected, runtime.run(case.view, case.crops)) for case in cases]
    claims = {
        "damaged": [_damaged(bundle, expected, outputs) for expected, outputs in said],
        "recaptured": [_recaptured(bundle, expected, outputs) for expected, outputs in said],
        "category": [_category(expected, outputs) for expected, outputs in said],
    }
    return tuple(
        Parity(
            claim=claim,
            most=max((change for change, _ in pairs), default=0.0),
            flips=sum(flipped for _, flipped in pairs),
            cases=len(pairs),
        )
        for claim, pairs in claims.items()
    )


def _verified(bundle: Bundle, cases: Sequence[GoldenCase], name: str, options: dict[str, Any]) -> Verified:
    try:
        runtime = open_runtime(bundle, **options)
    except (DeviceUnavailable, ExtraMissing) as error:
        return Verified(device=name, absent=str(error))
    return Verified(device=runtime.device, parities=compare(bundle, runtime, cases))


def _case(folder: Path, entry: dict[str, Any], crop: int) -> GoldenCase:
    path = folder / Path(entry["picture"]).name
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f"{path.name} is no picture")
    square = np.asarray(bgr[:, :, ::-1], np.uint8).copy()
    crops = np.stack([square[y : y + crop, x : x + crop] for x, y in entry["crops"]])
    return GoldenCase(name=path.stem, view=square[None], crops=crops, expected=entry["outputs"])


Change = tuple[float, bool]


def _damaged(bundle: Bundle, expected: dict[str, list[float]], outputs: Outputs) -> Change:
    claimed = [index for index, kind in enumerate(bundle.card.kinds) if kind in bundle.card.claimed]
    columns = claimed or list(range(len(bundle.card.kinds)))
    then = max(expected["damage"][column] for column in columns)
    return _change(bundle.calibrations.damaged, then, float(outputs.damage[0, columns].max()))


def _recaptured(bundle: Bundle, expected: dict[str, list[float]], outputs: Outputs) -> Change:
    then = float(np.mean(expected["recaptured"]))
    return _change(bundle.calibrations.recaptured, then, float(outputs.recaptured.mean()))


def _change(calibration: Calibration | None, then: float, now: float) -> Change:
    """A flip is another conformal set: an answer settled then and open now counts too."""
    reads = calibration or _PLAIN
    before, after = reads.probability(then), reads.probability(now)
    return abs(after - before), reads.answers(before) != reads.answers(after)


def _category(expected: dict[str, list[float]], outputs: Outputs) -> Change:
    then, now = np.asarray(expected["category"], np.float64), outputs.category[0].astype(np.float64)
    change = np.abs(_softmax(then) - _softmax(now)).max()
    return float(change), bool(then.argmax() != now.argmax())


def _softmax(logits: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    chances = np.exp(logits - logits.max())
    return np.asarray(chances / chances.sum())


def lines(verified: Sequence[Verified]) -> Iterator[str]:
    """One a runtime and claim, for a terminal."""
    for one in verified:
        if one.absent:
            yield f"{one.device}: not here. {one.absent}"
        for parity in one.parities:
            changed = f"{parity.flips} of {parity.cases} flipped"
            yield f"{one.device}: {parity.claim} {parity.most:.3f} at most, {changed}"
