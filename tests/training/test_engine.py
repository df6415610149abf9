# ruff: noqa: E402 (what needs torch is imported after the skip)
"""A stage of training: what a kill, a second run, another plan or a second process do to it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("tensorboard", reason="the extra `train` is not installed")

from training.engine import Lesson, World
from training.engine.fitting import TooFewPictures
from training.engine.logs import rows as read

LEARN = """
import sys, time
from pathlib import Path

import numpy as np
import torch

from training import engine

folder, pause, inputs = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
torch.set_num_threads(1)
torch.manual_seed(0)
net = torch.nn.Sequential(
    torch.nn.Linear(4, 16), torch.nn.Dropout(0.5), torch.nn.ReLU(), torch.nn.Linear(16, 1))
x = torch.randn(80, 4, generator=torch.Generator().manual_seed(1))
y = x.sum(1, keepdim=True)

def loss(rows):
    time.sleep(pause if net.training else 0)
    return torch.nn.functional.mse_loss(net(x[rows]), y[rows])

with engine.joined() as world:
    lesson = engine.Lesson(
        module=net, loss=loss, train=np.arange(64), held_out=np.arange(64, 80), batch=8, world=world)
    stage = engine.Stage(
        name="toy", folder=folder, fingerprint=inputs, steps=40, seed=5, save_every=5, log_every=1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=40)
    engine.fit(lesson, stage, optimiser, schedule)
torch.save(net.state_dict(), folder / f"weights.{world.rank}.pt")
print("training" if net.training else "evaluating")
"""


def learn(folder: Path, *, pause: float = 0.0, inputs: str = "the same") -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", LEARN, str(folder), str(pause), inputs]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def whole(folder: Path, **how: object) -> dict:
    folder.mkdir(exist_ok=True)
    running = learn(folder, **how)
    out, errors = running.communicate(timeout=120)
    assert running.returncode == 0, errors
    assert (out, errors) == ("evaluating\n", ""), "nothing but the answer when piped"
    return torch.load(folder / "weights.0.pt", weights_only=True)


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def steps(folder: Path) -> list[int]:
    return [int(row["step"]) for row in read(folder / "logs" / "toy" / "log.csv")]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, whole(folder)


def test_a_run_killed_in_mid_epoch_ends_with_the_same_bits(uninterrupted, tmp_path):
    running = learn(tmp_path, pause=0.05)
    until = time.monotonic() + 60
    while len(steps(tmp_path)) < 13:  # past the checkpoint of step 10, in the second epoch of eight steps
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < until, "the run does not come forward"
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not (tmp_path / "weights.0.pt").exists()
    assert same(whole(tmp_path), uninterrupted[1])
    assert steps(tmp_path) == list(range(1, 41)), "each step has one row, though some were done twice"


def test_every_step_and_every_epoch_is_logged_and_drawn(uninterrupted):
    folder, _ = uninterrupted
    rows = read(folder / "logs" / "toy" / "log.csv")
    assert [int(row["step"]) for row in rows if row["held_out"]] == [8, 16, 24, 32, 40]
    assert float(rows[-1]["held_out"]) < float(rows[7]["held_out"])
    assert (folder / "plots" / "toy.png").read_bytes().startswith(b"\x89PNG")
    assert list((folder / "logs" / "toy").glob("events.out.tfevents.*"))


def test_a_finished_stage_is_not_fitted_again(uninterrupted, tmp_path):
    first = whole(tmp_path)
    kept = (tmp_path / "stages" / "toy.pt").stat().st_mtime_ns
    assert same(whole(tmp_path), first)
    assert (tmp_path / "stages" / "toy.pt").stat().st_mtime_ns == kept


def test_other_inputs_begin_anew(tmp_path):
    whole(tmp_path)
    kept = (tmp_path / "stages" / "toy.pt").stat().st_mtime_ns
    whole(tmp_path, inputs="others")
    assert (tmp_path / "stages" / "toy.pt").stat().st_mtime_ns != kept


@pytest.mark.parametrize("spoilt", [b"", b"no checkpoint", b"PK\x03\x04 cut off"])
def test_a_checkpoint_that_cannot_be_read_costs_time_never_the_run(tmp_path, uninterrupted, spoilt):
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "toy.pt").write_bytes(spoilt)
    assert same(whole(tmp_path), uninterrupted[1])


def test_two_processes_end_with_one_model_and_only_the_first_writes_logs(tmp_path):
    script = tmp_path / "learn.py"
    script.write_text(LEARN)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*command, str(script), str(tmp_path), "0", "the same"],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (torch.load(tmp_path / f"weights.{rank}.pt", weights_only=True) for rank in (0, 1))
    assert same(first, second)
    assert steps(tmp_path) == list(range(1, 41))


def lesson(*, rows: int, batch: int, world: World | None = None) -> Lesson:
    net = torch.nn.Linear(1, 1)
    train = np.arange(100, 100 + rows)
    return Lesson(
        module=net,
        loss=lambda _: torch.zeros(()),
        train=train,
        held_out=train[:0],
        batch=batch,
        world=world or World(),
    )


def test_an_epoch_takes_every_full_batch_once_and_the_next_epoch_another_order():
    batches = lesson(rows=30, batch=8)
    assert batches.epoch == 3
    first, second = (
        np.concatenate([batches.rows(step, 1) for step in steps]) for steps in (range(3), range(3, 6))
    )
    assert len(set(first.tolist())) == 24
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("size", [2, 3])
def test_the_shares_of_all_processes_are_the_batch(size):
    shares = [lesson(rows=50, batch=12, world=World(rank=r, size=size)).rows(2, 1) for r in range(size)]
    assert sorted(np.concatenate(shares).tolist()) == lesson(rows=50, batch=12).rows(2, 1).tolist()


def test_a_batch_that_processes_cannot_share_evenly_is_refused():
    with pytest.raises(TooFewPictures, match="12 a batch, 5 processes"):
        _ = lesson(rows=50, batch=12, world=World(rank=0, size=5)).epoch
