"""Demo decisions, made just now by the real workflow from the photos beside this file."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from inspection.casework.looking import Looking
from inspection.look import Looker, SentPhoto
from inspection.ports import Cases
from inspection.verdict.inspection import Inspection

PHOTOS = Path(__file__).parent / "photos"

AS_SOLD: Sequence[str] = ("cup_as_sold_1.jpg", "cup_as_sold_2.jpg")

CASES: Mapping[str, str] = {
    "cup_on_a_screen.jpg": "a photo of a screen that shows the cup",
    "something_else.jpg": "not the cup at all",
    "cup_returned_damaged.jpg": "the cup, damaged",
    "cup_returned_fine.jpg": "the cup as it was sold",
}
"""What came back, one photo each, compared with `AS_SOLD`. The last one is the newest on the page."""

_KNOWN_FROM = 200
"""How many of the latest inspections are searched for the demo's photos."""


class Demonstrable(Protocol):
    """What of a product the demo needs."""

    @property
    def looker(self) -> Looker: ...  # noqa: D102
    @property
    def looking(self) -> Looking: ...  # noqa: D102
    @property
    def cases(self) -> Cases: ...  # noqa: D102


def seed(product: Demonstrable) -> list[Inspection]:
    """Decide the cases that are not recorded yet, and one in any case; returns those decided just now.

    A second start adds nothing to the records: its one decision is only returned.
    """
    recorded = {photo.sha256 for one in product.cases.latest(_KNOWN_FROM) for photo in one.photos}
    references = [SentPhoto(read=(PHOTOS / name).read_bytes) for name in AS_SOLD]
    made = []
    for name in CASES:
        sent = [SentPhoto(read=(PHOTOS / name).read_bytes)]
        known = hashlib.sha256(sent[0].read()).hexdigest() in recorded
        if known and name != list(CASES)[-1]:
            continue
        looked = product.looker.look(sent, references)
        made.append(looked.inspection)
        if not known:
            product.looking.keep_now(looked, sent, references)
    return made
