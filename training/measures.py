"""Figures of merit, as plain functions of scores and truths."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating]
Truths = NDArray[np.bool_]


def auroc(scores: Scores, truths: Truths) -> float:
    """The chance that a true one scores above a false one; ties count half. NaN if one side is empty."""
    yes, no = scores[truths], scores[~truths]
    if not len(yes) or not len(no):
        return float("nan")
    ordered = np.sort(no)
    below = np.searchsorted(ordered, yes, "left") + np.searchsorted(ordered, yes, "right")
    return float(below.mean() / (2 * len(no)))


def recall_at(scores: Scores, truths: Truths, false_alarms: float = 0.05) -> float:
    """The share of true ones above the threshold that so many of the false ones pass."""
    return float((scores[truths] > np.quantile(scores[~truths], 1 - false_alarms)).mean())


def calibration_error(probabilities: Scores, truths: Truths, bins: int = 10, *, even: bool = False) -> float:
    """ECE over bins of equal count: the mean gap between what was said and what was.

    `even` weighs yes and no the same, as calibration does, whatever the mix of these photos.
    """
    weights = np.ones(len(truths))
    if even and truths.any() and not truths.all():
        weights = np.where(truths, 0.5 / truths.mean(), 0.5 / (1 - truths.mean()))
    order = np.argsort(probabilities)
    gaps = [
        abs((weights[part] * (probabilities[part] - truths[part])).sum())
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / weights.sum())


def logistic(x: Scores) -> Scores:
    """Without overflow."""
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
