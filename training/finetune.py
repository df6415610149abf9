"""Full fine-tuning: trunk and damage head end to end, on pictures rendered and augmented as they are shown.

    python -m training.finetune training/recipes/lite0-v2.toml 500
    torchrun --nproc_per_node=2 -m training.finetune training/recipes/lite0-v2.toml 500

The backbone is the recipe's. On GPUs under bfloat16. Batch norms are folded into convolutions, which are
tuned as they are: hence no batch statistics, a low rate and a clipped gradient. Killed, the same command goes
on. It leaves runs/NAME/trunk.pt: as a recipe's `trunk_begins`, `training.train` releases heads that read it.
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inspection.errors import InspectionError
from training import cache, engine
from training.augment import photo_like
from training.chosen import chosen
from training.data import Split, trainable
from training.engine import Lesson, Stage, World, checkpoint, fingerprint
from training.heads.damage import DamageHead, damage_loss
from training.recipe import Recipe, read_recipe
from training.scenes import KINDS, Scene, view
from training.trunk import Trunk

BATCH = 32
RATE = 1e-4
HELD_OUT = 256  # pictures, spread over all
RENDERERS = min(16, os.cpu_count() or 1)  # threads: OpenCV lets go of Python's lock


class Tuned(nn.Module):
    """What is tuned: views in, damage maps out."""

    def __init__(self, trunk: Trunk | None = None) -> None:
        super().__init__()
        self.trunk = (trunk or Trunk()).requires_grad_(True)
        self.damage = DamageHead(len(KINDS), self.trunk.widths)

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
    """The tuned network, the same in every process; its trunk is also written to `trunk.pt`."""
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else "cpu"
    )
    torch.manual_seed(recipe.seed)
    module = Tuned(chosen(recipe).trunk()).to(device)

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
    if world.writes:
        checkpoint.written(recipe.folder / "trunk.pt", {"module": module.trunk.state_dict()})
    world.wait()
    return module


def _stage(recipe: Recipe, scenes: Sequence[Scene], steps: int, batch: int) -> Stage:
    here = Path(__file__).parent
    told = [recipe.fingerprint("view_side"), chosen(recipe).key, str(steps), str(batch), *map(str, scenes)]
    code = [
        path for folder in ("", "backbones/", "heads/", "synthesize/") for path in here.glob(f"{folder}*.py")
    ]
    return Stage(
        name="full", folder=recipe.folder, fingerprint=fingerprint(told, code), steps=steps, seed=recipe.seed
    )


def _shown(scenes: Sequence[Scene], recipe: Recipe, *, augmented: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels, damaged shares in [0, 1], kinds. Augmentation draws from torch's generator, seeded a step."""
    with ThreadPoolExecutor(RENDERERS) as pool:
        made = list(pool.map(lambda scene: view(scene, recipe.view_side, recipe.seed), scenes))
    shown = [(seen.square, seen.cells) for seen in made]
    if augmented:
        seeds = torch.randint(2**31, (len(made),)).tolist()
        shown = [photo_like(*one, seed) for one, seed in zip(shown, seeds, strict=True)]
    pixels, cells = zip(*shown, strict=True)
    return (
        torch.from_numpy(np.stack(pixels)),
        torch.from_numpy(np.stack(cells)).float() / 255,
        torch.tensor([seen.kind for seen in made]),
    )


def _of(scenes: Sequence[Scene], part: Split) -> NDArray[np.int64]:
    return np.array([i for i, scene in enumerate(scenes) if scene.split == part], np.int64)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
