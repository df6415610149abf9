"""A card's figures while it is made, from the heads; a released bundle is judged through serving."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from inspection.verdict.confidence import Calibration
from inspection.vision.calibrations import HowBad
from training.calibrate import claim_of, claimed_score, damaged_scores, recaptured_scores, severity_scores
from training.features import Crops, Views
from training.heads.category import category_of
from training.measures import (
    Scores,
    Truths,
    auroc,
    calibration_error,
    logistic,
    quadratic_kappa,
    recall_at,
)
from training.network import Network
from training.pairs import Pair
from training.recipe import Recipe
from training.scenes import KINDS

Figures = dict[str, float | int | str | Mapping[str, float]]


def damaged(network: Network, views: Views, calibration: Calibration, recipe: Recipe) -> dict[str, Figures]:
    """Held-out synthesis by kind, and clean held-out photos called damaged."""
    rows = views.where(lambda row: row.split == "test")
    logits = damaged_scores(network, views, rows)
    kind = np.array([views.rows[i].kind for i in rows])
    clean = kind < 0
    per_kind = {
        name.value: auroc(
            claimed_or_own(logits, k, recipe)[clean | (kind == k)], kind[clean | (kind == k)] == k
        )
        for k, name in enumerate(KINDS)
    }
    asked = clean | np.isin(kind, [k for k, name in enumerate(KINDS) if name.value in recipe.claimed])
    scores, truths = claimed_score(logits, recipe)[asked], ~clean[asked]
    said = logistic(calibration.slope * claimed_score(logits, recipe) + calibration.intercept)
    alarms = {}
    for source in recipe.sources:
        untouched = np.array([views.rows[i].source == source and views.rows[i].sort == "clean" for i in rows])
        alarms[source] = float((said[untouched] > calibration.no_to).mean())
    return {
        "damaged_synthesis": {
            "on": "held-out groups, damage synthesized; each kind against clean photos and lookalikes",
            "n": len(rows),
            "auroc_by_kind": per_kind,
            **_claim(scores, truths, calibration),
        },
        "clean_called_damaged": {
            "on": "held-out clean real photos whose only open answer is yes",
            "share": float(np.mean(list(alarms.values()))),
            "by_source": alarms,
        },
    }


def severity(
    network: Network, views: Views, calibrations: Mapping[str, Calibration], recipe: Recipe
) -> dict[str, Figures]:
    """How bad held-out synthesized damage is said to be: the likeliest severity, and the one claimed."""
    scores, true = severity_scores(network, views, recipe, "test")
    how_bad = HowBad(**calibrations)
    chances = [how_bad.chances(float(a), float(b)) for a, b in scores]
    likeliest = np.array([max(one, key=one.__getitem__) for one in chances], int)
    sure = np.array([max(one.values()) for one in chances])
    said = np.array([how_bad.claim(one) is not None for one in chances])
    return {
        "severity": {
            "on": "held-out groups, damage of the claimed kinds synthesized, wherever it was seen",
            "n": len(true),
            "quadratic_kappa": quadratic_kappa(true, likeliest),
            "exact": float((likeliest == true).mean()),
            "ece": calibration_error(sure, likeliest == true),
            "claimed": float(said.mean()),
            "claimed_wrong": float((likeliest != true)[said].mean()) if said.any() else 0.0,
        }
    }


def claimed_or_own(logits: Scores, kind: int, recipe: Recipe) -> Scores:
    """A claimed kind is judged by the claim's score, another by its own map."""
    return claimed_score(logits, recipe) if KINDS[kind].value in recipe.claimed else logits[:, kind]


def really_damaged(
    network: Network, real: Views, calibration: Calibration, recipe: Recipe
) -> dict[str, Figures]:
    """Real cookies and parcels, which trained nothing."""
    rows = np.arange(len(real.rows))
    scores = claimed_score(damaged_scores(network, real, rows), recipe)
    truths = np.array([row.label == "damaged" for row in real.rows])
    figures: dict[str, Figures] = {}
    for category in ("cookie", "parcel"):
        these = np.array([row.category == category for row in real.rows])
        figures[f"damaged_{category}"] = {
            "on": f"real {category}s, data set damage, no reference; claimed kinds were chosen here",
            "n": int(these.sum()),
            **_claim(scores[these], truths[these], calibration),
        }
    return figures


def recaptured(
    network: Network, simulated: Crops, real: Crops | None, calibration: Calibration
) -> dict[str, Figures]:
    """Held-out simulation; then real photos, person by person, screens and prints apart."""
    scores, truths = recaptured_scores(network, simulated)
    test = np.array([row.split == "test" for row in simulated.rows])
    figures: dict[str, Figures] = {
        "recaptured_simulation": {"n": int(test.sum()), **_claim(scores[test], truths[test], calibration)}
    }
    if real is None:
        return figures
    scores, truths = recaptured_scores(network, real)
    printed = np.array([row.label == "recaptured_print" for row in real.rows])
    person = np.array([row.group for row in real.rows])
    screens = per_person(scores[~printed], truths[~printed], person[~printed])
    figures["recaptured_real"] = {
        "on": "data set recapture, ten people who trained nothing; designs were compared on these photos",
        "n": int((~printed).sum()),
        "mean_auroc": float(np.mean(list(screens.values()))),
        "worst_auroc": min(screens.values()),
        "auroc_by_person": screens,
        **_claim(scores[~printed], truths[~printed], calibration),
    }
    if printed.any():
        prints = printed | ~truths
        figures["recaptured_print"] = {
            "n": int(printed.sum()),
            "auroc": auroc(scores[prints], truths[prints]),
        }
    return figures


def per_person(scores: Scores, truths: Truths, person: NDArray[np.str_]) -> dict[str, float]:
    """AUROC person by person, named by order so that no name leaves the data set."""
    names = sorted(set(person.tolist()))
    return {
        f"person_{i:02}": auroc(scores[person == name], truths[person == name])
        for i, name in enumerate(names, 1)
    }


def category(network: Network, views: Views, names: Sequence[str]) -> dict[str, Figures]:
    """Share of right answers on people never trained on."""
    rows = views.where(lambda row: row.split == "test" and row.sort == "clean")
    truths = np.array([names.index(category_of(views.rows[i])) for i in rows])
    with torch.inference_mode():
        said = torch.softmax(network.category(torch.from_numpy(views.pooled[rows])), 1).numpy()
    right = said.argmax(1) == truths
    by_source: dict[str, list[bool]] = defaultdict(list)
    for i, ok in zip(rows, right, strict=True):
        by_source[views.rows[i].source].append(bool(ok))
    return {
        "category": {
            "on": "held-out groups",
            "n": len(rows),
            "accuracy": {source: float(np.mean(oks)) for source, oks in by_source.items()},
            "ece": calibration_error(said.max(1), right),
        }
    }


def retrieval(network: Network, views: Views) -> dict[str, Figures]:
    """A package in the hand to its catalogue picture, among all; no package trained the embedding."""
    rows = views.where(lambda row: row.source == "grocery" and row.sort == "clean")
    with torch.inference_mode():
        e = network.embedding(torch.from_numpy(views.pooled[rows])).numpy()
    product = np.array([views.rows[i].category.removeprefix("Packages/") for i in rows])
    stock = np.array([views.rows[i].label == "stock_photo" for i in rows])
    likeness = e[~stock] @ e[stock].T
    same = product[~stock][:, None] == product[stock][None]
    asked = same.any(1)
    best = np.argsort(-likeness[asked], 1)
    hits = np.take_along_axis(same[asked], best, 1)
    return {
        "right_item_embedding": {
            "on": "grocery, phone photo to catalogue picture, products never trained on; embedding alone",
            "n": int(asked.sum()),
            "catalogue": int(stock.sum()),
            "recall_at_1": float(hits[:, 0].mean()),
            "recall_at_5": float(hits[:, :5].any(1).mean()),
            "auroc": auroc(likeness[asked].ravel(), same[asked].ravel()),
        }
    }


def with_references(
    pairs: Mapping[str, Sequence[Pair]], calibrations: Mapping[str, Calibration]
) -> dict[str, Figures]:
    """What comparison with photos of the undamaged item is worth, on items that calibrated nothing."""
    tables: list[tuple[str, Literal["damage", "match"], str]] = [
        ("same_set_up", "damage", "held-out photos gently re-posed and relit, damage synthesized"),
        ("other_photos", "damage", "packages, three other photos of the product, damage synthesized"),
        ("cookies_1", "damage", "real cookies, one reference, same set-up"),
        ("cookies_3", "damage", "real cookies, three references, same set-up"),
        ("products", "match", "packages, one reference (phone or catalogue), held-out products"),
    ]
    figures: dict[str, Figures] = {}
    for name, claim, on in tables:
        test = [pair for pair in pairs[name] if pair.test]
        if test:
            scores, truths = claim_of(test, claim)
            calibration = calibrations["damaged_by_references" if claim == "damage" else "same_item"]
            figures[f"references_{name}"] = {"on": on, "n": len(test), **_claim(scores, truths, calibration)}
    return figures


def _claim(scores: Scores, truths: Truths, calibration: Calibration) -> dict[str, float]:
    """The figures that every yes-or-no claim has; coverage is per class, the promise is 1 - error_rate."""
    said = logistic(calibration.slope * scores + calibration.intercept)
    yes, no = said >= calibration.yes_from, said <= calibration.no_to
    return {
        "auroc": auroc(scores, truths),
        "recall_at_5_percent_false_alarms": recall_at(scores, truths),
        "ece_at_even_odds": calibration_error(said, truths, even=True),
        "yes_covered": float(yes[truths].mean()),
        "no_covered": float(no[~truths].mean()),
        "settled": float((yes != no).mean()),
    }
