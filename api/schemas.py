"""The answer's shape for OpenAPI; `inspection.verdict.answer` makes the answer itself.

`null` always means that no such claim was made. It is never a made-up number.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from inspection.verdict.findings import Kind, View
from inspection.verdict.reading import Problem

Probability = Annotated[float, Field(ge=0, le=1)]
GradeName = Literal["A", "B", "C", "D", "E"]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Out(BaseModel):
    """Exactly these members, all of them always there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReasonOut(Out):
    """Why: a stable code for programs, a sentence for people."""

    code: str
    text: str


class DecisionOut(Out):
    """Software accepts, asks for a photo, or asks a person. It never refuses."""

    kind: Literal["accept", "ask_for_photo", "review"]
    reasons: list[ReasonOut]
    view: View | None = Field(
        default=None, description="What to photograph next; there for `ask_for_photo` only."
    )


class GradeOut(Out):
    """A like new, B very good, C good, D acceptable, E not resaleable."""

    value: GradeName | None
    probabilities: dict[GradeName, Probability] | None = Field(description="Sum to 1.")
    set: list[GradeName] | None = Field(description="The grades that cannot be ruled out, best first.")


class FindingOut(Out):
    """One defect in one photo."""

    kind: Kind
    probability: Probability
    severity: Literal["light", "marked", "severe"] | None
    photo: str
    box: tuple[Probability, Probability, Probability, Probability] = Field(
        description="x, y, width and height as fractions of the upright photo, from its top left."
    )


class DamageOut(Out):
    """The claim about damage, and where it comes from."""

    probability: Probability | None
    findings: list[FindingOut]


class CaptureOut(Out):
    """First-hand, or a photo of a screen or a print?"""

    recaptured: Probability | None


class IdentityOut(Out):
    """The item that was sold? Needs references."""

    match: Probability | None


class ItemOut(Out):
    """Genuine?"""

    genuine: Probability | None


class AuthenticityOut(Out):
    """Three questions, each with its own answer; never blended into one score."""

    capture: CaptureOut
    identity: IdentityOut
    item: ItemOut


class CategoryOut(Out):
    """What sort of thing it is."""

    name: str | None
    probability: Probability | None


class ProblemOut(Out):
    """What keeps a photo from being read well, and what the shopper can do about it."""

    code: Problem
    advice: str


class QualityOut(Out):
    """Whether a photo is good enough to be read."""

    ok: bool
    problems: list[ProblemOut]


class InspectedPhotoOut(Out):
    """One photo, numbered in the order it was sent; `sha256` is that of the bytes as sent."""

    id: str
    sha256: Sha256
    view: View | None
    quality: QualityOut


class ModelOut(Out):
    """Which bundle answered, by name and content, and the device that really ran it."""

    bundle: str
    sha256: Sha256
    device: str


class PolicyOut(Out):
    """Whose rules and costs decided."""

    version: str


class AnswerOut(Out):
    """One inspection, as `inspection inspect --json` prints it."""

    id: str
    at: datetime
    decision: DecisionOut
    grade: GradeOut
    damage: DamageOut
    authenticity: AuthenticityOut
    category: CategoryOut
    photos: list[InspectedPhotoOut]
    model: ModelOut
    policy: PolicyOut


class FieldError(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(examples=["body.currency"])
    message: str = Field(examples=["String should match pattern '^[A-Z]{3}$'"])


class ProblemDetails(BaseModel):
    """RFC 9457. Build on `code`; `detail` is for people and may change."""

    type: str = Field(examples=["urn:inspection:problem:not_a_photo"])
    title: str = Field(examples=["Not a photo"])
    status: int = Field(examples=[422])
    detail: str = Field(
        examples=["This file is not a photo we can read. We read JPEG, PNG, WebP, HEIC and AVIF."]
    )
    code: str = Field(examples=["not_a_photo"])
    errors: list[FieldError] = Field(
        default=[], description="With `request_invalid`: each part of the request that is wrong."
    )


class ReadyOut(Out):
    """`lacking` says what is not ready, by part: model, records, photos."""

    ready: bool
    lacking: dict[str, str]
