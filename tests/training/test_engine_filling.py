"""Caches of features: killed while they are filled, they go on, and hold the same bytes."""

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("efficientnet_lite_pytorch", reason="the extra `train` is not installed")

FILL = """
import sys
from pathlib import Path

from training import filling
from training.data import Example, Split
from training.scenes import Scene

folder, photo, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
filling.MARK_EVERY, filling.THREADS = 3, 1
example = Example(path=photo, group="g", label="", category="c")
sorts = ("clean", "damaged") if what == "views" else ("first_hand", "screen")
scenes = [Scene(example=example, source="clothing", split=Split.TRAIN, sort=sorts[i % 2], variant=i)
          for i in range(20)]
inner = filling._in_order
def told(*these, done):
    print("from", done, flush=True)
    return inner(*these, done=done)
filling._in_order = told
if what == "views":
    filling.cached_views(folder / "cache", scenes, side=320, seed=1)
else:
    filling.cached_crops(folder / "cache", scenes, side=224, count=2, seed=1)
"""


def fill(folder: Path, photo: Path, what: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", FILL, str(folder), str(photo), what]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def whole(folder: Path, photo: Path, what: str) -> int:
    """Fills it to the end; returns the picture it began at."""
    running = fill(folder, photo, what)
    out, errors = running.communicate(timeout=240)
    assert running.returncode == 0, errors
    return int(out.split()[1])


@pytest.mark.parametrize("what", ["views", "crops"])
def test_a_cache_killed_while_it_was_filled_goes_on_from_its_mark_to_the_same_bytes(tmp_path, what):
    photo = tmp_path / "photo.png"
    noise = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    cv2.imwrite(str(photo), cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC))
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    assert whole(straight, photo, what) == 0

    running = fill(killed, photo, what)
    until = time.monotonic() + 120
    while not (killed / "cache.draft" / "mark.npy").is_file():
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < until, "no mark was made"
        time.sleep(0.005)
    running.kill()
    running.communicate()
    assert not (killed / "cache").exists()

    assert whole(killed, photo, what) >= 3
    files = sorted(path.name for path in (straight / "cache").iterdir())
    assert files == sorted(path.name for path in (killed / "cache").iterdir())
    for name in files:
        assert (straight / "cache" / name).read_bytes() == (killed / "cache" / name).read_bytes(), name
