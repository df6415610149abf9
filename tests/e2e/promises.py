"""What must hold after a storm, counted in the database: rows, record, events and deliveries say the same."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from e2e.shoppers import Told
from inspection.errors import PhotoNotFound
from inspection.store.tables import DELIVERIES, EVENTS, INSPECTIONS, LOOKS, RECORD, RETURN_LINES, RETURNS
from inspection.wiring import Product

Row = Mapping[str, Any]
_TOLD_OF = {"decision": "inspection.decided", "paid": "line.paid", "appeal": "inspection.appealed"}
"""What is entered in the record is told in an event that names the entry."""


@dataclass(frozen=True)
class Kept:
    """All rows that count."""

    returns: Sequence[Row]
    lines: Sequence[Row]
    cases: Sequence[Row]
    looks: Sequence[Row]
    entries: Sequence[Row]
    events: Sequence[Row]
    deliveries: Sequence[Row]

    @classmethod
    def of(cls, product: Product) -> "Kept":
        """Read at once."""
        tables = (RETURNS, RETURN_LINES, INSPECTIONS, LOOKS, RECORD, EVENTS, DELIVERIES)
        with product.database.reading() as connection:
            return cls(*(connection.execute(select(table)).mappings().all() for table in tables))

    def entered(self, kind: str) -> list[Row]:
        """In order."""
        return sorted((e for e in self.entries if e["kind"] == kind), key=lambda e: int(e["seq"]))


def broken_promises(product: Product, told: Told, heard: Counter[str]) -> list[str]:
    """What must hold and does not."""
    kept = Kept.of(product)
    wrong = [*told.wrong, *_returns(kept, told), *_decisions(kept, told), *_payments(kept, told)]
    wrong += [*_told(kept), *_delivered(kept, heard), *_photos(product, told)]
    audit = product.cases.audit()
    if audit.broken_at is not None:
        wrong.append(f"the record is broken at {audit.broken_at}: {audit.why}")
    return [*wrong, *audit.contradictions]


def _returns(kept: Kept, told: Told) -> Iterator[str]:
    references = Counter(row["reference"] for row in kept.returns)
    if doubled := [one for one, count in references.items() if count > 1]:
        yield f"returns made twice: {doubled}"
    if lost := set(told.returns) - set(references):
        yield f"returns lost: {lost}"
    states = {case["id"]: case["state"] for case in kept.cases}
    yield from (f"{one}: still submitted" for one, state in states.items() if state == "submitted")
    yield from (f"{one}: its withdrawal was lost" for one in told.withdrawn if states[one] != "withdrawn")


def _decisions(kept: Kept, told: Told) -> Iterator[str]:
    decisions = kept.entered("decision")
    by_software = Counter(e["subject"] for e in decisions if e["actor"] == "software")
    by_people = Counter(e["subject"] for e in decisions if e["actor"] != "software")
    looks = Counter(look["inspection_id"] for look in kept.looks)
    last = {entry["subject"]: entry for entry in decisions}
    for id_, turn in told.submitted.items():
        if by_software[id_] != turn or looks[id_] > turn:
            yield f"{id_}: {turn} turns, {by_software[id_]} decisions by software, {looks[id_]} looks"
    for id_ in by_people | told.verdicts:
        if by_people[id_] != told.verdicts[id_]:
            yield f"{id_}: {told.verdicts[id_]} verdicts were given, {by_people[id_]} entered"
    for case in kept.cases:
        entered = last[case["id"]]["body"] if case["id"] in last else {"decision": None, "grade": None}
        if (case["decision"], case["grade"]) != (entered["decision"], entered["grade"]):
            yield f"{case['id']}: {case['decision']} in its row, {entered['decision']} in the record"
    for kind, those in (("appeal", told.appealed), ("second_opinion", told.second_opinions)):
        entered = Counter(entry["subject"] for entry in kept.entered(kind))
        if lost := those - set(entered):
            yield f"lost of the kind {kind}: {lost}"
    appeals = Counter(entry["subject"] for entry in kept.entered("appeal"))
    yield from (f"{one}: {count} appeals" for one, count in appeals.items() if count > 1)


def _payments(kept: Kept, told: Told) -> Iterator[str]:
    entered: dict[str, list[int]] = {}
    for entry in kept.entered("paid"):
        entered.setdefault(entry["subject"], []).append(entry["body"]["cents"])
    paid = {line["id"]: line["paid_cents"] for line in kept.lines if line["state"] == "paid"}
    for line_id in {*entered, *paid, *told.paid}:
        said = entered.get(line_id, []), paid.get(line_id), told.paid.get(line_id)
        if said != ([said[2]], said[2], said[2]):
            yield f"{line_id}: paid {said[0]} in the record, {said[1]} in its row, {said[2]} as was asked"


def _told(kept: Kept) -> Iterator[str]:
    for kind, type_ in _TOLD_OF.items():
        entered = Counter(int(entry["seq"]) for entry in kept.entered(kind))
        events = Counter(_seq(event["body"]["record"]) for event in kept.events if event["type"] == type_)
        if entered != events:
            apart = sorted((entered - events) | (events - entered))
            yield f"{type_}: entries {apart} have no event of theirs, or more than one"


def _seq(record: int | Mapping[str, Any]) -> int:
    return int(record) if isinstance(record, int) else int(record["seq"])


def _delivered(kept: Kept, heard: Counter[str]) -> Iterator[str]:
    """To the one webhook there is, which listens to all."""
    ids = {event["id"] for event in kept.events}
    arrived = {one["event_id"] for one in kept.deliveries if one["delivered_at"] is not None}
    if ids - arrived:
        yield f"{len(ids - arrived)} of {len(ids)} events have not arrived by their rows"
    if ids - set(heard):
        yield f"{len(ids - set(heard))} of {len(ids)} events were never heard"
    if set(heard) - ids:
        yield f"heard of {len(set(heard) - ids)} events that never were"


def _photos(product: Product, told: Told) -> Iterator[str]:
    for sha256, id_ in told.photos.items():
        try:
            there = hashlib.sha256(product.photos.original(sha256)).hexdigest()
        except PhotoNotFound:
            there = None
        if there != (None if sha256 in told.erased else sha256):
            yield f"{id_}: its photo {sha256} is {there}"
