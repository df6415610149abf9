"""The look at an inspection: the model reads the photos, software decides what it may, and both are kept.

A job, run by any worker, once a turn. What cannot be read, or not for hours, goes to a person.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from inspection.casework.deciding import Taken, Terms, decided, open_review
from inspection.casework.keeping import Keeping, Since
from inspection.errors import InspectionError, PhotoRejected, SetupProblem
from inspection.look import Looked, Looker, SentPhoto
from inspection.ports import Cases, Change, Gate, Job, KeptLook, Memory, Outcome, PhotoStore, Tried
from inspection.returns.case import Case, CasePhoto
from inspection.returns.four_eyes import SOFTWARE, decided_before
from inspection.returns.return_order import InspectionState
from inspection.verdict.answer import KINDS, answer
from inspection.verdict.before import NOTHING, Recalled, asks_a_person
from inspection.verdict.decision import AskForPhoto
from inspection.verdict.inspection import Inspection

PATIENCE = 90
"""The number of the last attempt; then a person looks. It grows by one where a store or the model is away,
which with a wait of five minutes at most makes some six hours, and by more where the look itself fails or its
process ends: six times.
"""
A_FAILURE = 15
LONGEST_WAIT = 300.0
Reads = Mapping[str, Callable[[], bytes]]
"""How to get each photo's bytes, by its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Each step is one transaction, as in `inspection.workflow`.

    `jitter` spreads retries: a number in [0, 1) each call.
    """

    cases: Cases
    photos: PhotoStore
    keeping: Keeping
    gate: Gate
    looker: Callable[[], Looker]
    terms: Terms
    jitter: Callable[[], float]
    memory: Callable[[], Memory]

    def look(self, inspection_id: str, turn: int, attempt: int) -> Tried:
        """The job: read the photos, decide, and keep both."""
        with self.cases.change() as change:
            case = change.case(inspection_id)
            photos, references = change.photos_of(inspection_id), change.references_of(case.line_id)
            return_id = None if case.line_id is None else change.line(case.line_id).return_id
            anew = decided_before(change.history(case), case.id)
        if not _awaits(case, turn):
            return Tried(Outcome.NOTHING)
        shown = {photo.sha256 for photo in photos}
        compared = tuple(sha256 for sha256 in references if sha256 not in shown)
        try:
            said, recalled = self._seen(case, return_id, photos, compared)
        except PhotoRejected as error:
            self.unread(inspection_id, turn, str(error))
            return Tried(Outcome.UNREAD, str(error))
        except InspectionError as error:  # the model, the store: it may be back soon
            return self.look_again(inspection_id, turn, attempt, error)
        recalled = replace(recalled, begun_anew=anew)
        with self.cases.change() as change:
            self._keep(change, asks_a_person(said, recalled), turn, compared, recalled)
        return Tried(Outcome.DECIDED)

    def look_again(self, inspection_id: str, turn: int, attempt: int, why: Exception) -> Tried:
        """This attempt came to nothing: once more, later if something is away, and in the end a person."""
        away = isinstance(why, SetupProblem)
        following = attempt + (1 if away else A_FAILURE)
        if following > PATIENCE:
            self.unread(inspection_id, turn, str(why))
            return Tried(Outcome.UNREAD, str(why))
        # in seconds, spread so that a crowd doesn't return at once
        wait = min(2.0**attempt, LONGEST_WAIT) * (0.5 + self.jitter()) if away else 0.0
        with self.cases.change() as change:
            change.later(Job.LOOK, inspection_id, turn, following, delay=wait)
        return Tried(Outcome.AGAIN, str(why))

    def unread(self, inspection_id: str, turn: int, why: str) -> None:
        """Software could not even look: a person does."""
        with self.cases.change() as change:
            case = change.case(inspection_id)
            if _awaits(case, turn):
                told = {"turn": turn, "unread": why}
                case = decided(change, case, Taken("review", SOFTWARE, told), self.terms)
                open_review(change, case, "doubt", terms=self.terms, urgency=case.price_cents or 0)

    def keep_now(self, looked: Looked, sent: Sequence[SentPhoto], references: Sequence[SentPhoto]) -> None:
        """One that was looked at while somebody waited: kept as if it had been opened and submitted."""
        reads = {photo.sha256: one.read for one, photo in zip(sent, looked.photos.values(), strict=True)}
        compared = {hashlib.sha256(one.read()).hexdigest(): one.read for one in references}

        def use(since: Since) -> None:
            for photo in looked.photos.values():
                self.photos.put_shown(photo.sha256, self.gate.shown(photo))
            self._keep_case(looked, reads, compared, since)

        self.keeping.keep({**compared, **reads}, use)
        with suppress(InspectionError):  # it is decided; what is not remembered now is remembered later
            self.memory().remember(looked.photos.values())

    def _keep_case(self, looked: Looked, photos: Reads, compared: Reads, since: Since) -> None:
        inspection = looked.inspection
        with self.cases.change() as change:
            case = Case(
                id=inspection.id,
                created_at=inspection.at,
                state=InspectionState.SUBMITTED,
                turn=1,
                asked=looked.asked,
                price_cents=looked.price_cents,
                submitted_at=inspection.at,
            )
            change.add_case(case)
            for sha256, read in sorted({**compared, **photos}.items()):  # in one order, for it locks them
                change.note_photo(sha256, len(read()), since[sha256])
            for photo in inspection.photos:
                read, kept = photos[photo.sha256], since[photo.sha256]
                change.add_photo(case.id, photo.sha256, len(read()), photo.view, kept)
            self._keep(change, inspection, 1, tuple(compared))

    def _seen(
        self, case: Case, return_id: str | None, photos: Sequence[CasePhoto], references: Sequence[str]
    ) -> tuple[Inspection, Recalled]:
        looked = self.looker().look(
            [SentPhoto(read=self._reads(photo.sha256), view=photo.view) for photo in photos],
            [SentPhoto(read=self._reads(sha256)) for sha256 in references],
            price_cents=case.price_cents,
            asked=case.asked,
            inspection_id=case.id,
        )
        for photo in looked.photos.values():
            self.photos.put_shown(photo.sha256, self.gate.shown(photo))
        recalled = self.memory().came_before(case.id, return_id, looked.photos)
        return looked.inspection, recalled

    def _reads(self, sha256: str) -> Callable[[], bytes]:
        return lambda: self.photos.original(sha256)

    def _keep(
        self,
        change: Change,
        inspection: Inspection,
        turn: int,
        compared: tuple[str, ...],
        recalled: Recalled = NOTHING,
    ) -> None:
        """What software decided at a turn, once."""
        case = change.case(inspection.id)
        if not _awaits(case, turn):
            return
        inspection = self._of_what_stays(change, inspection)
        look = change.add_look(case.id, KeptLook(turn=turn, inspection=inspection, compared_with=compared))
        kind, grading = KINDS[type(inspection.decision)], inspection.grading
        told: dict[str, Any] = {
            "turn": turn, "look": look, "compared_with": list(compared), "answer": answer(inspection),
        }  # fmt: skip
        if recalled.before:
            told["came_before"] = [asdict(one) for one in recalled.before]
        if recalled.unchecked:
            told["before_unchecked"] = list(recalled.unchecked)
        grade = grading.value if grading is not None and kind == "accept" else None
        view = inspection.decision.view if isinstance(inspection.decision, AskForPhoto) else None
        case = decided(change, case, Taken(kind, SOFTWARE, told, grade, view=view), self.terms)
        if kind == "review":
            open_review(change, case, "doubt", terms=self.terms, urgency=_urgency(case, inspection))

    def _of_what_stays(self, change: Change, inspection: Inspection) -> Inspection:
        """A photo that was erased while it was looked at leaves neither its heat map nor a shown copy."""
        for sha256 in change.erased([photo.sha256 for photo in inspection.photos]):
            self.photos.erase(sha256)  # nobody can bring it back before this change ends
        there = {photo.sha256 for photo in change.photos_of(inspection.id)}
        gone = {photo.id for photo in inspection.photos if photo.sha256 not in there}
        reading = inspection.reading
        kept = tuple(replace(one, heat=None) if one.photo in gone else one for one in reading.photos)
        return replace(inspection, reading=replace(reading, photos=kept)) if gone else inspection


def _awaits(case: Case, turn: int) -> bool:
    return case.state is InspectionState.SUBMITTED and case.turn == turn


def _urgency(case: Case, inspection: Inspection) -> int:
    """Cents at stake times how unsure it is: what is worth most to settle comes first."""
    doubt = 1.0 if inspection.grading is None else inspection.grading.doubt
    return round((case.price_cents or 0) * (0.25 + doubt))
