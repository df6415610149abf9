"""A specialist: one more head for one brand or category, beside the bundle and independent of its version.

It answers whether an item is genuine, for the items it was made for and no others. docs/specialist.md.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort

from inspection.errors import BundleUnsuitable, InferenceFailed
from inspection.photo.photo import Picture
from inspection.verdict.confidence import UNSURE
from inspection.verdict.reading import Basis, Category, Claim, Question
from inspection.vision.bundle import CALIBRATION, CARD, GRAPHS, suitable, untouched
from inspection.vision.calibrations import Calibrations, read_calibrations
from inspection.vision.onnx_runtime import session_options
from inspection.vision.preprocess import letterbox
from inspection.vision.values import Unreadable

Labels = Literal["weak", "documented"]
OUTPUTS = ("genuine", "strangeness")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistCard:
    """The part of a specialist's `card.toml` that serving needs.

    It answers for photos whose category is one of `categories` with at least `category_from`.
    `weak` labels are those whose truth nobody documented. `view_side` is in pixels.
    """

    name: str
    items: str
    categories: frozenset[str]
    category_from: float
    labels: Labels
    view_side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialist:
    """Made by `Specialist.open`; safe to call from several threads."""

    card: SpecialistCard
    sha256: str
    calibrations: Calibrations = field(repr=False)
    session: ort.InferenceSession = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Specialist":
        """Check every byte, then load. Raises what `Bundle.open` does."""
        sha256, name = untouched(folder), folder.name
        card = suitable(name, CARD, lambda: read_specialist_card(folder / CARD))
        calibrations = suitable(name, CALIBRATION, lambda: read_calibrations(folder / CALIBRATION))
        if calibrations.genuine is None or calibrations.familiarity is None:
            raise BundleUnsuitable(name, f"{CALIBRATION}: 'genuine' and 'strangeness' must both be there")
        path = folder / GRAPHS["fp32"]
        try:
            session = ort.InferenceSession(str(path), session_options(1), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors share no other base
            raise BundleUnsuitable(name, f"{path.name} cannot be loaded") from error
        if {out.name for out in session.get_outputs()} != set(OUTPUTS):
            raise BundleUnsuitable(name, f"{path.name} must give {' and '.join(OUTPUTS)}")
        return cls(card=card, sha256=sha256, calibrations=calibrations, session=session)

    def claim(self, picture: Picture, category: Category | None) -> Claim | None:
        """`None` where it was not made for what the bundle sees here; open where the photo is a stranger."""
        card, calibration = self.card, self.calibrations.genuine
        if category is None or category.name not in card.categories or calibration is None:
            return None
        if category.probability < card.category_from:
            return None
        score, strangeness = self.scores(letterbox(picture, card.view_side)[0])
        familiarity = self.calibrations.familiarity
        stranger = familiarity is None or familiarity.unsure(strangeness)
        probability = 0.5 if stranger else calibration.probability(score)
        return Claim(
            question=Question.GENUINE,
            probability=probability,
            answers=UNSURE if stranger else calibration.answers(probability),
            basis=Basis.WEAK if card.labels == "weak" else Basis.LEARNED,
        )

    def scores(self, square: Picture) -> tuple[float, float]:
        """The logit of genuine and the strangeness of one (side, side, 3) view. Raises `InferenceFailed`."""
        try:
            genuine, strange = self.session.run(list(OUTPUTS), {"views": np.ascontiguousarray(square[None])})
        except Exception as error:  # onnxruntime's errors share no other base
            raise InferenceFailed("cpu (specialist)", str(error)) from error
        return float(genuine[0]), float(strange[0])


def read_specialist_card(path: Path) -> SpecialistCard:
    """Raises `Unreadable`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if table["specialist"] != 1:
            raise Unreadable(f"it is of format {table['specialist']!r} and this version reads format 1")
        answers, side = table["answers"], table["preprocessing"]["view_side"]
        if answers["labels"] not in ("weak", "documented"):
            raise Unreadable(f"labels = {answers['labels']!r} is neither 'weak' nor 'documented'")
        if not isinstance(side, int) or not 32 <= side <= 1024 or not 0 <= answers["category_from"] <= 1:
            raise Unreadable("view_side lies from 32 to 1024 and category_from within 0 and 1")
        return SpecialistCard(
            name=str(table["name"]),
            items=str(answers["items"]),
            categories=frozenset(answers["categories"]),
            category_from=float(answers["category_from"]),
            labels=answers["labels"],
            view_side=side,
        )
    except (KeyError, TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(f"it lacks or misstates {error}") from error
