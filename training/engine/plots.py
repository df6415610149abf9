"""Loss curves of a stage, drawn from its CSV."""

from pathlib import Path

from matplotlib.figure import Figure

from training.engine.logs import rows


def draw(log: Path, path: Path) -> None:
    """Training and held-out loss over the steps, the rate beneath. PNG or SVG by the path's ending."""
    told = rows(log)
    steps = [int(row["step"]) for row in told]
    checked = [row for row in told if row["held_out"]]
    figure = Figure(figsize=(7, 5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot(steps, [float(row["loss"]) for row in told], label="train")
    upper.plot(
        [int(row["step"]) for row in checked],
        [float(row["held_out"]) for row in checked],
        "o-",
        label="held out",
    )
    upper.set_ylabel("loss")
    upper.legend()
    lower.plot(steps, [float(row["rate"]) for row in told])
    lower.set_ylabel("rate")
    lower.set_xlabel("step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
