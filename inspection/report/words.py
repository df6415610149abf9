"""What is said to people, on a page and in a terminal alike. It never accuses, and never promises."""

from collections.abc import Mapping
from typing import assert_never

from inspection.verdict.decision import Accept, AskForPhoto, Decision, Review
from inspection.verdict.findings import Finding, Severity, View
from inspection.verdict.grading import Grade
from inspection.verdict.reading import Basis, Claim, Problem, Question

GRADES: Mapping[Grade, str] = {
    Grade.A: "like new",
    Grade.B: "very good",
    Grade.C: "good",
    Grade.D: "acceptable",
    Grade.E: "not resaleable",
}
VIEWS: Mapping[View, str] = {
    View.FRONT: "the front of the item",
    View.BACK: "the back of the item",
    View.LABEL: "the label",
    View.SOLE: "the sole",
    View.CLOSE_UP: "the spot in question, from close up",
    View.PACKAGING: "the packaging",
    View.SERIAL: "the serial number",
}
QUESTIONS: Mapping[Question, str] = {
    Question.DAMAGED: "Is it damaged?",
    Question.RECAPTURED: "Is a photo one of a screen or print?",
    Question.SAME_ITEM: "Is it the item that was sold?",
    Question.GENUINE: "Is it genuine?",
}
BASES: Mapping[Basis, str] = {
    Basis.LEARNED: "what the model learned from other photos",
    Basis.REFERENCES: "a comparison with photos of the undamaged item",
    Basis.WEAK: "photos whose labels nobody documented: it may ask for a person, and settles nothing",
}
PROBLEMS: Mapping[Problem, str] = {
    Problem.BLURRED: "blurred",
    Problem.DARK: "too dark",
    Problem.WASHED_OUT: "washed out",
    Problem.GLARE: "glare",
    Problem.TOO_FAR: "too far away",
    Problem.TOO_SMALL: "too small",
    Problem.NOTHING_THERE: "nothing to see",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.LIGHT: "light",
    Severity.MARKED: "marked",
    Severity.SEVERE: "severe",
}


MOST_FINDINGS = 5
"""The strongest ones of a photo are shown at once; more boxes would hide the item."""


def headline(decision: Decision) -> str:
    """The decision in a few words."""
    match decision:
        case Accept():
            return f"Accepted: grade {decision.grade.name}, {GRADES[decision.grade]}"
        case AskForPhoto():
            return "One more photo, please"
        case Review():
            return "A person will take a look"
        case _:
            assert_never(decision)


def chosen(decision: Decision) -> str:
    """What the grade in front is called: nobody has settled it where the decision is still open."""
    return "the grade" if isinstance(decision, Accept) else "so far"


def next_step(decision: Decision) -> str:
    """What happens now, and who does it."""
    match decision:
        case Accept():
            return "The photos settle it. Nothing more is needed from the shopper."
        case AskForPhoto():
            return f"Please photograph {VIEWS[decision.view]}. That may settle what is open."
        case Review():
            return "Software does not settle this one. A person sees the photos and the points below."
        case _:
            assert_never(decision)


def found(finding: Finding) -> str:
    """The kind, and how severe it is where the model says so."""
    kind = plain(finding.kind.value)
    return kind if finding.severity is None else f"{kind}, {SEVERITIES[finding.severity]}"


def settled(claim: Claim) -> str:
    """What the claim's conformal set leaves open."""
    if not claim.settled:
        return "not settled"
    return "settled: yes" if True in claim.answers else "settled: no"


def percent(probability: float) -> str:
    """Finer where it matters, at the ends; never a certainty that no model has."""
    if probability < 0.001:
        return "under 0.1 %"
    if probability > 0.999:
        return "over 99.9 %"
    if 0.01 <= probability <= 0.99:
        return f"{probability * 100:.0f} %"
    return f"{probability * 100:.1f} %"


def plain(word: str) -> str:
    """A word of the contract as people write it: `close_up` is close up."""
    return word.replace("_", " ")
