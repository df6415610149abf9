"""What one bundle says of one inspection, calibrated: the evidence that the rules weigh."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inspection.verdict.confidence import Answers
from inspection.verdict.findings import Finding, PhotoId, View


class Question(StrEnum):
    """Each is answered on its own; the answers are never blended into one score."""

    DAMAGED = "damaged"
    RECAPTURED = "recaptured"
    SAME_ITEM = "same_item"
    GENUINE = "genuine"


class Basis(StrEnum):
    """What an answer rests on."""

    LEARNED = "learned"
    REFERENCES = "references"
    WEAK = "weak"  # labels whose truth nobody documented: may raise a review, never settle anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One question's calibrated answer. `probability` is that of yes, in [0, 1].

    `answers` is the conformal set at the bundle's error rate: one element is an answer, two
    mean that the evidence does not settle it.
    """

    question: Question
    probability: float
    answers: Answers
    basis: Basis

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or not self.answers:
            raise ValueError(f"a probability in [0, 1] and at least one open answer: {self}")

    @property
    def settled(self) -> bool:
        """Whether one answer is left; weak labels never settle a question."""
        return len(self.answers) == 1 and self.basis is not Basis.WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """Where in a photo the damage claim comes from: `rows` × `columns` cells, row by row, 0 to 255.

    The cells cover the whole upright photo. 255 is the most suspicious; the scale is the
    probability of damage in that cell, times 255.
    """

    rows: int
    columns: int
    cells: bytes

    def __post_init__(self) -> None:
        if len(self.cells) != self.rows * self.columns:
            raise ValueError(f"{self.rows} × {self.columns} cells, not {len(self.cells)}")


class Problem(StrEnum):
    """What keeps a photo from being read well."""

    BLURRED = "blurred"
    DARK = "dark"
    WASHED_OUT = "washed_out"
    GLARE = "glare"
    TOO_FAR = "too_far"
    TOO_SMALL = "too_small"
    NOTHING_THERE = "nothing_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A problem with a photo, and what to do about it, in a shopper's words."""

    problem: Problem
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Whether a photo is good enough to be read."""

    remarks: tuple[Remark, ...] = ()

    @property
    def ok(self) -> bool:
        """No remark at all."""
        return not self.remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What sort of thing the photo shows; `probability` is calibrated, in [0, 1]."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReading:
    """One photo's answers. `None` where the bundle makes no such claim: unknown, never fine.

    `findings` come strongest first, and the strongest carries the probability of `damaged`.
    `familiar` is the share of held-out photos less like the training photos than this one, in
    [0, 1]: near 0, the bundle has seen nothing like it and its learned claims are unsure.
    """

    photo: PhotoId
    view: View | None = None
    damaged: Claim | None = None
    recaptured: Claim | None = None
    same_item: Claim | None = None
    genuine: Claim | None = None
    category: Category | None = None
    familiar: float | None = None
    findings: tuple[Finding, ...] = ()
    heat: HeatMap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Which bundle answered, by name and by the hash of all its files, and the device that ran it."""

    bundle: str
    sha256: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How far accepting was tried on held-out returns, and how often it was wrong at most.

    Accepting every return whose chance of being wrong is at most `up_to` was wrong at most `error` often,
    with `confidence`, among so many `returns` of which the bad answers were as common as `priors` says
    (Learn then Test, Angelopoulos et al. 2021). All but `returns` lie in [0, 1].
    """

    up_to: float
    error: float
    confidence: float
    returns: int
    priors: Mapping[Question, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All photos of one inspection, read by one bundle, in the order they were given.

    `proof` is the bundle's for items read as this one was, with references or without; `None`: it has none.
    """

    model: Model
    photos: tuple[PhotoReading, ...]
    proof: Proof | None = None

    def claims(self, question: Question) -> tuple[Claim, ...]:
        """That question's answers, photo by photo, where one was given."""
        by_photo = {
            Question.DAMAGED: [photo.damaged for photo in self.photos],
            Question.RECAPTURED: [photo.recaptured for photo in self.photos],
            Question.SAME_ITEM: [photo.same_item for photo in self.photos],
            Question.GENUINE: [photo.genuine for photo in self.photos],
        }
        return tuple(claim for claim in by_photo[question] if claim is not None)
