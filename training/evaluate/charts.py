"""Three pictures of a bundle's honesty, as SVG that a page can hold."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.evaluate.answers import Answers
from training.evaluate.mixed_day import Day
from training.measures import risk_coverage

COLOURS = {"right": "#1d7a4b", "wrong": "#b3261e", "asked": "#d8a13a", "person": "#b9bec9"}
_STYLE: Any = {  # a dictionary of names that only matplotlib's stubs can spell
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a8d94",
    "xtick.color": "#55585f",
    "ytick.color": "#55585f",
    "axes.labelcolor": "#33353a",
}


def days(named: Mapping[str, Day]) -> str:
    """What becomes of a day's returns: a bar a day, its weights as shares."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(8.2, 0.75 + 0.5 * len(named)), layout="constrained")
        axes = figure.subplots()
        for at, day in enumerate(named.values()):
            _bar(axes, at, outcomes(day))
        axes.set_yticks(range(len(named)), list(named))
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=0)
        return _svg(figure, "days")


def outcomes(day: Day) -> dict[str, float]:
    """Shares of a day's returns that sum to 1."""
    weights = day.weights
    wrong = float(weights[day.accepted & day.wrong_if].sum())
    accepted, asked = float(weights[day.accepted].sum()), float(weights[day.asked].sum())
    return {"right": accepted - wrong, "wrong": wrong, "asked": asked, "person": 1 - accepted - asked}


def _bar(axes: Axes, at: int, shares: Mapping[str, float]) -> None:
    left = 0.0
    for name, share in shares.items():
        axes.barh(at, share, left=left, height=0.62, color=COLOURS[name])
        if share >= 0.06:
            ink = "white" if name in ("right", "wrong") else "#222"
            axes.text(left + share / 2, at, f"{share:.0%}", ha="center", va="center", color=ink, fontsize=9)
        left += share


def risk_curves(named: Mapping[str, Day], promised: float) -> str:
    """Error among those accepted as more are, surest first, were nothing but the chance of error asked."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(8.2, 3.4), layout="constrained")
        axes = figure.subplots()
        for (name, day), style in zip(named.items(), ("-", "--", ":", "-."), strict=False):
            if day.returns:
                coverage, risk = risk_coverage(day.chances, day.wrong_if, day.weights)
                axes.plot(coverage, risk, style, color="#2b4c7e", linewidth=1.8, label=name)
        axes.axhline(promised, color=COLOURS["wrong"], linewidth=1)
        axes.text(1, promised, "promised", color=COLOURS["wrong"], ha="right", va="bottom", fontsize=9)
        axes.set(xlabel="share of returns accepted", ylabel="of these, wrong", xlim=(0, 1))
        axes.set_ylim(0, 0.2)
        axes.set_yticks([0, 0.05, 0.1, 0.15, 0.2])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.legend(frameon=False, loc="upper left")
        return _svg(figure, "risk")


def reliability(named: Mapping[str, Answers]) -> str:
    """What was said against what was, bin by bin of equal count, at even odds; the diagonal is honesty."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(8.2, 2.6 * -(-len(named) // 4)), layout="constrained")
        grid = np.atleast_1d(figure.subplots(-(-len(named) // 4), 4, sharex=True, sharey=True)).ravel()
        for axes in grid[len(named) :]:
            axes.set_visible(False)
        for axes, (name, told) in zip(grid, named.items(), strict=False):
            said, was = reliable(told)
            axes.plot([0, 1], [0, 1], color="#c7cad1", linewidth=1)
            axes.plot(said, was, "o-", color="#2b4c7e", markersize=3.5, linewidth=1.2)
            axes.set_title(name, fontsize=9)
            axes.set_box_aspect(1)
        figure.supxlabel("probability said", fontsize=10)
        figure.supylabel("share that was true", fontsize=10)
        return _svg(figure, "reliability")


def reliable(told: Answers, bins: int = 8) -> tuple[list[float], list[float]]:
    """(said, was) of each bin, yes and no weighing the same."""
    share = told.truths.mean()
    weights = np.where(told.truths, 0.5 / max(share, 1e-9), 0.5 / max(1 - share, 1e-9))
    parts = [part for part in np.array_split(np.argsort(told.said), bins) if len(part)]
    return (
        [float(np.average(told.said[part], weights=weights[part])) for part in parts],
        [float(np.average(told.truths[part], weights=weights[part])) for part in parts],
    )


def _svg(figure: Figure, salt: str) -> str:
    """Inline; the salt keeps the ids of several pictures on one page apart."""
    out = io.StringIO()
    with rc_context({"svg.hashsalt": salt}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return out.getvalue()[out.getvalue().index("<svg") :]
