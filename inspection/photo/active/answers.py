"""What active capture can say. There is no word here for a screen: what is not seen is unknown."""

from dataclasses import dataclass
from enum import StrEnum


class Views(StrEnum):
    """Why two views do or do not show depth; `words` are for the person with the phone."""

    DEPTH = "depth"
    FLAT = "flat"
    SAME_PLACE = "same_place"
    NOT_ONE_SCENE = "not_one_scene"
    TOO_LITTLE_DETAIL = "too_little_detail"
    TOO_SMALL = "too_small"

    @property
    def words(self) -> str:
        """One sentence, and what to do where something can be done."""
        return _VIEWS[self]


_VIEWS = {
    Views.DEPTH: "Near and far parts of the item moved apart, as only a thing with depth does.",
    Views.FLAT: "All of the middle moved as one sheet. Flat items do that, so it tells nothing.",
    Views.SAME_PLACE: "Both photos are from nearly the same place. Move the phone a hand's width sideways.",
    Views.NOT_ONE_SCENE: "The photos do not show one still scene. Leave the item, and move the phone only.",
    Views.TOO_LITTLE_DETAIL: "Too little was found in the middle of both photos. Move closer to the item.",
    Views.TOO_SMALL: "The photos are too small or too narrow to compare. Send the original photos.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Do two views show a thing with depth? `seen` False is "unknown", never "flat" and never "a screen".

    `points` were matched in the middle of both photos and fit one still scene; `still` is their share of all
    that were matched there. `off_sheet` is the share of the inner points that no plane explains, in `places`
    separate places; `off_bent` and `bent_places` say the same of a wider middle and a sheet that may bend;
    `off_nearest` of the few points nearest to the middle and a plane of their own. `parallax` is the median
    distance of the inner points off the plane from it, in shares of the longer side.
    """

    why: Views
    points: int = 0
    still: float = 0.0
    off_sheet: float = 0.0
    places: int = 0
    off_bent: float = 0.0
    bent_places: int = 0
    off_nearest: float = 0.0
    parallax: float = 0.0

    @property
    def seen(self) -> bool:
        """True: first-hand, as far as two views can tell. False: unknown."""
        return self.why is Views.DEPTH


class Lamp(StrEnum):
    """Why a photo by the phone's lamp does or does not tell; `words` are for the person with the phone."""

    ANSWERS = "answers"
    NO_ANSWER = "no_answer"
    NOT_ALIGNED = "not_aligned"
    TOO_LITTLE_DETAIL = "too_little_detail"

    @property
    def words(self) -> str:
        """One sentence, and what to do where something can be done."""
        return _LAMP[self]


_LAMP = {
    Lamp.ANSWERS: "The item gave the lamp's light back as paper, cloth and other surfaces do.",
    Lamp.NO_ANSWER: "The lamp made too little difference to tell. Bright rooms do that; dim the light.",
    Lamp.NOT_ALIGNED: "The two photos do not fit each other. Hold the phone still and take both again.",
    Lamp.TOO_LITTLE_DETAIL: "Too little could be compared: the item is too plain, too dark or too bright.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LampAnswer:
    """Does what is photographed give back the phone's lamp? `seen` False is "unknown".

    It tells reflecting things from shining ones and nothing else: a print answers as an item does.
    `cells` parts of the photo could be judged. `growth` is the median factor by which contrasts (in linear
    light) grew, the camera's exposure included, so it may be under 1. `fall_off` is how much more they grew
    in one place than in another, beyond what brightness explains; `sure` is that finding's F statistic.
    """

    why: Lamp
    cells: int = 0
    growth: float = 1.0
    fall_off: float = 1.0
    sure: float = 0.0

    @property
    def seen(self) -> bool:
        """True: no screen, as far as the lamp can tell. False: unknown."""
        return self.why is Lamp.ANSWERS
