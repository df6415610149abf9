"""What sort of thing a photo shows: one linear layer, its temperature folded into the weights."""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.features import Row, Views
from training.heads.linear import Floats, set_linear

PACKAGED = "packaged goods"


def fit(head: nn.Linear, views: Views, names: tuple[str, ...]) -> None:
    """Linear, with the temperature of held-out groups folded into its weights."""
    pooled = views.pooled
    truth = np.array([names.index(category_of(row)) for row in views.rows])
    train = views.where(lambda row: row.split == "train")
    mean, deviation = pooled[train].mean(0), pooled[train].std(0) + 1e-3
    weight = np.zeros((len(names), pooled.shape[1]))
    bias = np.full(len(names), -20.0)  # a class never seen is never answered
    seen, found, offset = _separated((pooled[train] - mean) / deviation, truth[train])
    weight[seen], bias[seen] = found, offset
    set_linear(head, weight / deviation, bias - (weight / deviation) @ mean)
    held_out = views.where(lambda row: row.split == "calibrate" and row.sort == "clean")
    scale = _inverse_temperature(head, pooled[held_out], truth[held_out])
    head.weight.data *= scale
    head.bias.data *= scale


def _separated(x: Floats, truth: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """The classes there are, and a row of weights and an offset for each."""
    seen = np.unique(truth)
    if len(seen) == 1:
        return seen, np.zeros((1, x.shape[1])), np.zeros(1)
    model = LogisticRegression(C=3e-3, max_iter=300).fit(x, truth)
    if len(seen) == 2:  # scikit-learn keeps the second one's row only: the first has logit 0
        return seen, np.vstack([0 * model.coef_, model.coef_]), np.append(0.0, model.intercept_)
    return seen, model.coef_, model.intercept_


def category_of(row: Row) -> str:
    """The class a photo belongs to: a garment's, shoes, or packaged goods."""
    return {"sneakers": "shoes", "grocery": PACKAGED}.get(row.source, row.category)


def _inverse_temperature(linear: nn.Linear, x: Floats, truth: NDArray[np.int64]) -> float:
    """What to multiply logits by so that they lose least on held-out groups (Guo 2017)."""
    with torch.inference_mode():
        logits = linear(torch.from_numpy(x))
    candidates = np.geomspace(0.2, 5, 60)
    losses = [float(F.cross_entropy(logits * scale, torch.from_numpy(truth))) for scale in candidates]
    return float(candidates[int(np.argmin(losses))])
