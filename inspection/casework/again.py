"""Ask again: does a recorded inspection still get the answer it got, and from what was it made?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inspection.look import Looker, SentPhoto
from inspection.ports import Cases, PhotoStore
from inspection.returns.case import Entry
from inspection.verdict.answer import answer
from inspection.verdict.before import CODES
from inspection.verdict.decision import Review
from inspection.verdict.inspection import Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`differs` names what is not as it was: member to (then, now), and is empty where nothing is.

    `other_terms` says what the answer was made with and this installation does not have; `recorded`, whether
    the look that is kept is the one that the record knows by its hash.
    """

    then: Mapping[str, Any]
    now: Mapping[str, Any]
    differs: Mapping[str, tuple[Any, Any]]
    other_terms: tuple[str, ...]
    recorded: bool

    @property
    def same(self) -> bool:
        """The same answer again, to what stands in the record."""
        return self.recorded and not self.differs


def replay(
    inspection_id: str, turn: int | None, *, cases: Cases, photos: PhotoStore, looker: Looker
) -> Replayed:
    """Look again at the same photos, compared with the same references.

    Raises `InspectionNotFound`, or `PhotoNotFound` where a photo has been erased.
    """
    look = cases.look(inspection_id, turn)
    then = look.inspection
    with cases.change() as change:
        case = change.case(inspection_id)
    entries = cases.entries(inspection_id)
    turns = [_turn(entry) for entry in entries if entry.body.get("decision") == "ask_for_photo"]
    asked = case.asked - sum(turn >= look.turn for turn in turns)  # some may have been asked for elsewhere
    now = looker.look(
        [SentPhoto(read=_reading(photos, photo.sha256), view=photo.view) for photo in then.photos],
        [SentPhoto(read=_reading(photos, sha256)) for sha256 in look.compared_with],
        price_cents=case.price_cents,
        asked=asked,
        inspection_id=inspection_id,
    ).inspection
    recalled = [reason for reason in then.decision.reasons if reason.code in CODES]
    if recalled:  # that stands in the record: it is not asked of today's photos
        now = replace(now, decision=Review(reasons=(*now.decision.reasons, *recalled)))
    said, says = _comparable(then), _comparable(now)
    differs = {name: (said[name], says[name]) for name in said if said[name] != says[name]}
    return Replayed(
        then=answer(then),
        now=answer(now),
        differs=differs,
        other_terms=tuple(_terms(then, now)),
        recorded=_recorded(look.turn, cases.hash_of_look(inspection_id, look.turn), entries),
    )


def _turn(entry: Entry) -> int:
    return int(str(entry.body.get("turn", 0)))


def _recorded(turn: int, kept: str, entries: Sequence[Entry]) -> bool:
    """Of records before looks were hashed nothing can be said: they count as recorded."""
    told = {
        entry.body["look"]
        for entry in entries
        if entry.kind == "decision" and entry.body.get("turn") == turn and "look" in entry.body
    }
    return not told or told == {kept}


def _reading(photos: PhotoStore, sha256: str) -> Any:
    return lambda: photos.original(sha256)


def _comparable(inspection: Inspection) -> dict[str, Any]:
    told = answer(inspection)
    told.pop("at")
    told["model"] = {name: told["model"][name] for name in ("bundle", "sha256")}
    return told


def _terms(then: Inspection, now: Inspection) -> list[str]:
    found = []
    if then.reading.model.sha256 != now.reading.model.sha256:
        found.append(f"the bundle was {then.reading.model.bundle}, now it is {now.reading.model.bundle}")
    if then.reading.model.device != now.reading.model.device:
        found.append(f"it ran on {then.reading.model.device}, now on {now.reading.model.device}")
    if then.policy != now.policy:
        found.append(f"the policy was {then.policy}, now it is {now.policy}")
    return found
