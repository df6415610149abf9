"""Full fine-tuning under torchrun: two processes, one network; augmentation follows its seed."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("efficientnet_lite_pytorch", reason="the extra `train` is not installed")
pytest.importorskip("albumentations", reason="the extra `train` is not installed")

from training.augment import photo_like  # noqa: E402 — what needs torch comes after the skip
from training.chosen import Chosen  # noqa: E402

TUNE = """
import sys
from dataclasses import replace
from pathlib import Path

import torch

from training import engine, finetune
from training.data import Example, Split
from training.recipe import read_recipe
from training.scenes import Scene

torch.set_num_threads(1)
folder, photo, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
recipe = replace(read_recipe(Path("training/recipes/lite0-v2.toml")), folder=folder, view_side=320)
example = Example(path=photo, group="g", label="", category="c")
scenes = [Scene(example=example, source="clothing", split=Split.CALIBRATE if i > 7 else Split.TRAIN,
                sort="damaged" if i % 2 else "clean", variant=i) for i in range(9)]
with engine.joined() as world:
    before = finetune.Tuned().trunk.backbone.stem[0].weight
    module = finetune.tune(recipe, scenes, steps=steps, world=world, batch=4)
    moved = not torch.equal(before, module.trunk.backbone.stem[0].weight)
    torch.save({"moved": moved, **module.state_dict()}, folder / f"weights.{world.rank}.pt")
"""


@pytest.fixture
def noise():
    small = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    return cv2.resize(small, (320, 320), interpolation=cv2.INTER_CUBIC)


def test_two_processes_tune_one_network_from_its_first_layer_and_the_first_alone_writes(tmp_path, noise):
    script, photo = tmp_path / "tune.py", tmp_path / "photo.png"
    script.write_text(TUNE)
    cv2.imwrite(str(photo), noise)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node=2",
        str(script),
    ]
    done = subprocess.run(
        [*command, str(tmp_path), str(photo), "2"], check=False, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (torch.load(tmp_path / f"weights.{rank}.pt", weights_only=True) for rank in (0, 1))
    assert first["moved"]
    assert all(torch.equal(torch.as_tensor(first[name]), torch.as_tensor(second[name])) for name in first)
    begun = Chosen(begins=tmp_path / "trunk.pt").trunk().state_dict()
    assert all(torch.equal(tensor, first[f"trunk.{name}"]) for name, tensor in begun.items())
    assert len((tmp_path / "logs" / "full" / "log.csv").read_text().splitlines()) == 2
    assert len(list((tmp_path / "logs" / "full").glob("events.*"))) == 1


def test_the_same_seed_augments_alike_and_damage_moves_with_the_picture(noise):
    cells = np.zeros((40, 40), np.uint8)
    cells[10:20, 10:20] = 255
    made = [photo_like(noise, cells, seed) for seed in range(30)]
    again = photo_like(noise, cells, 7)
    assert np.array_equal(made[7][0], again[0])
    assert np.array_equal(made[7][1], again[1])
    assert all(picture.shape == noise.shape and moved.any() for picture, moved in made)
    changed = sum(not np.array_equal(picture, noise) for picture, _ in made)
    assert changed >= 25, "at most a few stay as they are: each step is drawn by itself"
    assert any(not np.array_equal(moved, cells) for _, moved in made)
