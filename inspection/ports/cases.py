"""Returns, inspections, reviews and the record."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from inspection.ports.jobs import Job
from inspection.returns.case import Case, CasePhoto, Entry, Line, Return, ReviewCase
from inspection.returns.return_order import InspectionState
from inspection.verdict.findings import View
from inspection.verdict.inspection import Inspection


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLook:
    """What was said at one turn of an inspection, and which references it was compared with."""

    turn: int
    inspection: Inspection
    compared_with: tuple[str, ...]


class Change(Protocol):
    """One transaction: what is done through it happens together or not at all.

    Rows that are read here are locked until it ends, so what is decided on them stays true. With anything
    of a return its return is locked first, the record last: so no two ever wait for each other.
    """

    now: datetime

    def case(self, inspection_id: str) -> Case:
        """Raises `InspectionNotFound`."""
        ...

    def photos_of(self, inspection_id: str) -> tuple[CasePhoto, ...]:
        """Those that were not taken back, in order."""
        ...

    def add_return(self, made: Return) -> None:
        """With its lines. Raises `ReferenceTaken`."""
        ...

    def return_(self, return_id: str) -> Return:
        """Raises `ReturnNotFound`."""
        ...

    def line(self, line_id: str) -> Line:
        """Raises `ReturnNotFound`."""
        ...

    def set_line(self, line: Line) -> None:
        """State, decision and what was paid; the return's version grows."""
        ...

    def live_case_of(self, line_id: str) -> str | None:
        """The inspection of this item that is under way."""
        ...

    def history(self, case: Case) -> Sequence[Entry]:
        """What the record says of this inspection, and of any other of the same item; the oldest first."""
        ...

    def add_case(self, case: Case) -> None:
        """A new inspection."""
        ...

    def set_case(self, case: Case) -> None:
        """All but what never changes; its version grows by one."""
        ...

    def add_photo(
        self, inspection_id: str, sha256: str, size: int, view: View | None, since: datetime | None = None
    ) -> CasePhoto:
        """The next photo. The same one again is the one that is there. `since`: see `note_photo`."""
        ...

    def note_photo(self, sha256: str, size: int, since: datetime | None = None) -> None:
        """One of these bytes is in the store, and used: its age counts from now.

        `since` is when it was expected (`inspection.casework.keeping`). Raises `PhotoErasedMeanwhile`.
        """
        ...

    def erased(self, sha256s: Collection[str]) -> frozenset[str]:
        """Which of these photos are; none comes or goes until this change ends."""
        ...

    def remove_photo(self, inspection_id: str, position: int) -> None:
        """The shopper took it back. Raises `PhotoNotFound`."""
        ...

    def references_of(self, line_id: str | None) -> tuple[str, ...]:
        """Hashes of photos of the undamaged item, the newest 20; none where no line names one."""
        ...

    def add_look(self, inspection_id: str, look: KeptLook) -> str:
        """Keep it; returns its SHA-256 for the record, which its heat maps are no part of."""
        ...

    def enter(self, kind: str, subject: str, actor: str, body: Mapping[str, Any]) -> Entry:
        """The next entry of the record."""
        ...

    def tell(self, type_: str, subject: str, body: Mapping[str, Any]) -> str:
        """An event for whoever listens, delivered later; returns its id."""
        ...

    def open_review(self, review: ReviewCase) -> None:
        """Put it into the queue. An inspection waits for one review at a time."""
        ...

    def review(self, review_id: str) -> ReviewCase:
        """Raises `ReviewNotFound`."""
        ...

    def open_review_of(self, inspection_id: str) -> ReviewCase | None:
        """The one it waits for."""
        ...

    def set_review(self, review: ReviewCase) -> None:
        """Claim, lateness, end; its version grows by one."""
        ...

    def later(self, job: Job, *arguments: str | int, delay: float = 0) -> None:
        """Begun once this transaction is committed, `delay` seconds after; the same job once."""
        ...


class Cases(Protocol):
    """Returns, inspections, reviews and the record. Safe for threads and processes."""

    def change(self) -> AbstractContextManager[Change]:
        """A transaction, committed where no exception leaves it. Raises `StoreUnusable`."""
        ...

    def get(self, inspection_id: str) -> Inspection:
        """What was said at its latest turn. Raises `InspectionNotFound`."""
        ...

    def look(self, inspection_id: str, turn: int | None = None) -> KeptLook:
        """At a turn, else the latest. Raises `InspectionNotFound`."""
        ...

    def hash_of_look(self, inspection_id: str, turn: int) -> str:
        """Of the look that is kept, as `Change.add_look` gave it. Raises `InspectionNotFound`."""
        ...

    def latest(self, count: int) -> Sequence[Inspection]:
        """The newest looks first."""
        ...

    def submitted(self) -> int:
        """How many inspections wait for the model."""
        ...

    def entries(self, subject: str) -> Sequence[Entry]:
        """What the record says of one inspection or photo, the oldest first."""
        ...

    def due(self, now: datetime, most: int) -> Sequence[tuple[InspectionState, str]]:
        """Inspections that expire and reviews (as IN_REVIEW) that are late by now, with their ids."""
        ...

    def check(self) -> None:
        """Whether one could be added now. Raises `StoreUnusable`."""
        ...
