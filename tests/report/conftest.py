from datetime import UTC, datetime
from pathlib import Path

import pytest

import inspection.returns
from inspection.report import Pictures
from inspection.returns.policy import Policy
from inspection.verdict.decision import Accept, AskForPhoto, Review
from inspection.verdict.doubt import Reason
from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity, View
from inspection.verdict.grading import Grade, grade
from inspection.verdict.inspection import InspectedPhoto, Inspection
from inspection.verdict.reading import (
    Basis,
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

HOUSE = Policy.parse((Path(inspection.returns.__file__).parent / "policies" / "house.toml").read_text())
ONE, TWO = PhotoId("photo-1"), PhotoId("photo-2")
STAIN = Finding(
    kind=Kind.STAIN,
    probability=0.91,
    severity=Severity.MARKED,
    photo=ONE,
    box=Box(x=0.42, y=0.45, w=0.2, h=0.22),
)
DECISIONS = {
    "accept": Accept(grade=Grade.C, reasons=(Reason(code="damage_seen", text="Damage is seen."),)),
    "ask_for_photo": AskForPhoto(
        view=View.LABEL,
        reasons=(Reason(code="a", text="A first reason."), Reason(code="b", text="A second reason.")),
    ),
    "review": Review(reasons=(Reason(code="c", text="The chance of being wrong is 7.2%."),)),
}


def claim(question: Question, probability: float, *answers: bool, basis: Basis = Basis.LEARNED) -> Claim:
    return Claim(question=question, probability=probability, answers=frozenset(answers), basis=basis)


@pytest.fixture
def inspected():
    """An inspection of two photos with that decision: one has a stain, the other is blurred."""

    def build(kind="accept", *, grading=True):
        return Inspection(
            id="019b-1",
            at=datetime(2026, 11, 22, 12, 4, 5, tzinfo=UTC),
            photos=(
                InspectedPhoto(id=ONE, sha256="cd" * 32, view=None, quality=Quality()),
                InspectedPhoto(
                    id=TWO,
                    sha256="ef" * 32,
                    view=View.LABEL,
                    quality=Quality(remarks=(Remark(problem=Problem.BLURRED, advice="Hold still."),)),
                ),
            ),
            reading=Reading(
                model=Model(bundle="lite0-v2", sha256="ab" * 32, device="cpu (int8)"),
                photos=(
                    PhotoReading(
                        photo=ONE,
                        damaged=claim(Question.DAMAGED, 0.91, True, basis=Basis.REFERENCES),
                        recaptured=claim(Question.RECAPTURED, 0.004, False),
                        findings=(STAIN,),
                        heat=HeatMap(rows=1, columns=2, cells=b"\x00\xff"),
                    ),
                    PhotoReading(photo=TWO, recaptured=claim(Question.RECAPTURED, 0.3, True, False)),
                ),
            ),
            grading=grade([STAIN], HOUSE.rubric, error_rate=0.05) if grading else None,
            decision=DECISIONS[kind],
            policy=HOUSE.version,
        )

    return build


@pytest.fixture
def pictures():
    return {
        ONE: Pictures(
            shown="data:image/jpeg;base64,AAAA", heat="data:image/jpeg;base64,BBBB", name="cup.jpg"
        ),
        TWO: Pictures(shown="data:image/jpeg;base64,CCCC"),
    }
