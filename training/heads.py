"""Fitting the heads on cached features: minutes on a CPU, because the trunk never changes."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.features import Crops, Row, Views
from training.network import DamageHead, Network, Standardise
from training.recipe import Recipe

Floats = NDArray[np.floating]
PACKAGED = "packaged goods"
BATCH = 48


def fit_damage(network: Network, views: Views, recipe: Recipe) -> None:
    """Cells learn where, the pooled logit learns whether; both from the same maps."""
    head, train = network.damage, views.where(lambda row: row.split == "train")
    sample = np.sort(np.random.default_rng(recipe.seed).permutation(train)[:400])
    for scale, level in zip(head.scales, views.levels(sample)[:3], strict=True):
        _standardise(scale, level)
    steps = recipe.damage_epochs * (len(train) // BATCH)
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.damage_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.damage_rate, total_steps=steps)
    head.train()
    for indices in track(_batches(train, steps, recipe.seed), description="damage head", total=steps):
        optimiser.zero_grad(set_to_none=True)
        loss = damage_loss(head(views.levels(indices)), *_truth(views, indices))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    head.eval()


def damage_loss(maps: Tensor, cells: Tensor, kinds: Tensor) -> Tensor:
    """Maps (n, kinds, rows, columns); cells (n, rows, columns) in [0, 1]; kinds (n,), -1 for none.

    Cells that a defect only grazes teach nothing. Other kinds on a damaged picture count little:
    a tear is not wrong about a hole.
    """
    wanted = F.one_hot(kinds + 1, maps.shape[1] + 1)[:, 1:].float()  # (n, kinds)
    truth = wanted[:, :, None, None] * (cells > 0.15).float()[:, None]
    grazed = ((cells > 0) & (cells <= 0.15))[:, None] & (wanted[:, :, None, None] > 0)
    other = (kinds >= 0)[:, None] & (wanted == 0)
    trust = torch.where(other, 0.3, 1.0)
    a_cell = F.binary_cross_entropy_with_logits(maps, truth, pos_weight=torch.tensor(6.0), reduction="none")
    where = (a_cell * trust[:, :, None, None] * ~grazed).mean() * 8
    pooled = DamageHead.pool(maps)
    whether = (F.binary_cross_entropy_with_logits(pooled, wanted, reduction="none") * trust).mean() * 4
    damaged = F.binary_cross_entropy_with_logits(pooled.max(1).values, (kinds >= 0).float())
    return where + whether + damaged


def fit_capture(network: Network, captures: Crops, recipe: Recipe) -> None:
    """First-hand or a screen, on simulated photos; small, and regularised hard."""
    head = network.capture
    train = np.array([captures.rows[photo].split == "train" for photo in captures.photo])
    x = torch.from_numpy(captures.statistics[train])
    y = torch.from_numpy(is_screen(captures)[train]).float()
    _standardise(head.scale, x)
    generator = torch.Generator().manual_seed(recipe.seed)
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.capture_rate, weight_decay=0.1)
    head.train()
    for _ in track(range(recipe.capture_epochs), description="capture head"):
        for indices in torch.randperm(len(x), generator=generator).split(128):  # type: ignore[no-untyped-call]
            optimiser.zero_grad(set_to_none=True)
            loss = F.binary_cross_entropy_with_logits(head(x[indices]), y[indices])
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    head.eval()


def fit_category(network: Network, views: Views, names: tuple[str, ...]) -> None:
    """Linear, with the temperature of held-out groups folded into its weights."""
    pooled = views.pooled
    truth = np.array([names.index(category_of(row)) for row in views.rows])
    train = views.where(lambda row: row.split == "train")
    mean, deviation = pooled[train].mean(0), pooled[train].std(0) + 1e-3
    model = LogisticRegression(C=3e-3, max_iter=300)
    model.fit((pooled[train] - mean) / deviation, truth[train])
    weight = np.zeros((len(names), pooled.shape[1]))
    bias = np.full(len(names), -20.0)  # a class never seen is never answered
    weight[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
    _set_linear(network.category, weight / deviation, bias - (weight / deviation) @ mean)
    held_out = views.where(lambda row: row.split == "calibrate" and row.sort == "clean")
    scale = _inverse_temperature(network.category, pooled[held_out], truth[held_out])
    network.category.weight.data *= scale
    network.category.bias.data *= scale


def fit_embedding(network: Network, views: Views) -> None:
    """The top features about their mean. Whitening and PCA of so few photos found the item less often.

    Packages are left out: products never trained on are what it is judged by.
    """
    chosen = views.where(lambda row: row.split == "train" and row.source != "grocery")
    usual = network.get_buffer("usual")
    usual.copy_(torch.from_numpy(views.pooled[chosen, : len(usual)].mean(0)))


def fit_strangeness(network: Network, views: Views) -> None:
    """Principal directions of clean training photos, each scaled to unit deviation."""
    x = views.pooled[views.where(lambda row: row.split == "train" and row.sort == "clean")]
    mean = x.mean(0)
    directions = network.strangeness.whiten.out_features
    _, singular, vectors = np.linalg.svd(x - mean, full_matrices=False)
    deviation = singular[:directions] / np.sqrt(len(x) - 1)
    weight = vectors[:directions] / deviation[:, None]
    _set_linear(network.strangeness.whiten, weight, -weight @ mean)


def category_of(row: Row) -> str:
    """The class a photo belongs to: a garment's, shoes, or packaged goods."""
    return {"sneakers": "shoes", "grocery": PACKAGED}.get(row.source, row.category)


def is_screen(captures: Crops) -> NDArray[np.bool_]:
    """Per crop, whether it shows a screen."""
    screen = np.array([row.sort == "screen" or row.label.startswith("recaptured") for row in captures.rows])
    return screen[captures.photo]


def _truth(views: Views, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    kinds = torch.tensor([views.rows[i].kind for i in indices])
    return torch.from_numpy(views.cells[indices]).float() / 255, kinds


def _batches(rows: NDArray[np.int64], steps: int, seed: int) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    while True:
        for start in range(0, len(rows) - BATCH + 1, BATCH):
            if start == 0:
                shuffled = rng.permutation(rows)
            if steps == 0:
                return
            steps -= 1
            yield np.sort(shuffled[start : start + BATCH])  # sorted: the cache is read forwards


def _standardise(scale: nn.Module, x: Tensor) -> None:
    """Set from a sample (n, channels, ...)."""
    if not isinstance(scale, Standardise):
        raise TypeError(f"not a Standardise: {scale}")
    over = [axis for axis in range(x.dim()) if axis != 1]
    mean = scale.get_buffer("mean")
    mean.copy_(x.mean(over).reshape(mean.shape))
    scale.get_buffer("scale").copy_(x.std(over).clamp(min=1e-3).reshape(mean.shape))


def _set_linear(linear: nn.Linear, weight: Floats, bias: Floats) -> None:
    linear.weight.data.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
    linear.bias.data.copy_(torch.from_numpy(np.ascontiguousarray(bias)))


def _inverse_temperature(linear: nn.Linear, x: Floats, truth: NDArray[np.int64]) -> float:
    """What to multiply logits by so that they lose least on held-out groups (Guo 2017)."""
    with torch.inference_mode():
        logits = linear(torch.from_numpy(x))
    candidates = np.geomspace(0.2, 5, 60)
    losses = [float(F.cross_entropy(logits * scale, torch.from_numpy(truth))) for scale in candidates]
    return float(candidates[int(np.argmin(losses))])
