"""Demo decisions, made just now by the real workflow from the photos beside this file."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from inspection.ports import Gate, PhotoStore, Records
from inspection.verdict.inspection import Inspection
from inspection.workflow import SentPhoto, Workflow, record

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
    def workflow(self) -> Workflow: ...  # noqa: D102
    @property
    def gate(self) -> Gate: ...  # noqa: D102
    @property
    def photos(self) -> PhotoStore: ...  # noqa: D102
    @property
    def records(self) -> Records: ...  # noqa: D102


def seed(product: Demonstrable) -> list[Inspection]:
    """Decide the cases that are not recorded yet, and one in any case; returns those decided just now.

    A second start adds nothing to the records: its one decision is only returned.
    """
    recorded = {photo.sha256 for one in product.records.latest(_KNOWN_FROM) for photo in one.photos}
    references = [SentPhoto(read=(PHOTOS / name).read_bytes) for name in AS_SOLD]
    made = []
    for name in CASES:
        sent = [SentPhoto(read=(PHOTOS / name).read_bytes)]
        known = hashlib.sha256(sent[0].read()).hexdigest() in recorded
        if known and name != list(CASES)[-1]:
            continue
        looked = product.workflow.inspect(sent, references)
        made.append(looked.inspection)
        if not known:
            record(looked, sent, gate=product.gate, photos=product.photos, records=product.records)
    return made
