"""How to make any evidence there can be: one place, for every property test."""

from datetime import UTC

from hypothesis import strategies as st

from inspection.verdict.confidence import UNSURE
from inspection.verdict.decision import Accept, AskForPhoto, Review
from inspection.verdict.doubt import Reason
from inspection.verdict.evidence import BAD, Evidence, Stakes
from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity, View
from inspection.verdict.grading import Grade, Rubric, grade
from inspection.verdict.inspection import InspectedPhoto, Inspection
from inspection.verdict.reading import (
    Basis,
    Category,
    Claim,
    HeatMap,
    Model,
    PhotoReading,
    Problem,
    Quality,
    Question,
    Reading,
    Remark,
)

probabilities = st.floats(0, 1, allow_nan=False)
answer_sets = st.sampled_from([frozenset((True,)), frozenset((False,)), UNSURE])


@st.composite
def boxes(draw):
    x, y = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    return Box(x=x, y=y, w=draw(st.floats(0.01, 1 - x)), h=draw(st.floats(0.01, 1 - y)))


def _chances(parts):
    total = sum(parts)
    return {severity: part / total for severity, part in zip(Severity, parts, strict=True)}


findings = st.builds(
    Finding,
    kind=st.sampled_from(Kind),
    probability=probabilities,
    severity=st.none() | st.sampled_from(Severity),
    photo=st.just(PhotoId("photo-1")),
    box=boxes(),
    chances=st.none() | st.tuples(*[st.floats(0.01, 1)] * 3).map(_chances),
)
# worse with severity, as a rubric must be
caps = st.lists(st.sampled_from(Grade), min_size=3, max_size=3).map(
    lambda grades: dict(zip(Severity, sorted(grades, reverse=True), strict=True))
)
rubrics = st.builds(
    lambda by_severity, kind, by_kind: Rubric(
        by_severity=by_severity, by_kind={(kind, severity): best for severity, best in by_kind.items()}
    ),
    caps,
    st.sampled_from(Kind),
    caps,
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
    error_budget=st.floats(0, 0.99),
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


@st.composite
def heat_maps(draw):
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    cells = draw(st.binary(min_size=rows * columns, max_size=rows * columns))
    return HeatMap(rows=rows, columns=columns, cells=cells)


def photo_readings():
    return st.builds(
        PhotoReading,
        photo=st.builds(PhotoId, st.text(max_size=9)),
        view=st.none() | st.sampled_from(View),
        **{question.value: st.none() | claims(question) for question in Question},
        category=st.none() | st.builds(Category, name=st.text(max_size=9), probability=probabilities),
        familiar=st.none() | probabilities,
        findings=st.lists(findings, max_size=3).map(tuple),
        heat=st.none() | heat_maps(),
    )


hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
reasons = st.lists(st.builds(Reason, code=st.text(max_size=9), text=st.text(max_size=30)), max_size=3).map(
    tuple
)
decisions = (
    st.builds(Accept, grade=st.sampled_from(Grade), reasons=reasons)
    | st.builds(AskForPhoto, view=st.sampled_from(View), reasons=reasons)
    | st.builds(Review, reasons=reasons)
)
remarks = st.builds(Remark, problem=st.sampled_from(Problem), advice=st.text(max_size=30))

inspections = st.builds(
    Inspection,
    id=st.uuids().map(str),
    at=st.datetimes(timezones=st.just(UTC)),
    photos=st.lists(
        st.builds(
            InspectedPhoto,
            id=st.builds(PhotoId, st.text(max_size=9)),
            sha256=hashes,
            view=st.none() | st.sampled_from(View),
            quality=st.builds(Quality, remarks=st.lists(remarks, max_size=2).map(tuple)),
        ),
        max_size=3,
    ).map(tuple),
    reading=st.builds(
        Reading,
        model=st.builds(Model, bundle=st.text(max_size=9), sha256=hashes, device=st.text(max_size=9)),
        photos=st.lists(photo_readings(), max_size=3).map(tuple),
    ),
    grading=st.none()
    | st.builds(grade, st.lists(findings, max_size=4), rubrics, error_rate=st.floats(0.01, 0.5)),
    decision=decisions,
    policy=st.text(max_size=9),
)
"""Any record there can be, also such as no workflow would make."""
