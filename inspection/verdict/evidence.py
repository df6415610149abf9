"""All that is known of an item at the moment of decision, and what each way of being wrong costs."""

from collections.abc import Mapping
from dataclasses import dataclass

from inspection.verdict.confidence import at_prior
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import Basis, Claim, Proof, Question, Remark

AUTHENTICITY = (Question.RECAPTURED, Question.SAME_ITEM, Question.GENUINE)

BAD: Mapping[Question, bool] = {
    Question.DAMAGED: True,
    Question.RECAPTURED: True,
    Question.SAME_ITEM: False,
    Question.GENUINE: False,
}
"""Which answer speaks against selling the item again as what it was sold as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the photos gave.

    `missing` are required views that no photo shows: unknown, not fine. `remarks` tell of photos
    too poor to be read. `asked` counts the photos already asked for. `proof` is what the bundle brings.
    """

    price_cents: int
    grading: Grading | None
    claims: Mapping[Question, Claim | None]
    missing: tuple[View, ...] = ()
    remarks: tuple[tuple[PhotoId, View | None, Remark], ...] = ()
    asked: int = 0
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stakes:
    """What each way costs, as the policy has it. Money is in integer cents, shares are in [0, 1].

    `error_budget`: the largest probability of being wrong at which software may accept.
    `priors`: per question, how often the bad answer is true of a return, before any photo is seen.
    `hidden_damage`: the probability that a required view nobody photographed hides damage.
    `worth`: what an item of each grade brings, as a share of the price paid.
    `photo_settles`: the probability that one more photo settles a doubt.
    """

    error_budget: float
    review_cents: int
    photo_cents: int
    photo_settles: float
    most_asks: int
    hidden_damage: float
    priors: Mapping[Question, float]
    worth: Mapping[Grade, float]

    def __post_init__(self) -> None:
        shares = [self.error_budget, self.photo_settles, self.hidden_damage]
        shares += [*self.priors.values(), *self.worth.values()]
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("shares and probabilities lie in [0, 1]")
        for count in (self.review_cents, self.photo_cents, self.most_asks):
            if not isinstance(count, int) or count < 0:
                raise ValueError(f"costs and counts are whole and not negative: {count}")
        if self.error_budget == 1:
            raise ValueError("an error budget of 1 would accept anything")
        if set(self.worth) != set(Grade) or sorted(self.worth.values()) != [self.worth[g] for g in Grade]:
            raise ValueError("every grade has a worth, and a better one never less")
        if set(Question) - set(self.priors):
            raise ValueError("every question has a prior")


def chance_bad(question: Question, evidence: Evidence, stakes: Stakes) -> float:
    """The probability of the bad answer: the policy's prior, moved by the claim where one was made."""
    prior, claim = stakes.priors[question], evidence.claims.get(question)
    if claim is None:
        return prior
    chance = at_prior(prior, claim.probability if BAD[question] else 1 - claim.probability)
    # what was learned from weak labels may raise a suspicion and never allay one
    return max(prior, chance) if claim.basis is Basis.WEAK else chance


def chance_as_sold(evidence: Evidence, stakes: Stakes) -> float:
    """The probability that first-hand photos show the item that was sold, and it is genuine."""
    chance = 1.0
    for question in AUTHENTICITY:
        chance *= 1 - chance_bad(question, evidence, stakes)
    return chance


def chance_hidden(evidence: Evidence, stakes: Stakes) -> float:
    """The probability that a view nobody photographed hides damage."""
    return 1 - (1 - stakes.hidden_damage) ** len(evidence.missing)


def chance_wrong(evidence: Evidence, grading: Grading, stakes: Stakes) -> float:
    """The probability that accepting at the stated grade is wrong in any way, in [0, 1]."""
    right = chance_as_sold(evidence, stakes) * (1 - grading.doubt) * (1 - chance_hidden(evidence, stakes))
    return 1 - right


def proven_up_to(evidence: Evidence, stakes: Stakes) -> float | None:
    """The chance of being wrong up to which accepting was proven to keep the policy's error budget.

    `None` where there is no proof, or none for a policy that allows less or expects more bad answers.
    """
    proof = evidence.proof
    if proof is None or proof.error > stakes.error_budget:
        return None
    if any(stakes.priors[question] > share for question, share in proof.priors.items()):
        return None
    return proof.up_to


def proven(evidence: Evidence, stakes: Stakes) -> bool:
    """Whether accepting returns like this one was tried, and kept the policy's error budget."""
    bound = proven_up_to(evidence, stakes)
    if bound is None or evidence.grading is None:
        return False
    return chance_wrong(evidence, evidence.grading, stakes) <= bound


def accepting_cents(evidence: Evidence, grading: Grading, stakes: Stakes) -> float:
    """What accepting now is expected to lose: the price if it is not what was sold, else the misgrading."""
    hidden = chance_hidden(evidence, stakes) * stakes.worth[grading.value]
    as_sold = chance_as_sold(evidence, stakes)
    lost_share = (1 - as_sold) + as_sold * min(1.0, misgraded_share(grading, stakes) + hidden)
    return evidence.price_cents * lost_share


def misgraded_share(grading: Grading, stakes: Stakes) -> float:
    """What the stated grade is expected to be off by, as a share of the price, in either direction."""
    stated = stakes.worth[grading.value]
    return sum(chance * abs(stated - stakes.worth[grade]) for grade, chance in grading.probabilities.items())
