"""From a raw score to a calibrated probability, and to the answers that cannot be ruled out."""

import math
from dataclasses import dataclass

Answers = frozenset[bool]
"""The answers a conformal set leaves open: {yes}, {no}, or both, which means unsure."""

UNSURE: Answers = frozenset((True, False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Platt scaling of one yes-or-no score, with a class-conditional split conformal set.

    `slope` (> 0) and `intercept` turn a logit into a probability (Platt 1999), fitted with yes and
    no weighing the same: it is what the photo alone says, before anything is known of how common
    yes is. `at_prior` brings that in. `yes_from` and
    `no_to` are bounds on that probability such that, on held-out groups, at most `error_rate`
    of the true yeses lie under `yes_from` and of the true noes over `no_to` (Vovk 2012,
    conditional validity of inductive conformal predictors).
    """

    slope: float
    intercept: float
    yes_from: float
    no_to: float
    error_rate: float

    def __post_init__(self) -> None:
        if self.slope <= 0 or not 0 < self.error_rate < 1:
            raise ValueError(f"slope over 0 and an error rate within (0, 1): {self}")

    def probability(self, score: float) -> float:
        """The chance of yes, in [0, 1]; never falls as the score rises."""
        return logistic(self.slope * score + self.intercept)

    def answers(self, probability: float) -> Answers:
        """What cannot be ruled out at the error rate; an empty set is unsure too, never certain."""
        open_answers = {
            answer
            for answer, possible in ((True, probability >= self.yes_from), (False, probability <= self.no_to))
            if possible
        }
        return frozenset(open_answers) or UNSURE


def at_prior(prior: float, probability: float) -> float:
    """Bayes' rule: a probability stated at even odds, moved to where yes is as common as `prior` says."""
    yes, no = prior * probability, (1 - prior) * (1 - probability)
    # certain evidence against a certain prior: the evidence was seen, the prior was only assumed
    return yes / (yes + no) if yes + no else probability


def logistic(x: float) -> float:
    """1 / (1 + e^-x) without overflow at either end."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))
