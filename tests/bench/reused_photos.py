"""Ten million photos in the index: how long it takes to fill, what it holds, how fast and how exact it is.

    python tests/bench/reused_photos.py [MILLIONS...]
    python tests/bench/reused_photos.py --table [MILLIONS...]

Hashes are random, and three hundred of them have near-duplicates that must be found. What the model sees is
drawn as 100,000 kinds of item with photos more or less alike, and a hundred are seen nearly so, at each
cosine that real crops have (0.65 to 0.95). One thread. With `--table` rows are read from a real SQLite table,
0.8 GB a million, as a process does at its start, and then from the index's own file.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console

from inspection.photo.fingerprint import CLEAR
from inspection.seen.fold import FOLDED
from inspection.seen.index import AT_ONCE, Index
from inspection.seen.photos import CANDIDATES, MAYBE_WITHIN, SAME_WITHIN
from inspection.seen.rows import Row
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.fingerprints import SqlFingerprints
from inspection.store.migrations import migrate

PLANTED = 300
QUERIES = 100
KINDS = 100_000
MODEL = "a" * 64
COSINES = (0.65, 0.75, 0.85, 0.95)
OUT = Console(width=120)


class Drawn:
    """Rows as the table would give them, made as they are read: ten million take 6 GB in a table."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.spent = 0.0

    def since(self, seq: int, most: int, model: str) -> Sequence[Row]:
        del model
        began = time.perf_counter()
        rows = list(self._rows(seq, min(most, self.count - seq)))
        self.spent += time.perf_counter() - began
        return rows

    def _rows(self, seq: int, count: int) -> Iterator[Row]:
        if count <= 0:
            return
        hashes, seen = drawn(seq, count)
        kept = seen.astype("<f2")
        for place in range(count):
            yield Row(
                seq=seq + place + 1,
                pdq=hashes[place].tobytes(),
                quality=CLEAR,
                folded=kept[place].tobytes(),
            )


@lru_cache(maxsize=8)
def drawn(start: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, 32) hashes and (count, FOLDED) unit vectors of the photos from `start` on, always the same."""
    random = np.random.default_rng([7, start])
    hashes = random.integers(0, 256, (count, 32), np.uint8)
    vectors = random.standard_normal((count, FOLDED), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kinds = KIND[random.integers(0, KINDS, count)]
    # photos of one kind of item are at a cosine of about 0.3 to 0.8 to each other
    near = random.uniform(0.55, 0.9, (count, 1)).astype(np.float32)
    vectors = near * kinds + np.sqrt(1 - near**2) * vectors
    return hashes, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def kind_of_items() -> np.ndarray:
    made = np.random.default_rng(1).standard_normal((KINDS, FOLDED), np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


KIND = kind_of_items()


def main(millions: Sequence[float], table: bool) -> None:
    for size in millions:
        (started if table else measure)(int(size * 1_000_000))


def started(count: int) -> None:
    """Seconds until a process knows all photos: from the table, and from its file."""
    OUT.rule(f"{count:,} photos in SQLite")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(open_engine(sqlite_url(Path(folder) / "inspection.db")))
        migrate(database)
        filled_table(Path(folder) / "inspection.db", count)
        rows = SqlFingerprints(database)
        for source in ("table", "file"):
            index = Index(rows, model=MODEL)
            began = time.perf_counter()
            index.keep_in(Path(folder) / "seen")
            index.catch_up()
            took = time.perf_counter() - began
            OUT.print(f"from the {source}: {took:.1f} s, {len(index) / took:,.0f} photos/s")
            began = time.perf_counter()
            index.save()
            if source == "table":
                OUT.print(f"file written in {time.perf_counter() - began:.1f} s")
        database.engine.dispose()


def filled_table(path: Path, count: int) -> None:
    file = sqlite3.connect(path)
    for start in range(0, count, AT_ONCE):
        rows = list(Drawn(count).since(start, AT_ONCE, MODEL))
        drawn.cache_clear()
        names = [f"{row.seq:064x}" for row in rows]
        file.executemany(
            "INSERT INTO photos (sha256, size, stored_at) VALUES (?, 1, '2026-01-01')",
            [(name,) for name in names],
        )
        file.executemany(
            "INSERT INTO fingerprints (seq, sha256, pdq, quality, embedding, bundle_sha256)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (row.seq, name, row.pdq, row.quality, row.folded, MODEL)
                for row, name in zip(rows, names, strict=True)
            ],
        )
    file.commit()
    file.close()


def measure(count: int) -> None:
    OUT.rule(f"{count:,} photos")
    before, rows = memory(), Drawn(count)
    began = time.perf_counter()
    index = Index(rows, model="")  # type: ignore[arg-type]
    index.catch_up()
    took = time.perf_counter() - began - rows.spent
    OUT.print(f"filled in {took:.1f} s (drawing the rows, {rows.spent:.0f} s, not counted)")
    drawn.cache_clear()
    OUT.print(f"memory {memory() - before:,.0f} MB")
    hashes(index, count)
    sights(index, count)


def hashes(index: Index, count: int) -> None:
    random, found, false, took = np.random.default_rng(3), 0, 0, []
    for _ in range(PLANTED):
        seq, (pdq, _) = photo(random, count)
        turned = random.integers(0, 256, (8, 32), np.uint8)  # seven of the eight are of no photo
        turned[random.integers(8)] = pdq ^ flipped(random, int(random.integers(0, SAME_WITHIN + 1)))
        began = time.perf_counter()
        near = index.pictures([one.tobytes() for one in turned], MAYBE_WITHIN)
        took.append(time.perf_counter() - began)
        found += any(one == seq and bits <= SAME_WITHIN for one, bits in near)
        false += sum(one != seq for one, _ in near)
    OUT.print(f"hashes: {ms(took)} for the 8 turns; found {found} of {PLANTED}, others {false}")


def sights(index: Index, count: int) -> None:
    random = np.random.default_rng(4)
    for cosine in COSINES:
        found, took = 0, []
        for _ in range(QUERIES):
            seq, (_, vector) = photo(random, count)
            other = random.standard_normal(FOLDED).astype(np.float32)
            other -= (other @ vector) * vector
            sought = cosine * vector + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)
            began = time.perf_counter()
            alike = index.alike(sought.astype("<f2").tobytes(), CANDIDATES)
            took.append(time.perf_counter() - began)
            found += seq in alike
        OUT.print(f"seen at cosine {cosine}: {ms(took)}; among {CANDIDATES} candidates {found} of {QUERIES}")


def photo(random: np.random.Generator, count: int) -> tuple[int, tuple[np.ndarray, np.ndarray]]:
    """Any of them, drawn again as it was when the index was filled."""
    start = AT_ONCE * int(random.integers(0, 8)) * (count // AT_ONCE // 8)  # eight places, to draw few anew
    made = drawn(start, AT_ONCE)
    seq = start + 1 + int(random.integers(AT_ONCE))
    return seq, (made[0][seq - 1 - start], made[1][seq - 1 - start])


def flipped(random: np.random.Generator, many: int) -> np.ndarray:
    bits = np.zeros(256, np.uint8)
    bits[random.permutation(256)[:many]] = 1
    return np.packbits(bits)


def ms(took: list[float]) -> str:
    return f"{1000 * np.median(took):.1f} ms a query (p95 {1000 * np.percentile(took, 95):.1f})"


def memory() -> float:
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    sizes = [float(one) for one in sys.argv[1:] if one != "--table"]
    main(sizes or [1, 10], "--table" in sys.argv)
