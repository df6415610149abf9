"""What the item is, as one direction: the top features about those of the usual photo."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from training.features import Views
from training.trunk import USUAL


class Embedding(nn.Module):
    """How the top features depart from the usual photo's."""

    def __init__(self, top: int = USUAL.top) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(top))

    def forward(self, pooled: Tensor) -> Tensor:
        """(n, top), unit length."""
        usual = self.get_buffer("usual")
        return F.normalize(pooled[:, : len(usual)] - usual, dim=1)


def fit(head: Embedding, views: Views) -> None:
    """The top features about their mean. Whitening and PCA of so few photos found the item less often.

    Packages are left out: products never trained on are what it is judged by.
    """
    chosen = views.where(lambda row: row.split == "train" and row.source != "grocery")
    usual = head.get_buffer("usual")
    usual.copy_(torch.from_numpy(views.pooled[chosen, : len(usual)].mean(0)))
