"""Real cookies against other whole cookies of the same tray, by the scores that serving has."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from inspection.vision.bundle import Bundle
from inspection.vision.features import Features, ReferenceFeatures, features_of
from inspection.vision.preprocess import Placement, letterbox
from inspection.vision.references import ReferenceBank, build_bank
from inspection.vision.runtime import Outputs, Runtime, blank
from training.data import Example, data_folder, read_manifest
from training.evaluate.sets import Plan
from training.pairs import Comparer
from training.scenes import photo

DRAWINGS = 5
"""Of the references: on which cookies they fall moves a figure more than anything that could be tuned."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """One run of the graph over a photo."""

    outputs: Outputs
    placement: Placement
    features: Features  # without points: nobody asks whether it is this very cookie


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """Some of the whole cookies as references; these are no returns."""

    drawn: tuple[Example, ...]
    bank: ReferenceBank


@dataclass(frozen=True, kw_only=True, eq=False)
class Tray:
    """The cookies of `damage`, read by one bundle on one runtime."""

    bundle: Bundle
    runtime: Runtime
    plan: Plan

    @cached_property
    def cookies(self) -> tuple[Example, ...]:
        """In the manifest's order."""
        return tuple(e for e in read_manifest(data_folder() / "damage") if e.category == "cookie")

    @property
    def returns(self) -> Sequence[Example]:
        """As many as the plan asks for."""
        return self.plan.some(self.cookies)

    def see(self, picture: Picture) -> Seen:
        """A photo as the graph sees it."""
        card = self.bundle.card
        square, placement = letterbox(picture, card.view_side)
        outputs = self.runtime.run(square[None], blank(card.crop_side))
        return Seen(outputs=outputs, placement=placement, features=features_of(outputs, 0, placement))

    def drawings(self, references: int) -> list[Drawing]:
        """The same ones on every run."""
        whole = [e for e in self.cookies if e.label == "undamaged"]
        rng, found = self.plan.rng("cookies", references), []
        for _ in range(DRAWINGS):
            drawn = tuple(whole[i] for i in rng.choice(len(whole), references, replace=False))
            found.append(Drawing(drawn=drawn, bank=build_bank([self._known(e) for e in drawn])))
        return found

    def _known(self, example: Example) -> ReferenceFeatures:
        if example.path not in self._read:
            card = self.bundle.card
            comparer = Comparer(runtime=self.runtime, view_side=card.view_side, crop_side=card.crop_side)
            self._read[example.path] = comparer.reference(photo(example.path))
        return self._read[example.path]

    @cached_property
    def _read(self) -> dict[object, ReferenceFeatures]:
        return {}


def names(examples: Sequence[Example]) -> NDArray[np.str_]:
    """Each photo shows another cookie: what is drawn anew for an interval."""
    return np.array([f"cookie/{e.path.name}" for e in examples], str)
