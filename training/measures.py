"""Figures of merit, as plain functions of scores and truths."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

Scores = NDArray[np.floating]
Truths = NDArray[np.bool_]
Rows = NDArray[np.integer]
Groups = NDArray[np.str_]


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


def calibration_error(
    probabilities: Scores, truths: Truths, bins: int = 10, *, even: bool = False, prior: float | None = None
) -> float:
    """ECE over bins of equal count: the mean gap between what was said and what was.

    `even` weighs yes and no the same, as calibration does, whatever the mix of these photos; `prior` weighs
    them as if yes were that common. Of few photos it is never 0: `least_calibration_error` says how far.
    """
    weights, share = np.ones(len(truths)), 0.5 if even else prior
    if share is not None and truths.any() and not truths.all():
        weights = np.where(truths, share / truths.mean(), (1 - share) / (1 - truths.mean()))
    order = np.argsort(probabilities)
    gaps = [
        abs((weights[part] * (probabilities[part] - truths[part])).sum())
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / weights.sum())


def least_calibration_error(
    probabilities: Scores, truths: Truths, bins: int = 10, *, even: bool = False, rounds: int = 50
) -> float:
    """The ECE that so many photos show on average when every probability is exactly right.

    With `even` the probabilities are stated at even odds, and yes is drawn as common as it is here.
    """
    odds = truths.mean() / max(1 - truths.mean(), 1e-9) if even else 1.0
    chances = probabilities * odds / (probabilities * odds + 1 - probabilities + 1e-12)
    rng = np.random.default_rng(0)
    drawn = [rng.random(len(chances)) < chances for _ in range(rounds)]
    return float(np.mean([calibration_error(probabilities, said, bins, even=even) for said in drawn]))


def logistic(x: Scores) -> Scores:
    """Without overflow."""
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))


def binomial_bounds(hits: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The shares that so many hits of `n` leave possible (Clopper and Pearson 1934); `n` 0 leaves all.

    Neither need be whole: of weighted cases, `n` is how many unweighted ones they are worth.
    """
    outside = (1 - confidence) / 2
    low = float(beta.ppf(outside, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - outside, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def bootstrap(
    figure: Callable[[Rows], float],
    groups: Groups,
    *,
    rounds: int = 300,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Between which values a figure lies when whole groups are drawn anew (percentile, Efron 1979).

    `figure` takes the rows drawn, groups drawn twice being in it twice: photos of one person or item are no
    independent evidence. Draws without a figure (NaN) don't count; NaN twice if none has one.
    """
    names, of = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(of == i) for i in range(len(names))]
    rng = np.random.default_rng(seed)
    drawn = [
        figure(np.concatenate([members[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(rounds if len(names) > 1 else 0)
    ]
    found = [value for value in drawn if not np.isnan(value)]
    if not found:
        return float("nan"), float("nan")
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def quadratic_kappa(one: Rows, other: Rows, grades: int = 5) -> float:
    """Agreement of two gradings from 1 to `grades` beyond chance, a gap weighing its square (Cohen 1968).

    1 is full agreement, 0 what chance gives, NaN where both only ever gave one same grade.
    """
    seen = np.zeros((grades, grades))
    np.add.at(seen, (one - 1, other - 1), 1)
    by_chance = np.outer(seen.sum(1), seen.sum(0)) / max(seen.sum(), 1)
    apart = (np.arange(grades)[:, None] - np.arange(grades)) ** 2
    expected = float((apart * by_chance).sum())
    return 1 - float((apart * seen).sum()) / expected if expected else float("nan")


def risk_coverage(chances: Scores, wrong: Truths, weights: Scores | None = None) -> tuple[Scores, Scores]:
    """(coverage, risk) as more and more is accepted, the surest first: El-Yaniv and Wiener 2010.

    `chances` are of being wrong; cases of one chance are accepted together, infinite ones never.
    """
    shares = np.ones(len(chances)) if weights is None else weights
    order = np.argsort(chances, kind="stable")
    accepted, lost = np.cumsum(shares[order]), np.cumsum((shares * wrong)[order])
    last = np.append(np.diff(chances[order]) > 0, True) & np.isfinite(chances[order])
    return accepted[last] / shares.sum(), lost[last] / accepted[last]
