"""Codes of bits in memory, searched whole, so answers are exact: with faiss, or without and ten times slower.

They lie in blocks, so that growing copies nothing: ten million of 256 bits take 320 MB, and 80 MB for their
numbers. Faiss searches our blocks in place.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Found = list[tuple[int, int]]
"""Numbers and distances in bits, the nearest first."""

BLOCK = 1 << 18


class Bits:
    """`seq` numbers, growing, with a code each. One thread appends; any number search meanwhile."""

    def __init__(self, code_bytes: int, *, use_faiss: bool = find_spec("faiss") is not None) -> None:
        if code_bytes % 8:
            raise ValueError(f"codes are of whole words of 8 bytes: {code_bytes}")
        self._bytes = code_bytes
        self._blocks: list[Codes] = []
        self._seqs = array("q")
        self._blank = bytearray()  # 1 where nothing stands any more
        self._blanked = 0
        self._use_faiss = use_faiss
        self._search: _Search = _Faiss() if use_faiss else _Numpy()

    def __len__(self) -> int:
        return len(self._seqs) - self._blanked

    def append(self, seqs: Sequence[int], codes: Codes) -> None:
        """`codes` is (n, code_bytes); each seq is larger than all before it."""
        done = 0
        while done < len(seqs):
            start = len(self._seqs) % BLOCK
            if start == 0:
                self._blocks.append(np.zeros((BLOCK, self._bytes), np.uint8))
            many = min(BLOCK - start, len(seqs) - done)
            self._blocks[-1][start : start + many] = codes[done : done + many]
            self._blank.extend(bytes(many))
            self._seqs.extend(seqs[done : done + many])  # last: a search sees what is counted
            done += many

    def blank(self, seq: int) -> None:
        """Its code is gone from memory, and found no more; its place is taken back by `compacted`."""
        place = bisect_left(self._seqs, seq)
        if place < len(self._seqs) and self._seqs[place] == seq and not self._blank[place]:
            self._blocks[place // BLOCK][place % BLOCK] = 0
            self._blank[place] = 1
            self._blanked += 1

    def compacted(self) -> "Bits":
        """Itself, or one without the blanks once they are the larger part of many."""
        if self._blanked < max(BLOCK, len(self)):
            return self
        made = Bits(self._bytes, use_faiss=self._use_faiss)
        for seqs, codes in self.standing():
            made.append(seqs.tolist(), codes)
        return made

    def standing(self) -> Iterator[tuple[NDArray[np.int64], Codes]]:
        """All that is not blank, in order, some at a time: (n,) numbers and (n, code_bytes)."""
        for first, block in self._filled():
            last = first + len(block)
            kept = np.frombuffer(bytes(self._blank[first:last]), np.uint8) == 0
            yield np.array(self._seqs[first:last], np.int64)[kept], block[kept]

    def last(self, most: int) -> Mapping[int, bytes]:
        """The latest that stand, with their codes."""
        places = [place for place in range(len(self._seqs))[-most:] if not self._blank[place]]
        return {self._seqs[p]: self._blocks[p // BLOCK][p % BLOCK].tobytes() for p in places}

    def within(self, queries: Codes, radius: int) -> Found:
        """All within `radius` bits of the nearest of `queries`, (q, code_bytes); the bound itself counts."""
        nearest: dict[int, int] = {}
        for first, block in self._filled():
            places, distances = self._search.within(queries, block, radius)
            for place, distance in zip(places.tolist(), distances.tolist(), strict=True):
                if self._blank[first + place]:
                    continue
                seq = self._seqs[first + place]
                nearest[seq] = min(int(distance), nearest.get(seq, self._bytes * 8))
        return sorted(nearest.items(), key=lambda one: (one[1], one[0]))

    def nearest(self, query: Codes, most: int) -> Found:
        """The `most` nearest to one code, (code_bytes,)."""
        found: Found = []
        for first, block in self._filled():
            places, distances = self._search.nearest(query[None], block, min(most, len(block)))
            found += [
                (self._seqs[first + place], int(distance))
                for place, distance in zip(places.tolist(), distances.tolist(), strict=True)
                if not self._blank[first + place]
            ]
        return sorted(found, key=lambda one: (one[1], one[0]))[:most]

    def _filled(self) -> Iterator[tuple[int, Codes]]:
        count = len(self._seqs)
        for number in range(-(-count // BLOCK)):
            first = number * BLOCK
            yield first, self._blocks[number][: min(BLOCK, count - first)]


class _Numpy:
    """XOR and count."""

    def within(self, queries: Codes, block: Codes, radius: int) -> tuple[Any, Any]:
        places, distances = [], []
        for query in queries:
            apart = self._apart(query, block)
            near = np.flatnonzero(apart <= radius)
            places.append(near)
            distances.append(apart[near])
        return np.concatenate(places), np.concatenate(distances)

    def nearest(self, query: Codes, block: Codes, most: int) -> tuple[Any, Any]:
        apart = self._apart(query[0], block)
        # the place in the low bits: on equal distance the earlier one, as with faiss
        keys = (apart.astype(np.int64) << 32) | np.arange(len(block))
        keys = np.sort(np.partition(keys, most - 1)[:most])
        return keys & 0xFFFFFFFF, keys >> 32

    @staticmethod
    def _apart(query: Codes, block: Codes) -> NDArray[np.uint16]:
        words, wanted = block.view(np.uint64), np.ascontiguousarray(query).view(np.uint64)
        apart = np.zeros(len(block), np.uint16)
        for word in range(words.shape[1]):
            apart += np.bitwise_count(words[:, word] ^ wanted[word])
        return apart


class _Faiss:
    """Faiss's own loops over the same memory, on the threads that OMP_NUM_THREADS allows."""

    def __init__(self) -> None:
        import faiss  # noqa: PLC0415 - an extra, and 0.2 s

        self._faiss: Any = faiss

    def within(self, queries: Codes, block: Codes, radius: int) -> tuple[Any, Any]:
        faiss, queries = self._faiss, np.ascontiguousarray(queries)
        found = faiss.RangeSearchResult(len(queries))
        pointers = (faiss.swig_ptr(queries), faiss.swig_ptr(block))
        # its bound does not count, ours does
        faiss.hamming_range_search(*pointers, len(queries), len(block), radius + 1, block.shape[1], found)
        count = int(faiss.rev_swig_ptr(found.lims, len(queries) + 1)[-1])
        if not count:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return (
            faiss.rev_swig_ptr(found.labels, count).copy(),
            faiss.rev_swig_ptr(found.distances, count).copy(),
        )

    def nearest(self, query: Codes, block: Codes, most: int) -> tuple[Any, Any]:
        distances, places = self._faiss.knn_hamming(np.ascontiguousarray(query), block, most)
        return places[0], distances[0]


_Search = _Numpy | _Faiss
