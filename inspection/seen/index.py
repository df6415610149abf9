"""What a process holds in memory of every photo, brought up to date from the rows before each search."""

from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np

from inspection.photo.fingerprint import CLEAR
from inspection.seen.bits import Bits, Found
from inspection.seen.fold import CODE_BYTES, codes, unfolded
from inspection.seen.rows import Row, Rows

PDQ_BYTES = 32
AT_ONCE = 20_000
"""Rows read at a time: 12 MB."""


class Index:
    """Hashes of pictures, and codes of what one model sees in them. Safe for threads.

    Ten million photos take 400 MB for their hashes and 720 MB for their codes, numbers included.
    """

    def __init__(self, rows: Rows, *, model: str) -> None:
        self._rows = rows
        self._model = model
        self._pictures = Bits(PDQ_BYTES)
        self._sights = Bits(CODE_BYTES)
        self._until = 0
        self._catching_up = Lock()

    def __len__(self) -> int:
        return len(self._pictures)

    def catch_up(self) -> None:
        """Whatever any process committed before this call is found after it."""
        with self._catching_up:
            while rows := self._rows.since(self._until, AT_ONCE, self._model):
                self._take(rows)
                self._until = rows[-1].seq
                if len(rows) < AT_ONCE:
                    break

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
        for row in rows:
            if row.gone is not None:
                self._pictures.blank(row.gone)
                self._sights.blank(row.gone)
        clear = [row for row in rows if row.quality >= CLEAR]
        if clear:
            hashes = np.frombuffer(b"".join(row.pdq for row in clear), np.uint8)
            self._pictures.append([row.seq for row in clear], hashes.reshape(-1, PDQ_BYTES))
        folded = dict(_folded(rows))
        if folded:
            self._sights.append(list(folded), codes(unfolded(folded.values())))


def _folded(rows: Sequence[Row]) -> Iterator[tuple[int, bytes]]:
    for row in rows:
        if row.folded is not None:
            yield row.seq, row.folded
