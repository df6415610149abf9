"""The rows of the issue's table that are about what the bundle claims."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from inspection.verdict.findings import Kind, Severity
from inspection.verdict.reading import Basis, Question
from inspection.vision.card import Card
from training.evaluate.answers import Answers, answers, those
from training.evaluate.case import Judged
from training.evaluate.rows import Figure, Goal, Row, absent, counted, measured
from training.measures import Rows, auroc, recall_at

Seen = Sequence[Judged]


def damage_rows(seen: Seen, card: Card) -> Iterator[Row]:
    """Damaged, with and without references, and clean photos called damaged."""
    for references, floor in ((1, "0.98"), (3, "0.99")):
        told = answers(
            those(seen, sources=["cookie"], references=references), Question.DAMAGED, Basis.REFERENCES
        )
        claim = f"damaged, {references} reference{'s' * (references > 1)}, same set-up"
        yield auroc_row(claim, "real cookies", told, Goal(bound=0.985, floor=floor))
    for source, goal in (
        ("parcel", Goal(bound=0.95, floor="0.93 flattered")),
        ("cookie", Goal(floor="0.58")),
    ):
        told = answers(those(seen, sources=[source], references=0), Question.DAMAGED)
        yield auroc_row("damaged, no reference", f"real {source}s", told, goal)
    yield _synthesized(seen, "claimed kinds", card.claimed, Goal(bound=0.90, floor="0.74"))
    yield _synthesized(seen, "kinds it doesn't claim", set(Kind) - card.claimed, Goal(floor="0.74"))
    yield from severity_rows(seen, card)
    yield alarms("held-out clothing, sneakers, grocery", those(seen, sorts=["clean"], references=0))


def _synthesized(seen: Seen, name: str, kinds: Collection[Kind], goal: Goal) -> Row:
    """These kinds against clean photos and lookalikes."""
    undamaged = those(seen, sorts=["clean", "lookalike"], references=0)
    broken = [one for one in those(seen, sorts=["damaged"], references=0) if one.truth.kind in kinds]
    told = answers(undamaged + broken, Question.DAMAGED)
    claim, on = f"damaged, no reference, {name}", "held-out photos, damage synthesized"
    return auroc_row(claim, on, told, goal, ", ".join(sorted({one.truth.kind or "" for one in broken})))


def severity_rows(seen: Seen, card: Card) -> Iterator[Row]:
    """How bad the painted damage is decides more than its kind: what is small is missed, and this says so."""
    for severity in Severity:
        for references, kinds, name in (
            (0, card.claimed, "no reference, claimed kinds"),
            (3, None, "3 references"),
        ):
            undamaged = those(seen, sorts=["clean"], references=references)
            broken = [
                one
                for one in those(seen, sorts=["damaged"], references=references)
                if one.truth.severity is severity and (kinds is None or one.truth.kind in kinds)
            ]
            told = answers(undamaged + broken, Question.DAMAGED)
            claim = f"damaged, {name}: {severity.name.lower()} damage"
            yield auroc_row(claim, "held-out photos, damage synthesized", told, Goal())


def alarms(on: str, found: Seen) -> Row:
    """The share of undamaged items whose only open answer is "damaged"."""
    told = answers(found, Question.DAMAGED)
    goal = Goal(bound=0.03, at_most=True, floor="5 % by threshold", percent=True)
    return counted("clean photos called damaged", on, told.only_yes, told.groups, goal=goal)


def capture_rows(seen: Seen) -> Iterator[Row]:
    """Screens, person by person; prints apart."""
    claim, on = "re-photographed screen", "real photos of ten people"
    told = answers(those(seen, sources=["people"], sorts=["clean", "screen"]), Question.RECAPTURED)
    if not len(told.said):
        yield absent(claim, on, Goal(bound=0.90, floor="0.83"), "not here, or the bundle makes no such claim")
        return
    mean, worst = Goal(bound=0.90, floor="0.83"), Goal(bound=0.80)
    everybody = ", ".join(f"{value:.2f}" for value in people(told, np.arange(len(told.said))))
    yield measured(
        f"{claim}: mean AUROC", on, _by_person(told, np.mean), told.groups, goal=mean, note=everybody
    )
    yield measured(f"{claim}: worst person's AUROC", on, _by_person(told, np.min), told.groups, goal=worst)
    yield measured(
        f"{claim}: recall at 5 % alarms", on, told.figure(recall_at), told.groups, goal=Goal(bound=0.6)
    )
    prints = answers(those(seen, sources=["people"], sorts=["clean", "print"]), Question.RECAPTURED)
    count = f"of {int(prints.truths.sum())} prints: too few to say more"
    yield auroc_row("photographed print", on, prints, Goal(), count)


def people(told: Answers, rows: Rows) -> list[float]:
    """AUROC person by person, the least first: no name leaves the data set."""
    whose = told.groups[rows]
    by = [auroc(told.said[rows[whose == one]], told.truths[rows[whose == one]]) for one in np.unique(whose)]
    return sorted(value for value in by if not np.isnan(value))


def _by_person(told: Answers, of: Callable[[list[float]], np.floating]) -> Figure:
    return lambda rows: float(of(by)) if (by := people(told, rows)) else float("nan")


def category_rows(seen: Seen) -> Iterator[Row]:
    """People and items never trained on."""
    for source, goal in (
        ("clothing", Goal(bound=0.93, floor="0.88")),
        ("sneakers", Goal()),
        ("grocery", Goal()),
    ):
        named = [
            (one.reading.category.name == one.truth.category, one.truth.group)
            for one in those(seen, sources=[source], sorts=["clean"], references=0)
            if one.reading.category is not None
        ]
        right, groups = np.array([ok for ok, _ in named], bool), np.array([group for _, group in named], str)
        on = f"{source}, held-out groups"
        yield counted("category", on, right, groups, goal=goal)


def auroc_row(claim: str, on: str, told: Answers, goal: Goal, note: str = "") -> Row:
    """AUROC of the served probability."""
    if not len(told.said):
        return absent(claim, on, goal, "not here, or the bundle makes no such claim")
    return measured(f"{claim}: AUROC", on, told.figure(auroc), told.groups, goal=goal, note=note)
