"""What the model sees in a photo, made small enough to keep and to search ten million of.

A projection by random signs keeps angles nearly as they are (Johnson & Lindenstrauss 1984), and so does the
share of signs that two vectors have in common (Charikar 2002). The signs come from SHAKE-256, never from a
library's random numbers: what is kept today must be comparable after any update.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FOLDED = 256
"""Numbers kept of a photo, float16, of unit length: 512 bytes, small enough to lie in the table's own row."""
CODE_BYTES = 64
"""Signs held in memory: 512."""

Vector = NDArray[np.floating]


def fold(embedding: Vector) -> bytes:
    """Of an embedding of any length. Raises `ValueError` where it is none."""
    flat = np.asarray(embedding, np.float32).reshape(-1)
    folded = flat @ _signs(len(flat), FOLDED, "fold")
    length = float(np.linalg.norm(folded))
    if not np.isfinite(length) or length == 0:
        raise ValueError("no embedding: it is empty, zero or not finite")
    return (folded / length).astype("<f2").tobytes()


def unfolded(kept: Iterable[bytes]) -> NDArray[np.float32]:
    """(n, FOLDED) unit vectors again."""
    joined = np.frombuffer(b"".join(kept), "<f2")
    return joined.reshape(-1, FOLDED).astype(np.float32)


def codes(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(n, CODE_BYTES) of (n, FOLDED): the closer two vectors, the more bits are the same."""
    return np.packbits(vectors @ _signs(FOLDED, CODE_BYTES * 8, "code") > 0, axis=1)


@lru_cache(maxsize=8)
def _signs(rows: int, columns: int, purpose: str) -> NDArray[np.float32]:
    drawn = hashlib.shake_256(f"{purpose} {rows} {columns}".encode()).digest((rows * columns + 7) // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8))[: rows * columns]
    return bits.reshape(rows, columns).astype(np.float32) * 2 - 1
