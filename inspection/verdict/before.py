"""Photos that came before: a question for a person, and nothing more.

Neither the grade nor what software would have said changes. That the same photo came twice has innocent
reasons, too (a return begun anew, a photo out of the shop's own catalogue), so nobody is accused of anything.
"""

from dataclasses import dataclass, replace

from inspection.verdict.decision import Review
from inspection.verdict.doubt import Reason
from inspection.verdict.findings import PhotoId
from inspection.verdict.inspection import Inspection

CAME_BEFORE = Reason(
    code="came_before", text="This photo, or one very like it, came with another return or inspection."
)
SHOPS_OWN = Reason(
    code="shops_own_photo", text="This photo, or one very like it, is the shop's own photo of an item."
)
NOT_COMPARED = Reason(
    code="before_unchecked", text="Whether these photos came before could not be checked completely."
)
BEGUN_ANEW = Reason(code="begun_anew", text="This item was looked at before, in another inspection.")
CODES = frozenset(reason.code for reason in (CAME_BEFORE, SHOPS_OWN, NOT_COMPARED, BEGUN_ANEW))
"""Of what is asked of the photos of one day, and not of the model: a replay takes it from the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """`photo` of this inspection is `sha256` elsewhere: the `same_file`, the `same_picture` or a `crop`.

    It came with `times` other inspections, the newest of which are named; `shows` are the items of which
    it is the shop's own photo.
    """

    photo: PhotoId
    sha256: str
    kind: str
    inspections: tuple[str, ...]
    times: int = 0
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What is known of an inspection's photos; `unchecked` are those of which it is not known for sure.

    `begun_anew`: another inspection of the item came to a decision before.
    """

    before: tuple[Before, ...] = ()
    unchecked: tuple[PhotoId, ...] = ()
    begun_anew: bool = False

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """For a person to look; none where nothing came before."""
        asked = {
            CAME_BEFORE: any(one.inspections for one in self.before),
            SHOPS_OWN: any(one.shows for one in self.before),
            NOT_COMPARED: bool(self.unchecked),
            BEGUN_ANEW: self.begun_anew,
        }
        return tuple(reason for reason, holds in asked.items() if holds)


NOTHING = Recalled()


def asks_a_person(inspection: Inspection, recalled: Recalled) -> Inspection:
    """With the reasons for review, if there are any; what it said else stays among its reasons."""
    if not recalled.reasons:
        return inspection
    reasons = (*inspection.decision.reasons, *recalled.reasons)
    return replace(inspection, decision=Review(reasons=reasons))
