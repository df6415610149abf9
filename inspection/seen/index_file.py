"""The index in a file, so that a process that starts again needs seconds.

One line of JSON that says what follows, with its checksum, then numbers and codes as they lie in memory. It
is only a copy: one that is cut off, of another model or of another version is none.
"""

import json
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from inspection.seen.bits import BLOCK, Bits
from inspection.seen.fold import CODE_BYTES

VERSION = 1
_HEAD = 256
"""Bytes of the first line, with its spaces."""
_PDQ_BYTES = 32
_DRAFT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was known up to the row `until`."""

    pictures: Bits
    sights: Bits
    until: int


class IndexFile:
    """Of one model, in a folder: the one of another model makes room."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._model = model
        self._path = folder / f"index-{model[:16]}.bin"

    @property
    def there(self) -> bool:
        """Whether it was ever written."""
        return self._path.exists()

    def read(self) -> Snapshot | None:
        """`None` where there is none, or none that can be used."""
        try:
            with self._path.open("rb") as file:
                head = json.loads(file.read(_HEAD))
                if (head["version"], head["model"]) != (VERSION, self._model):
                    return None
                taken = _Checked(file)
                pictures = _bits(taken, _PDQ_BYTES, head["pictures"])
                sights = _bits(taken, CODE_BYTES, head["sights"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        same = taken.checksum == head["checksum"]
        return Snapshot(pictures=pictures, sights=sights, until=head["until"]) if same else None

    def write(self, taken: Snapshot) -> None:
        """Beside its place and renamed: another process sees all of it or nothing. Raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._remove_drafts()
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            draft = Path(file.name)
            try:
                self._write(file, taken)
                file.flush()
                draft.replace(self._path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        for other in self._folder.glob("index-*.bin"):
            if other != self._path:
                other.unlink(missing_ok=True)

    def _remove_drafts(self) -> None:
        """Of processes that were killed: hashes of photos that may have been erased since."""
        long_ago = time.time() - _DRAFT_SECONDS
        for draft in self._folder.glob("*.part"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < long_ago:
                    draft.unlink()

    def _write(self, file: IO[bytes], taken: Snapshot) -> None:
        head: dict[str, Any] = {"version": VERSION, "model": self._model, "until": taken.until}
        checksum = 0
        file.seek(_HEAD)
        for name, bits in (("pictures", taken.pictures), ("sights", taken.sights)):
            head[name] = 0
            for piece, count in _pieces(bits, taken.until):
                file.write(piece)
                checksum = zlib.crc32(piece, checksum)
                head[name] += count
        file.seek(0)
        file.write(json.dumps(head | {"checksum": checksum}).encode().ljust(_HEAD - 1) + b"\n")
        os.fchmod(file.fileno(), 0o600)


class _Checked:
    """Reads, and adds up what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.checksum = 0

    def array(self, kind: Any, count: int) -> np.ndarray[Any, Any]:
        read = np.fromfile(self._file, kind, count)
        if len(read) != count:
            raise ValueError("cut off")
        self.checksum = zlib.crc32(read.tobytes(), self.checksum)
        return read


def _pieces(bits: Bits, until: int) -> Iterator[tuple[bytes, int]]:
    for seqs, codes in bits.standing():
        count = int(np.searchsorted(seqs, until, side="right"))
        if count:
            yield np.int64(count).tobytes() + seqs[:count].tobytes() + codes[:count].tobytes(), count


def _bits(taken: _Checked, code_bytes: int, count: int) -> Bits:
    """In the pieces in which they were written."""
    made = Bits(code_bytes)
    while len(made) < count:
        many = int(taken.array(np.int64, 1)[0])
        if not 0 < many <= min(BLOCK, count - len(made)):
            raise ValueError("cut off")
        seqs = taken.array(np.int64, many)
        made.append(seqs.tolist(), taken.array(np.uint8, many * code_bytes).reshape(many, code_bytes))
    return made
