"""The category head tells apart as many classes as there are, one and two of them too."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

import torch

from training.features import Row, Views
from training.heads import category
from training.trunk import USUAL

NAMES = ("boots", "hats", "scarves", "never seen")


def views(classes: int) -> Views:
    """Forty photos a class, each with features of its own; half train, half calibrate."""
    rng = np.random.default_rng(4)
    truth = np.tile(np.arange(classes), 40)
    pooled = rng.normal(0, 0.3, (len(truth), USUAL.pooled))
    pooled += np.arange(USUAL.pooled) % classes == truth[:, None]
    rows = tuple(
        Row(
            source="clothing", split="train" if i % 2 else "calibrate", sort="clean", group=str(i), label="",
            category=NAMES[kind], file=str(i),
        )
        for i, kind in enumerate(np.repeat(truth[:classes], 40))
    )  # fmt: skip
    order = np.argsort(truth, kind="stable")
    return Views(
        rows=rows, arrays={"pooled": pooled[order].astype(np.float16)}, cells=np.zeros((0, 1, 1), np.uint8)
    )


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_each_class_is_told_and_one_never_seen_is_never_answered(classes: int) -> None:
    head, seen = torch.nn.Linear(USUAL.pooled, len(NAMES)), views(classes)
    category.fit(head, seen, NAMES)
    with torch.inference_mode():
        said = head(torch.from_numpy(seen.pooled)).argmax(1).numpy()
    truth = [NAMES.index(row.category) for row in seen.rows]
    assert (said == truth).mean() > 0.95
