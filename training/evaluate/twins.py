"""One bundle in fp32, in int8 and in torch: does anybody notice which of them answered?"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

import numpy as np

from inspection.errors import InspectionError
from inspection.verdict.reading import PhotoReading, Question
from inspection.vision.bundle import Bundle
from inspection.vision.golden import golden_cases
from inspection.vision.reader import BundleReader
from inspection.vision.runtime import Runtime, open_runtime
from training.data import Split
from training.evaluate.answers import claim_of
from training.evaluate.case import SOURCES, Case, Judged, Truth, encoded
from training.evaluate.referenced import same_set_up
from training.evaluate.rows import Goal, Row, absent
from training.evaluate.serve import Service
from training.evaluate.sets import Plan, cookies, held_out, here

EACH = 24
"""Held-out cases a source."""
_QUESTIONS = (Question.DAMAGED, Question.RECAPTURED, Question.SAME_ITEM)


def twin_rows(service: Service, bundle: Bundle, plan: Plan) -> Iterator[Row]:
    """Each against fp32 on the CPU: the largest change of a probability, and decisions that flip."""
    exact = service.with_reader(_reader(bundle, open_runtime(bundle, device="cpu", precision="fp32")))
    for on, cases in (("golden pictures", _golden(bundle)), ("held-out groups", list(_cases(plan)))):
        if not cases:
            yield absent("int8 and torch against fp32", on, Goal(bound=0.05, at_most=True))
            continue
        then = list(exact.judge(cases))
        for name, open_ in (
            ("int8", partial(open_runtime, bundle, device="cpu", precision="int8")),
            ("torch", partial(open_runtime, bundle, device="cpu", engine="torch")),
        ):
            claim = f"{name} against fp32"
            try:
                other = service.with_reader(_reader(bundle, open_()))
            except InspectionError as error:
                yield absent(claim, on, Goal(), str(error))
                continue
            yield from _compared(claim, on, then, list(other.judge(cases)))


def _compared(claim: str, on: str, then: Sequence[Judged], now: Sequence[Judged]) -> Iterator[Row]:
    moved = [_moved(one.reading, other.reading) for one, other in zip(then, now, strict=True)]
    flips = sum(type(a.decision) is not type(b.decision) for a, b in zip(then, now, strict=True))
    regraded = sum(
        a.grading is not None and b.grading is not None and a.grading.value is not b.grading.value
        for a, b in zip(then, now, strict=True)
    )
    most, none = Goal(bound=0.05, at_most=True), Goal(bound=0 if "golden" in on else None, at_most=True)
    figure = float(max(moved, default=float("nan")))
    yield Row(
        claim=f"{claim}: largest change of a probability", on=on, n=len(then), goal=most, figure=figure,
        met=most.met_by(figure), note=f"{np.mean(moved):.4f} on average",
    )  # fmt: skip
    yield Row(
        claim=f"{claim}: decisions that flip", on=on, n=len(then), goal=none, figure=float(flips),
        met=none.met_by(flips), note=f"{regraded} graded otherwise",
    )  # fmt: skip


def _moved(one: PhotoReading, other: PhotoReading) -> float:
    pairs = [(claim_of(one, question), claim_of(other, question)) for question in _QUESTIONS]
    return max((abs(a.probability - b.probability) for a, b in pairs if a and b), default=0.0)


def _golden(bundle: Bundle) -> list[Case]:
    """The pictures that the bundle brings, through the gate like any photo."""
    return [
        Case(
            truth=Truth(source="golden", group=one.name, sort="golden"),
            photo=partial(encoded, one.view[0], 95),
        )
        for one in golden_cases(bundle)
    ]


def _cases(plan: Plan) -> Iterator[Case]:
    for source in filter(here, SOURCES):
        yield from islice(held_out(plan, source, Split.TEST), EACH)
    if here("clothing"):
        yield from islice(same_set_up(plan, "clothing", Split.TEST), EACH)
    if here("damage"):
        yield from islice(cookies(plan, 3), EACH)


def _reader(bundle: Bundle, runtime: Runtime) -> BundleReader:
    return BundleReader(bundle, runtime, workers=1)
