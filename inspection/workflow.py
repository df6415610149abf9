"""START HERE: the durable path of one inspection, from its first photo to a decision that stands.

    open ─ add photos ─ submit ─> look (a job, run by any worker, once a turn)
        look ─> accept                      the item of the return is decided (casework.looking)
             ─> ask for a photo             open again, until it expires
             ─> leave it to a person        casework.people: claim, judge, second opinion
    decided ─ appeal ─> another person

Every step is one transaction: the rows, the record's entry, the event for others and the job that comes
next happen together or not at all. A step acts only on the state in which it finds the inspection, so
whatever a crash makes it do again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inspection.casework.deciding import Terms, unchanged
from inspection.errors import AlreadyInspected, NoPhotos, Overloaded, PhotoLookedAt
from inspection.look import check_room
from inspection.ports import Cases, Change, Job
from inspection.returns.case import Case, CasePhoto, Return
from inspection.returns.four_eyes import SOFTWARE
from inspection.returns.return_order import InspectionMove, InspectionState, LineMove, line_moved, moved
from inspection.sweeping import each
from inspection.verdict.findings import View

MOST_SUBMITTED = 2000
"""About so many inspections wait for the model; beyond, submitting is answered "later" (429)."""
SWEEP_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What a shopper, and time, do with an inspection."""

    cases: Cases
    terms: Terms

    def request_return(self, made: Return) -> Return:
        """A shopper's request, with its items. Raises `ReferenceTaken`."""
        with self.cases.change() as change:
            change.add_return(made)
            told = {"return_id": made.id, "reference": made.reference}
            change.tell("return.requested", made.id, told)
        return made

    def open(
        self, *, line_id: str | None = None, price_cents: int | None = None, id_: str | None = None
    ) -> Case:
        """A new inspection, of a return's item or by itself.

        Raises `ReturnNotFound`, `MoveRefused`, or `AlreadyInspected` where one is under way.
        """
        with self.cases.change() as change:
            if line_id is not None:
                line = change.line(line_id)
                line_moved(line.state, LineMove.ACCEPT)  # one that is decided or paid takes no new one
                if (live := change.live_case_of(line_id)) is not None:
                    raise AlreadyInspected(live)
                price_cents = line.price_cents
            case = Case(
                id=id_ or self.terms.new_id(),
                line_id=line_id,
                created_at=change.now,
                state=InspectionState.OPEN,
                price_cents=price_cents,
                expires_at=change.now + self.terms.open_for,
            )
            change.add_case(case)
            change.tell("inspection.opened", case.id, {"inspection_id": case.id, "line_id": line_id})
        return case

    def add_photo(
        self,
        inspection_id: str,
        sha256: str,
        size: int,
        view: View | None = None,
        since: datetime | None = None,
    ) -> CasePhoto:
        """One that is in the store already, `since` it was expected there (`inspection.casework.keeping`).

        Raises `MoveRefused` where none is taken any more, `TooManyPhotos` or `PhotoErasedMeanwhile`.
        """
        with self.cases.change() as change:
            case = _taking_photos(change, inspection_id)
            there = change.photos_of(inspection_id)
            if sha256 not in {photo.sha256 for photo in there}:
                check_room(there)
                change.set_case(case)  # another version: whoever read it before has not seen this photo
            return change.add_photo(inspection_id, sha256, size, view, since)

    def remove_photo(self, inspection_id: str, position: int, *, version: int | None = None) -> None:
        """The shopper takes one back, before submitting.

        Raises `PhotoNotFound`, `MoveRefused`, or `PhotoLookedAt` where it was submitted before: what shows
        damage does not go because it was seen.
        """
        with self.cases.change() as change:
            case = _taking_photos(change, inspection_id)
            unchanged("inspection", case, version)
            _unseen(case, change.photos_of(inspection_id), position)
            change.remove_photo(inspection_id, position)
            change.set_case(case)

    def submit(self, inspection_id: str, *, version: int | None = None) -> Case:
        """No more photos for now: the look begins with the commit.

        Raises `NoPhotos`, `MoveRefused`, `Overloaded`, or `ChangedMeanwhile` where it has another version.
        """
        if self.cases.submitted() >= MOST_SUBMITTED:
            raise Overloaded("Too many inspections are waiting. Please submit this one again later.", 30)
        with self.cases.change() as change:
            case = change.case(inspection_id)
            unchanged("inspection", case, version)
            state = moved(case.state, InspectionMove.SUBMIT)
            if not change.photos_of(inspection_id):
                raise NoPhotos
            case = replace(case, state=state, turn=case.turn + 1, submitted_at=change.now, expires_at=None)
            change.set_case(case)
            change.tell("inspection.submitted", case.id, {"inspection_id": case.id, "turn": case.turn})
            change.later(Job.LOOK, case.id, case.turn, 1)
        return replace(case, version=case.version + 1)

    def withdraw(self, inspection_id: str, actor: str, *, version: int | None = None) -> Case:
        """The shopper keeps the item: nothing more is decided about it. Raises `MoveRefused`."""
        with self.cases.change() as change:
            case = change.case(inspection_id)
            unchanged("inspection", case, version)
            moved(case.state, InspectionMove.WITHDRAW)
            if case.line_id is not None:
                line = change.line(case.line_id)
                change.set_line(replace(line, state=line_moved(line.state, LineMove.CANCEL)))
            return _ended(change, case, InspectionMove.WITHDRAW, actor)

    def sweep(self, now: datetime) -> int:
        """What time alone brings about: inspections nobody came back to, reviews that are late."""
        due = self.cases.due(now, SWEEP_AT_ONCE)
        each(due, self._time_is_up)
        return len(due)

    def _time_is_up(self, due: tuple[InspectionState, str]) -> None:
        state, id_ = due
        with self.cases.change() as change:
            if state is InspectionState.OPEN:
                _expire(change, change.case(id_))
            else:
                _late(change, id_)


def _taking_photos(change: Change, inspection_id: str) -> Case:
    """Raises `MoveRefused` where photos don't come and go any more."""
    case = change.case(inspection_id)
    moved(case.state, InspectionMove.SUBMIT)
    return case


def _unseen(case: Case, photos: Sequence[CasePhoto], position: int) -> None:
    """Raises `PhotoLookedAt`."""
    for photo in photos:
        if photo.position == position and case.submitted_at and photo.added_at <= case.submitted_at:
            raise PhotoLookedAt(position)


def _expire(change: Change, case: Case) -> None:
    past = case.expires_at is not None and case.expires_at <= change.now
    if case.state is InspectionState.OPEN and past:  # else somebody came back just now
        _ended(change, case, InspectionMove.EXPIRE, SOFTWARE)


def _ended(change: Change, case: Case, move: InspectionMove, actor: str) -> Case:
    case = replace(case, state=moved(case.state, move), expires_at=None)
    change.set_case(case)
    change.enter(case.state.value, case.id, actor, {"turn": case.turn})
    change.tell(f"inspection.{case.state.value}", case.id, {"inspection_id": case.id})
    return replace(case, version=case.version + 1)


def _late(change: Change, review_id: str) -> None:
    review = change.review(review_id)
    if review.closed_at is None and review.late_at is None:
        change.set_review(replace(review, late_at=change.now))
        told = {"review_id": review.id, "inspection_id": review.inspection_id}
        change.tell("review.late", review.inspection_id, told)
