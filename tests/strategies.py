"""How to make any evidence there can be: one place, for every property test."""

from hypothesis import strategies as st

from inspection.verdict.confidence import UNSURE
from inspection.verdict.evidence import BAD, Evidence, Stakes
from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity, View
from inspection.verdict.grading import Grade, Rubric, grade
from inspection.verdict.reading import Basis, Claim, Problem, Question, Remark

probabilities = st.floats(0, 1, allow_nan=False)
answer_sets = st.sampled_from([frozenset((True,)), frozenset((False,)), UNSURE])


@st.composite
def boxes(draw):
    x, y = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    return Box(x=x, y=y, w=draw(st.floats(0.01, 1 - x)), h=draw(st.floats(0.01, 1 - y)))


findings = st.builds(
    Finding,
    kind=st.sampled_from(Kind),
    probability=probabilities,
    severity=st.sampled_from(Severity),
    photo=st.just(PhotoId("photo-1")),
    box=boxes(),
)
rubrics = st.builds(
    Rubric,
    by_severity=st.fixed_dictionaries({severity: st.sampled_from(Grade) for severity in Severity}),
    by_kind=st.dictionaries(
        st.tuples(st.sampled_from(Kind), st.sampled_from(Severity)), st.sampled_from(Grade), max_size=5
    ),
)


def claims(question: Question):
    return st.builds(
        Claim,
        question=st.just(question),
        probability=probabilities,
        answers=answer_sets,
        basis=st.sampled_from(Basis),
    )


stakes = st.builds(
    Stakes,
    error_budget=probabilities,
    review_cents=st.integers(0, 5000),
    photo_cents=st.integers(0, 5000),
    photo_settles=probabilities,
    most_asks=st.integers(0, 3),
    hidden_damage=probabilities,
    priors=st.fixed_dictionaries(dict.fromkeys(Question, probabilities)),
    worth=st.lists(probabilities, min_size=5, max_size=5).map(
        lambda shares: dict(zip(Grade, sorted(shares), strict=True))
    ),
)


@st.composite
def evidence(draw):
    seen = draw(st.lists(findings, max_size=4))
    graded = draw(st.booleans())
    remark = st.builds(Remark, problem=st.sampled_from(Problem), advice=st.just("Please try again."))
    return Evidence(
        price_cents=draw(st.integers(0, 100_000)),
        grading=grade(seen, draw(rubrics), error_rate=0.05) if graded else None,
        claims={question: draw(st.none() | claims(question)) for question in Question},
        missing=tuple(draw(st.lists(st.sampled_from(View), unique=True, max_size=3))),
        remarks=tuple((PhotoId("photo-1"), None, draw(remark)) for _ in range(draw(st.integers(0, 2)))),
        asked=draw(st.integers(0, 4)),
    )


@st.composite
def settled_evidence(draw):
    """Evidence that leaves no doubt, so that accepting is open: what remains is cost and the error budget."""
    good = {
        question: st.builds(
            Claim,
            question=st.just(question),
            probability=st.floats(0, 0.1) if BAD[question] else st.floats(0.9, 1),
            answers=st.just(frozenset((not BAD[question],))),
            basis=st.sampled_from(Basis),
        )
        for question in Question
    }
    return Evidence(
        price_cents=draw(st.integers(0, 10_000)),
        grading=grade(draw(st.lists(findings, max_size=2)), draw(rubrics), error_rate=0.05),
        claims={question: draw(st.none() | claim) for question, claim in good.items()},
    )
