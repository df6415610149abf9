"""The served answers to one question, as arrays."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np

from inspection.verdict.reading import Basis, Claim, PhotoReading, Question
from training.evaluate.case import SOURCES, Judged
from training.measures import Groups, Rows, Scores, Truths


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """One entry a photo that was asked and whose truth is known."""

    said: Scores  # probability of yes, at even odds
    truths: Truths
    yes_open: Truths
    no_open: Truths
    groups: Groups

    @property
    def covered(self) -> Truths:
        """Whether the conformal set holds the truth."""
        return np.where(self.truths, self.yes_open, self.no_open)

    @property
    def only_yes(self) -> Truths:
        """Whether yes is the only answer left."""
        return self.yes_open & ~self.no_open

    def where(self, rows: Truths) -> "Answers":
        """Some of them."""
        fields = ("said", "truths", "yes_open", "no_open", "groups")
        return Answers(**{name: getattr(self, name)[rows] for name in fields})

    def figure(self, of: Callable[[Scores, Truths], float]) -> Callable[[Rows], float]:
        """A figure of scores and truths, of any rows of these; NaN where yes or no is missing among them."""

        def value(rows: Rows) -> float:
            truths = self.truths[rows]
            return of(self.said[rows], truths) if truths.any() and not truths.all() else float("nan")

        return value


def answers(judged: Iterable[Judged], question: Question, basis: Basis | None = None) -> Answers:
    """Of all that were asked; `basis` keeps the answers that rest on it."""
    asked = [
        (claim, truth, one.truth.group)
        for one in judged
        if (claim := claim_of(one.reading, question)) is not None
        and (truth := one.truth.of(question)) is not None
        and (basis is None or claim.basis is basis)
    ]
    return Answers(
        said=np.array([claim.probability for claim, _, _ in asked], float),
        truths=np.array([truth for _, truth, _ in asked], bool),
        yes_open=np.array([True in claim.answers for claim, _, _ in asked], bool),
        no_open=np.array([False in claim.answers for claim, _, _ in asked], bool),
        groups=np.array([group for _, _, group in asked], str),
    )


def claim_of(reading: PhotoReading, question: Question) -> Claim | None:
    """What one photo's reading answers."""
    found: Claim | None = getattr(reading, question.value)
    return found


def those(
    judged: Iterable[Judged],
    *,
    sources: Collection[str] = SOURCES,
    sorts: Collection[str] | None = None,
    references: int | None = None,
) -> list[Judged]:
    """Judged, not calibrated on: of these sources and sorts; with so many references, or any number."""
    return [
        one
        for one in judged
        if not one.truth.calibrate
        and one.truth.source in sources
        and (sorts is None or one.truth.sort in sorts)
        and (references is None or one.truth.references == references)
    ]
