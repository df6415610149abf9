"""How far one run of the golden cases is from what was released, claim by claim."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspection.verdict.confidence import Calibration
from inspection.vision.bundle import Bundle
from inspection.vision.calibrations import HowBad
from inspection.vision.damage import probabilities
from inspection.vision.golden import GoldenCase
from inspection.vision.runtime import Outputs

_PLAIN = Calibration(slope=1, intercept=0, yes_from=0.5, no_to=0.5, error_rate=0.05)

Change = tuple[float, bool]
"""How far, and whether the answer is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """One claim on one runtime: the largest change over the cases, and how many answers changed.

    `most` is of a probability; of an embedding and of patches it is 1 − cosine, near enough.
    """

    claim: str
    most: float
    flips: int
    cases: int
    allowed: float

    @property
    def holds(self) -> bool:
        """No answer flipped and no number moved too far; a number that is none has."""
        return not self.flips and self.most <= self.allowed


def compare(
    bundle: Bundle,
    cases: Sequence[GoldenCase],
    said: Sequence[Outputs],
    *,
    allowed: float,
    exact: Sequence[Outputs] | None = None,
) -> tuple[Parity, ...]:
    """Claim by claim; `exact` is what fp32 on the CPU says of the same cases."""
    claims = {
        "damaged": [_damaged(bundle, *pair) for pair in zip(cases, said, strict=True)],
        "recaptured": [_recaptured(bundle, *pair) for pair in zip(cases, said, strict=True)],
        "category": [_category(*pair) for pair in zip(cases, said, strict=True)],
    }
    if bundle.calibrations.severity is not None and all("severity" in case.expected for case in cases):
        how_bad = bundle.calibrations.severity
        claims["severity"] = [_severity(bundle, how_bad, *pair) for pair in zip(cases, said, strict=True)]
    if exact is None:
        claims["embedding"] = [_digest(*pair) for pair in zip(cases, said, strict=True)]
    else:
        pairs = list(zip(exact, said, strict=True))
        claims["embedding"] = [_turned(one.embedding, other.embedding) for one, other in pairs]
        claims["patches"] = [_turned(one.patches, other.patches) for one, other in pairs]
        claims["damage_map"] = [_map(bundle, one, other) for one, other in pairs]
    return tuple(_parity(claim, changes, allowed) for claim, changes in claims.items())


def _parity(claim: str, changes: Sequence[Change], allowed: float) -> Parity:
    most = float(np.max([change for change, _ in changes]))  # a NaN among them stays one
    flips = sum(flipped for _, flipped in changes)
    return Parity(claim=claim, most=most, flips=flips, cases=len(changes), allowed=allowed)


def _damaged(bundle: Bundle, case: GoldenCase, outputs: Outputs) -> Change:
    claimed = [index for index, kind in enumerate(bundle.card.kinds) if kind in bundle.card.claimed]
    columns = claimed or list(range(len(bundle.card.kinds)))
    then = max(case.expected["damage"][column] for column in columns)
    return _change(bundle.calibrations.damaged, then, float(outputs.damage[0, columns].max()))


def _recaptured(bundle: Bundle, case: GoldenCase, outputs: Outputs) -> Change:
    then = float(np.mean(case.expected["recaptured"]))
    return _change(bundle.calibrations.recaptured, then, float(outputs.recaptured.mean()))


def _severity(bundle: Bundle, how_bad: HowBad, case: GoldenCase, outputs: Outputs) -> Change:
    """Of the claimed kinds, where the change is largest; a severity claimed then and not now is a flip."""
    claimed = [index for index, kind in enumerate(bundle.card.kinds) if kind in bundle.card.claimed]
    if outputs.severity is None or not claimed:
        return 0.0, False
    then = np.asarray(case.expected["severity"]).reshape(-1, 2)[claimed].tolist()
    now = outputs.severity[0, claimed].astype(np.float64).tolist()
    pairs = [(how_bad.chances(*a), how_bad.chances(*b)) for a, b in zip(then, now, strict=True)]
    moved = max(abs(before[one] - after[one]) for before, after in pairs for one in before)
    return moved, any(how_bad.claim(before) != how_bad.claim(after) for before, after in pairs)


def _change(calibration: Calibration | None, then: float, now: float) -> Change:
    """A flip is another conformal set: an answer settled then and open now counts too."""
    reads = calibration or _PLAIN
    before, after = reads.probability(then), reads.probability(now)
    return abs(after - before), reads.answers(before) != reads.answers(after)


def _category(case: GoldenCase, outputs: Outputs) -> Change:
    then, now = np.asarray(case.expected["category"]), outputs.category[0].astype(np.float64)
    if not then.size:
        return 0.0, False
    change = np.abs(_softmax(then) - _softmax(now)).max()
    return float(change), bool(then.argmax() != now.argmax())


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    chances = np.exp(logits - logits.max())
    return np.asarray(chances / chances.sum())


def _digest(case: GoldenCase, outputs: Outputs) -> Change:
    """The first numbers of the embedding, where the release kept them."""
    kept = np.asarray(case.expected.get("embedding", ()))
    return float(np.abs(outputs.embedding[0, : kept.size] - kept).max(initial=0)), False


def _turned(one: NDArray[np.float32], other: NDArray[np.float32]) -> Change:
    """Half the squared distance of the vectors in the last axis, by length; 1 in 100 exceeds it.

    Of vectors of one length that is 1 − cosine, and comparison with references reads lengths too.
    """
    a, b = one.astype(np.float64), other.astype(np.float64)
    apart = ((a - b) ** 2).sum(-1) / np.maximum(2 * (a**2).sum(-1), 1e-12)
    return float(np.percentile(apart, 99)), False


def _map(bundle: Bundle, one: Outputs, other: Outputs) -> Change:
    """Of the probability of a cell, where 1 cell in 100 exceeds it."""
    reads = bundle.calibrations.damaged or _PLAIN
    change = np.abs(probabilities(one.damage_map, reads) - probabilities(other.damage_map, reads))
    return float(np.percentile(change, 99)), False
