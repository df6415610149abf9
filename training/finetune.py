"""Full fine-tuning: trunk and damage head end to end, on pictures rendered and augmented as they are shown.

    python -m training.finetune training/recipes/lite0-v2.toml 500
    torchrun --nproc_per_node=2 -m training.finetune training/recipes/lite0-v2.toml 500

On GPUs under bfloat16. The trunk's batch norms are folded into its convolutions, which are tuned as they are:
hence no batch statistics, a low rate and a clipped gradient. Killed, the same command goes on. What it
leaves, runs/NAME/stages/full.pt, is for study: `training.train` does not release it.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inspection.errors import InspectionError
from training import cache, engine
from training.augment import photo_like
from training.data import Split, trainable
from training.engine import Lesson, Stage, World, fingerprint
from training.heads.damage import DamageHead, damage_loss
from training.recipe import Recipe, read_recipe
from training.scenes import KINDS, Scene, view
from training.trunk import Trunk

BATCH = 32
RATE = 1e-4
HELD_OUT = 256  # pictures, spread over all


class Tuned(nn.Module):
    """What is tuned: views in, damage maps out."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk, self.damage = Trunk().requires_grad_(True), DamageHead(len(KINDS))

    def forward(self, views: Tensor) -> Tensor:
        """(n, side, side, 3) uint8 to (n, kinds, rows, columns) logits."""
        maps: Tensor = self.damage(self.trunk.views(views))
        return maps


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    if len(arguments) != 2 or not arguments[1].isdigit():
        print(__doc__)
        return 2
    try:
        recipe = read_recipe(Path(arguments[0]))
        scenes = cache.scenes_of_views(recipe, {source: trainable(source) for source in recipe.sources})
        with engine.joined() as world:
            tune(recipe, scenes, steps=int(arguments[1]), world=world)
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def tune(recipe: Recipe, scenes: Sequence[Scene], *, steps: int, world: World, batch: int = BATCH) -> Tuned:
    """The tuned network, the same in every process."""
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else "cpu"
    )
    torch.manual_seed(recipe.seed)
    module = Tuned().to(device)

    def loss(rows: NDArray[np.int64]) -> Tensor:
        shown = _shown([scenes[row] for row in rows], recipe, augmented=module.training)
        pixels, cells, kinds = (tensor.to(device) for tensor in shown)
        with torch.autocast(pixels.device.type, torch.bfloat16, enabled=pixels.is_cuda):
            maps = module(pixels)
        return damage_loss(maps.float(), cells, kinds)

    held_out = _of(scenes, Split.CALIBRATE)
    lesson = Lesson(
        module=module,
        loss=loss,
        train=_of(scenes, Split.TRAIN),
        held_out=held_out[:: max(1, len(held_out) // HELD_OUT)],
        batch=batch,
        clip=1.0,
        world=world,
    )
    optimiser = torch.optim.AdamW(module.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    engine.fit(lesson, _stage(recipe, scenes, steps, batch), optimiser, schedule)
    return module


def _stage(recipe: Recipe, scenes: Sequence[Scene], steps: int, batch: int) -> Stage:
    here = Path(__file__).parent
    told = [recipe.fingerprint("view_side"), str(steps), str(batch), *(str(scene) for scene in scenes)]
    code = [*here.glob("*.py"), *here.glob("heads/*.py"), *here.glob("synthesize/*.py")]
    return Stage(
        name="full", folder=recipe.folder, fingerprint=fingerprint(told, code), steps=steps, seed=recipe.seed
    )


def _shown(scenes: Sequence[Scene], recipe: Recipe, *, augmented: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels, damaged shares in [0, 1], kinds. Augmentation draws from torch's generator, seeded a step."""
    made = [view(scene, recipe.view_side, recipe.seed) for scene in scenes]
    if augmented:
        seeds = torch.randint(2**31, (len(made),)).tolist()
        made = [(*photo_like(p, c, seed), kind) for (p, c, kind), seed in zip(made, seeds, strict=True)]
    pixels, cells, kinds = zip(*made, strict=True)
    return (
        torch.from_numpy(np.stack(pixels)),
        torch.from_numpy(np.stack(cells)).float() / 255,
        torch.tensor(kinds),
    )


def _of(scenes: Sequence[Scene], part: Split) -> NDArray[np.int64]:
    return np.array([i for i, scene in enumerate(scenes) if scene.split == part], np.int64)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
