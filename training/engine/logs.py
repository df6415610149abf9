"""What a stage says of itself while it runs: a CSV row and TensorBoard scalars a log step."""

import csv
import time
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

FIELDS = ("step", "epoch", "loss", "rate", "images_per_second", "held_out")


class Log:
    """Goes on after `step`: rows beyond it came from a run that died, and are dropped."""

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "log.csv"
        kept = [row for row in rows(path) if int(row["step"]) <= step] if step else []
        self._file = path.open("w", newline="", encoding="utf-8")
        self._csv = csv.DictWriter(self._file, FIELDS)
        self._csv.writeheader()
        self._csv.writerows(kept)
        if not step:
            for old in folder.glob("events.out.tfevents.*"):
                old.unlink()
        self._board = SummaryWriter(str(folder), purge_step=step + 1 if step else None)
        self._losses: list[float] = []
        self._pictures, self._since = 0, time.perf_counter()

    def close(self) -> None:
        """Nothing more to say."""
        self._file.close()
        self._board.close()

    def heard(self, loss: float, pictures: int) -> None:
        """One batch."""
        self._losses.append(loss)
        self._pictures += pictures

    def say(self, *, step: int, epoch: int, rate: float, held_out: float | None) -> None:
        """Write what was heard since the last time."""
        seconds = time.perf_counter() - self._since
        loss, speed = sum(self._losses) / len(self._losses), self._pictures / seconds
        row = {
            "step": step, "epoch": epoch, "loss": loss, "rate": rate,
            "images_per_second": round(speed, 1), "held_out": "" if held_out is None else held_out,
        }  # fmt: skip
        self._csv.writerow(row)
        self._file.flush()
        for name, value in row.items():
            if name != "step" and value != "":
                self._board.add_scalar(name, value, step)
        self._losses, self._pictures, self._since = [], 0, time.perf_counter()


def rows(path: Path) -> list[dict[str, str]]:
    """A log's whole rows; a line that a kill cut short is none."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["held_out"] is not None]
