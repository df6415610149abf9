"""From raw scores to probabilities and conformal bounds, always on groups that no head was fitted on."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inspection.errors import SetupProblem
from inspection.verdict.confidence import Calibration
from training.features import Crops, Views
from training.heads import severity as severity_head
from training.heads.capture import is_screen
from training.measures import Scores, Truths, logistic
from training.network import Network
from training.pairs import Pair
from training.recipe import Recipe
from training.scenes import KINDS


class ScoreUseless(SetupProblem):
    """A score that falls where the truth rises: weights that learned nothing, as a rule."""

    def __init__(self, slope: float) -> None:
        super().__init__(f"A score says the opposite of the truth (slope {slope:.3g}); nothing was learned.")


def fit(
    scores: Scores, truths: Truths, *, error_rate: float, alarm_rate: float | None = None, softer: float = 1.0
) -> Calibration:
    """Platt scaling with yes and no weighing the same, then split-conformal bounds, class by class.

    `softer` > 1 divides the slope: for scores that are known to be surer on held-out simulation
    than on real photos. Raises `ScoreUseless`.
    """
    model = LogisticRegression(C=1e4, class_weight="balanced").fit(scores[:, None], truths)
    slope, intercept = float(model.coef_[0, 0]) / softer, float(model.intercept_[0]) / softer
    if slope <= 0:
        raise ScoreUseless(slope)
    return bounded(slope, intercept, scores, truths, error_rate=error_rate, alarm_rate=alarm_rate)


def bounded(
    slope: float,
    intercept: float,
    scores: Scores,
    truths: Truths,
    *,
    error_rate: float,
    alarm_rate: float | None = None,
) -> Calibration:
    """Bounds such that a new yes (or no) falls outside them with at most `error_rate` (Vovk 2012).

    `alarm_rate`, not above `error_rate`, is kept for the noes where a false yes is the worse mistake.
    """
    probabilities = logistic(slope * scores + intercept)
    yes, no = np.sort(probabilities[truths]), np.sort(probabilities[~truths])
    below = int(error_rate * (len(yes) + 1))
    above = int((error_rate if alarm_rate is None else alarm_rate) * (len(no) + 1))
    return Calibration(
        slope=slope,
        intercept=intercept,
        yes_from=float(yes[below - 1]) if below else 0.0,  # too few to rule anything out
        no_to=float(no[-above]) if above else 1.0,
        error_rate=error_rate,
    )


def damaged_scores(network: Network, views: Views, rows: NDArray[np.int64]) -> Scores:
    """(rows, kinds) logits."""
    with torch.inference_mode():
        parts = [
            network.damage.pool(network.damage(views.levels(rows[start : start + 64]))).numpy()
            for start in range(0, len(rows), 64)
        ]
    return np.concatenate(parts) if parts else np.zeros((0, len(KINDS)), np.float32)


def claimed_score(logits: Scores, recipe: Recipe) -> Scores:
    """What serving scores `damaged` by: the largest logit of the claimed kinds."""
    columns = [i for i, kind in enumerate(KINDS) if kind.value in recipe.claimed]
    best: Scores = logits[:, columns].max(1)
    return best


def damaged(network: Network, views: Views, recipe: Recipe) -> Calibration:
    """Clean photos and lookalikes against synthesized damage of the claimed kinds."""
    rows = views.where(
        lambda row: row.split == "calibrate" and (row.damage is None or row.damage.value in recipe.claimed)
    )
    truths = np.array([views.rows[i].damage is not None for i in rows])
    scores = claimed_score(damaged_scores(network, views, rows), recipe)
    return fit(scores, truths, error_rate=recipe.error_rate, alarm_rate=recipe.alarm_rate)


def severity_scores(
    network: Network, views: Views, recipe: Recipe, part: str
) -> tuple[Scores, NDArray[np.int64]]:
    """(n, 2) logits as serving reads them, at the likeliest claimed kind, and the true severities."""
    columns = [i for i, kind in enumerate(KINDS) if kind.value in recipe.claimed]
    rows = views.where(lambda row: row.split == part and row.severity > 0 and row.kind in columns)
    likeliest = np.array(columns)[damaged_scores(network, views, rows)[:, columns].argmax(1)]
    with torch.inference_mode():
        said = network.severity(severity_head.read(network.damage, views, rows)).numpy()
    return said[np.arange(len(rows)), likeliest], np.array([views.rows[i].severity for i in rows])


def severity(network: Network, views: Views, recipe: Recipe) -> dict[str, Calibration]:
    """Of defects of the claimed kinds: one curve for "marked or worse", one for "severe"."""
    scores, severities = severity_scores(network, views, recipe, "calibrate")
    truths = severity_head.at_least(severities)
    return {
        name: fit(scores[:, step], truths[:, step], error_rate=recipe.error_rate)
        for step, name in enumerate(("marked_or_worse", "severe"))
    }


def recaptured_scores(network: Network, crops: Crops, most: int = 3) -> tuple[Scores, Truths]:
    """One score a photo, the mean of its first crops, and whether it shows a screen or a print."""
    with torch.inference_mode():
        logits = network.capture(torch.from_numpy(crops.statistics)).numpy()
    truth = is_screen(crops)
    scores = [logits[crops.photo == i][:most].mean() for i in range(len(crops.rows))]
    return np.array(scores), np.array([truth[crops.photo == i][0] for i in range(len(crops.rows))])


def recaptured(network: Network, simulated: Crops, real: Crops | None, recipe: Recipe) -> Calibration:
    """The curve from held-out simulation, made softer by the recipe; the bounds from real photos.

    Real photos that may not train a weight may choose thresholds, and simulation errs on the
    confident side: without them the bounds are those of the simulation.
    """
    scores, truths = recaptured_scores(network, simulated)
    held_out = np.array([row.split == "calibrate" for row in simulated.rows])
    curve = fit(
        scores[held_out], truths[held_out], error_rate=recipe.error_rate, softer=recipe.capture_softer
    )
    if real is None:
        return curve
    screens = np.array([row.label != "recaptured_print" for row in real.rows])
    scores, truths = recaptured_scores(network, real)
    return bounded(
        curve.slope, curve.intercept, scores[screens], truths[screens], error_rate=recipe.error_rate
    )


def by_references(pairs: Sequence[Pair], claim: Literal["damage", "match"], recipe: Recipe) -> Calibration:
    """What comparison scored, on pairs of items that the test pairs don't share."""
    fitted = [pair for pair in pairs if not pair.test]
    scores, truths = claim_of(fitted, claim)
    alarms = recipe.alarm_rate if claim == "damage" else None
    return fit(scores, truths, error_rate=recipe.error_rate, alarm_rate=alarms)


def claim_of(pairs: Sequence[Pair], claim: Literal["damage", "match"]) -> tuple[Scores, Truths]:
    """A claim's scores and truths."""
    if claim == "damage":
        return np.array([pair.scores.damage for pair in pairs]), np.array([pair.damaged for pair in pairs])
    return np.array([pair.scores.match for pair in pairs]), np.array([pair.same for pair in pairs])


def strangeness(network: Network, views: Views) -> Mapping[str, float | list[float]]:
    """Quantiles on clean photos of held-out groups."""
    rows = views.where(lambda row: row.split == "calibrate" and row.sort == "clean")
    with torch.inference_mode():
        found = network.strangeness(torch.from_numpy(views.pooled[rows])).numpy()
    return {"quantiles": [float(q) for q in np.quantile(found, np.linspace(0, 1, 101))], "unsure_from": 0.99}
