"""The evaluation as one page that whoever answers for the promise can read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from inspection.vision.bundle import Bundle
from training.evaluate import charts
from training.evaluate.answers import Answers, answers, those
from training.evaluate.case import SOURCES, Judged
from training.evaluate.honesty import HEADS, SETS
from training.evaluate.house import House
from training.evaluate.mixed_day import PARTS, REAL, Day, day_of
from training.evaluate.rows import Row, shown

_NAMES = {True: "with references", False: "without references"}


def page(rows: Sequence[Row], judged: Sequence[Judged], bundle: Bundle, house: House) -> str:
    """HTML with everything inside it."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    found.filters["shown"] = shown
    days, heads = days_of(judged, house), _heads(judged)
    there = {name: day for name, day in days.items() if day.returns}
    whole = {f"a mixed day, {name}": days[f"a mixed day, {name}"] for name in _NAMES.values()}
    return found.get_template("report.html.jinja").render(
        card=bundle.card,
        sha256=bundle.sha256,
        house=house,
        on=datetime.now(UTC).date(),
        rows=rows,
        headlines=[
            (name, charts.outcomes(day), len(day.returns)) for name, day in whole.items() if name in there
        ],
        colours=charts.COLOURS,
        tables={name: by_sort(day) for name, day in there.items() if "mixed" not in name},
        days=charts.days(there) if there else "",
        curves=charts.risk_curves(whole, house.stakes.error_budget) if there else "",
        reliability=charts.reliability(heads) if heads else "",
    )


def days_of(judged: Sequence[Judged], house: House) -> dict[str, Day]:
    """By name: the whole day and its two halves, with and without references."""
    parts = {"a mixed day": (*SOURCES, *REAL), **PARTS}
    return {
        f"{part}, {name}": day_of(
            [one for one in judged if one.truth.source in sources], house.stakes, references=references
        )
        for (part, sources), (references, name) in product(parts.items(), _NAMES.items())
    }


def by_sort(day: Day) -> list[tuple[str, str, int, int, int, int]]:
    """(source, sort, returns, accepted, of these wrong, asked for another photo), unweighted."""
    found = []
    for key in sorted({(one.truth.source, one.truth.sort) for one in day.returns}):
        mine = [i for i, one in enumerate(day.returns) if (one.truth.source, one.truth.sort) == key]
        taken = day.accepted[mine]
        wrong, asked = (taken & day.wrong_if[mine]).sum(), day.asked[mine].sum()
        found.append((*key, len(mine), int(taken.sum()), int(wrong), int(asked)))
    return found


def _heads(judged: Sequence[Judged]) -> dict[str, Answers]:
    """Heads by the sets in which both answers are true of some."""
    found = {}
    for (head, question, basis), on in product(HEADS, SETS):
        told = answers(
            those(judged, sources=SETS[on]["sources"], sorts=SETS[on].get("sorts")), question, basis
        )
        if len(told.said) > 20 and told.truths.any() and not told.truths.all():
            found[f"{head}\n{on}"] = told
    return found
