"""Held-out scores, and the figures of a specialist's card: honest ones first, flattering ones named so."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inspection.verdict.confidence import Calibration
from training.data import Example
from training.measures import Scores, Truths, auroc, calibration_error, logistic
from training.release import Value
from training.specialist.groups import folds
from training.specialist.head import Statistics, fit_linear, fit_strangeness


def held_out(
    statistics: Statistics,
    genuine: Truths,
    *,
    fold: NDArray[np.int64],
    shrinkage: float,
) -> tuple[Scores, Scores]:
    """Every photo's logit and strangeness, by a head that saw no photo of its fold."""
    scores, strange = np.zeros(len(genuine)), np.zeros(len(genuine))
    for one in np.unique(fold):
        test = fold == one
        scores[test] = fit_linear(statistics[~test], genuine[~test], shrinkage).scores(statistics[test])
        strange[test] = fit_strangeness(statistics[~test]).of(statistics[test])
    return scores, strange


def mean_auroc(
    statistics: Statistics,
    genuine: Truths,
    *,
    groups: NDArray[np.int64],
    strata: NDArray[np.int64],
    shrinkage: float,
) -> float:
    """Over three ways to fold: 500 photos move by 0.01 from one to the next."""
    found = [
        auroc(
            held_out(statistics, genuine, fold=folds(groups, strata, seed), shrinkage=shrinkage)[0], genuine
        )
        for seed in range(3)
    ]
    return float(np.mean(found))


def compared(
    ways: Mapping[str, NDArray[np.int64]],
    statistics: Statistics,
    behind: Statistics,
    *,
    truths: Truths,
    strata: NDArray[np.int64],
    shrinkage: float,
) -> dict[str, Value]:
    """AUROC by what may not be on both sides of a split, and what the backgrounds `behind` reach alone."""

    def of(read: Statistics, groups: NDArray[np.int64]) -> float:
        return mean_auroc(read, truths, groups=groups, strata=strata, shrinkage=shrinkage)

    return {
        "auroc_by_grouping": {way: of(statistics, groups) for way, groups in ways.items()},
        "background_only": {
            "on": "the same with the item greyed out, as far as it is found: what the background gives away",
            "auroc": of(behind, ways["listings"]),
        },
    }


def figures(
    scores: Scores, genuine: Truths, calibration: Calibration, examples: Sequence[Example]
) -> dict[str, Value]:
    """Of held-out scores, with the figure of each model beside the whole."""
    probabilities = logistic(calibration.slope * scores + calibration.intercept)
    answers = [calibration.answers(float(p)) for p in probabilities]
    kinds = np.array([example.category for example in examples])
    by_model: Mapping[str, Value] = {
        str(kind): auroc(scores[kinds == kind], genuine[kinds == kind]) for kind in np.unique(kinds)
    }
    return {
        "on": "listings the head did not see, five folds; copies, scenes and listings kept whole",
        "n": len(scores),
        "auroc": auroc(scores, genuine),
        "auroc_by_model": by_model,
        "ece_at_even_odds": calibration_error(probabilities, genuine, even=True),
        "genuine_that_raise_a_review": float(
            np.mean([a == {False} for a, g in zip(answers, genuine, strict=True) if g])
        ),
        "others_that_raise_a_review": float(
            np.mean([a == {False} for a, g in zip(answers, genuine, strict=True) if not g])
        ),
    }
