"""What the path needs from the outside world; each adapter serves one of these."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from inspection.photo.photo import Photo
from inspection.returns.case import Case, CasePhoto, Entry, Line, Return, ReviewCase
from inspection.returns.return_order import InspectionState
from inspection.verdict.before import Recalled
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import Quality, Reading

__all__ = [
    "Cases",
    "Change",
    "Forgotten",
    "Gate",
    "Job",
    "KeptAnswer",
    "KeptLook",
    "Keys",
    "Photo",
    "PhotoStore",
    "Reader",
    "Reference",
    "References",
    "Source",
    "Turn",
    "Worker",
]


class Gate(Protocol):
    """The way in for photos. Safe to call from several threads."""

    def open(self, encoded: bytes) -> Photo:
        """A safe, upright picture from whatever a phone sent. Raises `PhotoRejected`."""
        ...

    def judge(self, photo: Photo) -> Quality:
        """Is it good enough to be read, and what to do if not?"""
        ...

    def shown(self, photo: Photo) -> bytes:
        """A JPEG that people may see: re-encoded, without any metadata."""
        ...


class Memory(Protocol):
    """Every photo that ever came."""

    def came_before(
        self, inspection_id: str, return_id: str | None, photos: Mapping[PhotoId, Photo]
    ) -> Recalled:
        """Remember these, then say which came with another return, or with another inspection of none.

        Asking twice is as once. Commits by itself: call it outside of any transaction. What cannot be
        compared is told; raises `StoreUnusable` where these cannot be remembered.
        """
        ...

    def remember(self, photos: Iterable[Photo]) -> None:
        """As `came_before`, and ask nothing."""
        ...


class Reader(Protocol):
    """The model: photos of one item in, calibrated answers out."""

    def read(
        self,
        photos: Sequence[tuple[PhotoId, View | None, Photo]],
        references: Iterable[Photo] = (),
    ) -> Reading:
        """Read one item. Photos of the undamaged item, 0 to 20, sharpen damage and identity.

        References are taken a few at a time and let go of, so that they may be opened on the way.
        Safe to call from several threads. The same photos give the same reading.
        """
        ...


class PhotoStore(Protocol):
    """Where originals and shown copies are kept, by content. What is stored is never changed."""

    def put_original(self, sha256: str, encoded: bytes) -> None:
        """Keep the untouched bytes. Putting the same ones again does nothing; they mend altered ones."""
        ...

    def put_shown(self, sha256: str, encoded: bytes, *, again: bool = False) -> None:
        """Keep the copy of an original that people may see; named by the original's hash.

        `again` replaces one that is there: it was found broken.
        """
        ...

    def original(self, sha256: str) -> bytes:
        """The untouched bytes, for the model alone. Raises `PhotoNotFound`."""
        ...

    def shown(self, sha256: str) -> bytes:
        """The copy people may see, a JPEG without metadata. Raises `PhotoNotFound`."""
        ...

    def erase(self, sha256: str) -> None:
        """Both, for good. Erasing what is not there does nothing."""
        ...

    def has(self, sha256: str) -> bool:
        """Whether either of them is there."""
        ...

    def check(self) -> None:
        """Whether one could be put now. Raises `StoreUnusable`."""
        ...


class Outcome(StrEnum):
    """What became of one look."""

    DECIDED = "decided"
    NOTHING = "nothing"  # nobody waited for it any more
    AGAIN = "again"  # it is tried again in a while
    UNREAD = "unread"  # a person does it
    FAILED = "failed"  # a fault of ours; the job is tried again at once


@dataclass(frozen=True, slots=True)
class Tried:
    """One look; `why` it came to nothing."""

    outcome: Outcome
    why: str = ""


class Job(StrEnum):
    """What can be done later, each durably; the arguments that name it stand behind it."""

    LOOK = "look"  # inspection_id, turn, attempt
    DELIVER = "deliver"  # event_id, webhook_id, attempt


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

    def entries(self, subject: str) -> Sequence[Entry]:
        """What the record says of one inspection, the oldest first."""
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

        `since` is when it was expected (`inspection.keeping`). Raises `PhotoErasedMeanwhile`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered the first time an idempotency key came; `form_sha256` is of the form it answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    form_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A request's right to act under its key. `done`: its effect is there, only the answer is not.

    `made_id` is for what it makes, however often it is made; `begun_at` is when the first request came.
    `token` is this turn's own: one that was taken over by another changes nothing any more.
    """

    caller: str
    key: str
    made_id: str
    done: bool
    begun_at: datetime
    token: str


class Worker(Protocol):
    """Takes jobs off the queues in this process."""

    def start(self, sweep: Callable[[], None]) -> None:
        """Begin to work; `sweep` is called every few seconds. Raises `StoreUnusable`."""
        ...

    @property
    def name(self) -> str:
        """Like no other's."""
        ...

    def beats(self, within: float) -> bool:
        """Whether its heart beat in so many seconds, though the database may not have heard it."""
        ...

    def stop(self, seconds: int = 30) -> None:
        """Take no more jobs, and wait so long for those that have begun."""
        ...


class Keys(Protocol):
    """Idempotency keys, kept for a day."""

    def begin(self, caller: str, key: str, request_sha256: str, *, held_for: timedelta) -> KeptAnswer | Turn:
        """The first answer, or a turn, which another may take over after `held_for`.

        Raises `KeyReused` or `StillRunning`.
        """
        ...

    def noted(self, turn: Turn) -> AbstractContextManager[None]:
        """Changes within are noted as this key's effect, in their own transaction.

        Raises `StillRunning`, and nothing is changed, where another has taken over the turn.
        """
        ...

    def answer(self, turn: Turn, answer: KeptAnswer) -> None:
        """Keep the first answer."""
        ...

    def release(self, turn: Turn) -> None:
        """The request failed for a reason that may pass: the key is free again, unless it had its effect."""
        ...


Source = Literal["catalogue", "dispatch", "return"]
"""Where a photo of an undamaged item is from: the catalogue, its dispatch, or a return graded A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One photo of an undamaged item, by the merchant's own item number."""

    id: str
    sku: str
    sha256: str
    source: Source
    added_at: datetime


class References(Protocol):
    """Inspections of an item are compared with the newest 20 of its number."""

    def add(self, made: Reference, size: int, since: datetime | None = None) -> Reference:
        """`size` in bytes. Adding the same photo to the same item again gives the one that is there.

        `since`: see `Change.note_photo`.
        """
        ...

    def of(self, sku: str, *, after: str | None, limit: int) -> tuple[Reference, ...]:
        """The newest first; `after` is the id of the last one before."""
        ...

    def remove(self, reference_id: str) -> None:
        """Nothing is compared with it any more. Raises `ReferenceNotFound`."""
        ...


class Forgotten(Protocol):
    """What rows know of photos, and forget. An erasure is noted in the record, where the hash stays."""

    def known(self, sha256: str) -> None:
        """Raises `PhotoNotFound`."""
        ...

    def erase(self, sha256: str, actor: str, why: str) -> None:
        """All traces of it. What is erased stays so."""
        ...

    def erase_overdue(self, sha256: str, now: datetime, unused_since: datetime | None) -> None:
        """The same, where it is overdue by now: somebody may have begun to use it again."""
        ...

    def erase_of_return(self, return_id: str, sha256: str, actor: str, why: str) -> bool | None:
        """Its use by this return, and with the last use all of it: True. False: others use it still.

        `None` where nothing was left to erase.
        """
        ...

    def photos_of_return(self, return_id: str) -> Sequence[str]:
        """Those whose use by it, or whose files, may be there still. Raises `ReturnNotFound`."""
        ...

    def overdue(self, now: datetime, unused_since: datetime | None, most: int) -> Sequence[str]:
        """Expected and never used by now; and, the oldest first, those last used before `unused_since`

        that no open, submitted or reviewed inspection has, none decided since, and no item as reference.
        """
        ...

    def while_erased(self, sha256: str) -> AbstractContextManager[bool]:
        """Whether it is; if so it stays so within: nobody can bring it back before that ends."""
        ...

    def uncleared(self, before: datetime, most: int) -> Sequence[str]:
        """Erased before then, and their files were not looked for since."""
        ...

    def cleared(self, sha256: str, before: datetime) -> None:
        """They were."""
        ...

    def erased_of(self, inspection_id: str) -> frozenset[str]:
        """Photos that it had and whose use by it was erased, though others may use them."""
        ...

    def erased_among(self, sha256s: Collection[str]) -> frozenset[str]:
        """Which of these photos are."""
        ...
