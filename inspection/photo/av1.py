"""The size an AV1 picture codes, as against the size its AVIF container claims.

The decoder takes memory by the former and scales to the latter, without a word. So a file of 2 kB
that claims 640 × 480 could take a gigabyte, unless someone looks first.
"""

import struct
from collections.abc import Iterator

_SEQUENCE_HEADER = 1


def most_coded_pixels(encoded: bytes) -> int:
    """The largest picture any item of the container codes; 0 where none can be made out."""
    sizes = (_coded_size(encoded[start : start + 64]) for start in _item_starts(encoded))
    return max((width * height for width, height in sizes), default=0)


def _boxes(encoded: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of each box's content."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", encoded, at)
        head = 8
        if size == 1 and at + 16 <= end:
            size, head = int.from_bytes(encoded[at + 8 : at + 16]), 16
        size = size or end - at
        if size < head:
            return
        yield name, at + head, min(at + size, end)
        at += size


def _item_starts(encoded: bytes) -> Iterator[int]:
    """Where each item's bytes begin: the box `iloc`, versions 0 to 2, in `meta`."""
    for name, start, end in _boxes(encoded, 0, len(encoded)):
        if name == b"meta":
            for inner, at, _ in _boxes(encoded, start + 4, end):
                if inner == b"iloc":
                    yield from _starts(encoded, at)
        elif name == b"mdat":
            yield start  # a sequence's first frame; and where nearly every still begins


def _starts(encoded: bytes, at: int) -> Iterator[int]:
    version, sizes = encoded[at], int.from_bytes(encoded[at + 4 : at + 6])
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2  # bytes of an item's number, and of their count
    count, at = int.from_bytes(encoded[at + 6 : at + 6 + wide]), at + 6 + wide
    for _ in range(min(count, 4096)):
        at += wide + (2 if version else 0) + 2  # number, construction method, data reference
        base, at = int.from_bytes(encoded[at : at + base_size]), at + base_size
        extents, at = int.from_bytes(encoded[at : at + 2]), at + 2
        yield base + int.from_bytes(encoded[at + index_size : at + index_size + offset_size])
        at += extents * (index_size + offset_size + length_size)


def _coded_size(obus: bytes) -> tuple[int, int]:
    """(width, height) from the sequence header among the first units of a coded picture."""
    at = 0
    while at + 2 < len(obus):
        kind, extension, sized = obus[at] >> 3 & 15, obus[at] >> 2 & 1, obus[at] >> 1 & 1
        at += 1 + extension
        if not sized:
            size = len(obus) - at
        else:
            size, at = obus[at] & 127, at + 1  # a header is never 128 bytes long
        if kind == _SEQUENCE_HEADER:
            return _size_in_header(obus[at : at + size])
        at += size
    return 0, 0


def _size_in_header(header: bytes) -> tuple[int, int]:
    bits = int.from_bytes(header)
    left = 8 * len(header)

    def read(count: int) -> int:
        nonlocal left
        left -= count
        return bits >> left & (1 << count) - 1 if left >= 0 else 0

    read(4)  # profile, still picture
    if read(1):  # a reduced header: a still's
        read(5)
    else:
        if read(1):
            return 1 << 16, 1 << 16  # timing of a film: no photo has it, and it may be as large as can be
        delays = read(1)
        for _ in range(read(5) + 1):
            read(12)
            if read(5) > 7:
                read(1)
            if delays and read(1):
                read(4)
    width_bits, height_bits = read(4) + 1, read(4) + 1
    return read(width_bits) + 1, read(height_bits) + 1
