"""What a process holds in memory of every photo, brought up to date from the rows before each search."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Event, Lock

import numpy as np

from inspection.photo.fingerprint import CLEAR
from inspection.seen.bits import Bits, Found
from inspection.seen.fold import CODE_BYTES, codes, unfolded
from inspection.seen.index_file import IndexFile, Snapshot
from inspection.seen.rows import Row, Rows

PDQ_BYTES = 32
AT_ONCE = 20_000
"""Rows read at a time: 12 MB."""
WORTH_A_FILE = 20_000
"""Rows that are read in less than a second need none."""
COMPARED_WITH_ROWS = 256
"""Of the file's last photos: are they the ones that the rows name?"""


class Index:
    """Hashes of pictures, and codes of what one model sees in them. Safe for threads.

    Ten million photos take 400 MB for their hashes and 720 MB for their codes, numbers included.
    `dropped` hears of numbers under which nothing stands any more.
    """

    def __init__(
        self, rows: Rows, *, model: str, dropped: Callable[[Iterable[int]], None] = lambda _: None
    ) -> None:
        self._rows = rows
        self._model = model
        self._dropped = dropped
        self._pictures = Bits(PDQ_BYTES)
        self._sights = Bits(CODE_BYTES)
        self._until = 0
        self._unsaved = 0
        self._file: IndexFile | None = None
        self._catching_up = Lock()

    def __len__(self) -> int:
        return len(self._pictures)

    def keep_in(self, folder: Path) -> None:
        """What a large index was made of is kept in a file there, for the next start."""
        with self._catching_up:
            self._file = IndexFile(folder, self._model)
            if self._until == 0 and (found := self._file.read()) is not None and self._are_ours(found):
                self._pictures, self._sights, self._until = found.pictures, found.sights, found.until

    def catch_up(self, stopped: Event | None = None) -> None:
        """Whatever any process committed before this call is found after it; unless it is `stopped`.

        Waits for who is at it already.
        """
        with self._catching_up:
            while stopped is None or not stopped.is_set():
                rows = self._rows.since(self._until, AT_ONCE, self._model)
                self._take(rows)
                if len(rows) < AT_ONCE:
                    break

    def save(self) -> None:
        """To the file, if there is one and enough is new; what was erased is gone from it, too."""
        with self._catching_up:
            if self._file is None or self._unsaved < WORTH_A_FILE:
                return
            taken = Snapshot(pictures=self._pictures, sights=self._sights, until=self._until)
            self._unsaved = 0
        # whatever is erased while this is written comes after `until`, and is heard of again
        self._file.write(taken)

    def pictures(self, sought: Sequence[bytes], radius: int) -> Found:
        """Within `radius` bits of any of these hashes."""
        if not sought:
            return []
        return self._pictures.within(np.frombuffer(b"".join(sought), np.uint8).reshape(-1, PDQ_BYTES), radius)

    def alike(self, folded: bytes, most: int) -> list[int]:
        """The photos in which the model saw nearly the same."""
        code = codes(unfolded([folded]))[0]
        return [seq for seq, _ in self._sights.nearest(code, most)]

    def _take(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        gone = [seq for row in rows for seq in row.gone if seq <= self._until]
        for seq in gone:
            self._pictures.blank(seq)
            self._sights.blank(seq)
        self._dropped(gone)
        clear = [row for row in rows if row.quality >= CLEAR]
        if clear:
            hashes = np.frombuffer(b"".join([row.pdq for row in clear]), np.uint8)
            self._pictures.append([row.seq for row in clear], hashes.reshape(-1, PDQ_BYTES))
        folded = dict(_folded(rows))
        if folded:
            self._sights.append(list(folded), codes(unfolded(folded.values())))
        self._pictures, self._sights = self._pictures.compacted(), self._sights.compacted()
        self._until = rows[-1].seq
        # an erased photo leaves the file with the next one
        self._unsaved += WORTH_A_FILE if self._file is not None and self._file.there and gone else len(rows)

    def _are_ours(self, found: Snapshot) -> bool:
        """Not of another database, nor of one that went back to a backup and then on."""
        if self._rows.last() < found.until:
            return False
        last = found.pictures.last(COMPARED_WITH_ROWS)
        kept = self._rows.hashes(last)
        return bool(kept) and all(last[seq] == pdq for seq, pdq in kept.items())


def _folded(rows: Sequence[Row]) -> Iterator[tuple[int, bytes]]:
    for row in rows:
        if row.folded is not None:
            yield row.seq, row.folded
