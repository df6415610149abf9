"""From findings to a resale grade: a rubric says how good an item with such a defect can still be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from inspection.verdict.findings import Finding, Kind, Severity


class Grade(IntEnum):
    """How well the item can be sold again. `min` of several is the worst."""

    E = 1  # not resaleable
    D = 2  # acceptable
    C = 3  # good
    B = 4  # very good
    A = 5  # like new


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """The best grade an item can have with a defect: by severity, and by kind where that differs."""

    by_severity: Mapping[Severity, Grade]
    by_kind: Mapping[tuple[Kind, Severity], Grade] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.by_severity) != set(Severity):
            raise ValueError("a rubric says something of every severity")
        for kind in Kind:
            caps = [self.best_with(kind, severity) for severity in sorted(Severity)]
            if caps != sorted(caps, reverse=True):
                raise ValueError(f"a more severe {kind.value} never leaves a better grade")

    def best_with(self, kind: Kind, severity: Severity) -> Grade:
        """The best grade left if such a defect is real."""
        return self.by_kind.get((kind, severity), self.by_severity[severity])

    def share_capped(self, finding: Finding, bound: Grade) -> float:
        """If the finding is real, the probability that it leaves `bound` at best, in [0, 1].

        A finding whose severity is not claimed may be of any, as likely as the bundle says, else each
        alike: the grade is then rarely sure enough for software to accept, which is what not knowing
        should cost.
        """
        capped = [severity for severity in Severity if self.best_with(finding.kind, severity) <= bound]
        if finding.severity is not None:
            return float(finding.severity in capped)
        if finding.chances is None:
            return len(capped) / len(Severity)
        return min(1.0, sum(finding.chances.get(severity, 0.0) for severity in capped))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """A grade with its doubt. `probabilities` sum to 1; `possible` are those not ruled out, best first."""

    value: Grade
    probabilities: Mapping[Grade, float]
    possible: tuple[Grade, ...]

    @property
    def doubt(self) -> float:
        """The probability that the true grade is another one, in [0, 1]."""
        return 1 - self.probabilities[self.value]


def grade(findings: Iterable[Finding], rubric: Rubric, *, error_rate: float, damaged: float = 0.0) -> Grading:
    """The grade that such findings leave, as a distribution.

    `damaged` is the probability that there is any damage at all, in [0, 1]: A is never likelier than
    that there is none, even where no finding was strong enough to be listed. The most convincing
    finding that caps a grade decides how likely it is to be capped: findings of one defect, seen
    twice or named twice, are not counted twice. The value is the median, so one more finding never
    raises it. `possible` leaves out at most `error_rate`, half at each end.
    """
    at_most = dict.fromkeys(Grade, 0.0)
    for finding in findings:
        for bound in Grade:
            capped = finding.probability * rubric.share_capped(finding, bound)
            at_most[bound] = max(at_most[bound], capped)
    at_most[Grade.B] = max(at_most[Grade.B], damaged)
    at_most[Grade.A] = 1.0
    return Grading(
        value=_quantile(at_most, 0.5),
        probabilities=_steps(at_most),
        possible=tuple(
            grade
            for grade in sorted(Grade, reverse=True)
            if _quantile(at_most, error_rate / 2) <= grade <= _quantile(at_most, 1 - error_rate / 2)
        ),
    )


def _quantile(at_most: Mapping[Grade, float], share: float) -> Grade:
    # the bound itself counts: a finding at exactly one half already lowers the grade
    return next(grade for grade in Grade if at_most[grade] >= share)


def _steps(at_most: Mapping[Grade, float]) -> dict[Grade, float]:
    under = 0.0
    steps = {}
    for grade in Grade:
        steps[grade] = at_most[grade] - under
        under = at_most[grade]
    return steps
