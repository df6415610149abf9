"""What is kept of every photo, as the search needs it; `inspection.store.fingerprints` keeps it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from inspection.seen.hits import Known, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One photo's, or the news that it was erased (`quality` below 0). `seq` grows in the order of commits.

    `folded` is what the model saw (`seen.fold`), of the model that was asked for. `gone` are the numbers
    that the photo had before: nothing stands there any more.
    """

    seq: int
    pdq: bytes
    quality: int
    folded: bytes | None = None
    gone: tuple[int, ...] = ()


class Rows(Protocol):
    """Fingerprints of all photos, for any number of processes."""

    def add(
        self, connection: Any, sha256: str, *, pdq: bytes, quality: int, folded: bytes | None, model: str
    ) -> None:
        """Within the caller's transaction. The same photo again changes nothing, unless a model is new."""
        ...

    def forget(self, connection: Any, sha256: str) -> None:
        """Erased: within the caller's transaction, what was kept of it is gone. Twice is as once."""
        ...

    def since(self, seq: int, most: int, model: str) -> Sequence[Row]:
        """What was committed after `seq`, the oldest first, `most` at a time."""
        ...

    def hashes(self, seqs: Collection[int]) -> Mapping[int, bytes]:
        """Those that are kept still under these numbers."""
        ...

    def last(self) -> int:
        """The largest number so far; 0 where there is none."""
        ...

    def standing(self, seqs: Collection[int]) -> Mapping[int, str]:
        """Which of them are kept still, with the photos' hashes."""
        ...

    def folded(self, seqs: Collection[int]) -> Mapping[int, bytes]:
        """What the model saw in them."""
        ...

    def known(self, sha256s: Collection[str], not_of: Use, most: int) -> Mapping[str, Known]:
        """Where these photos are used by others than `not_of` and its return, `most` uses of each named.

        Those that nobody else uses are left out, and so are uses that were taken back or erased.
        """
        ...
