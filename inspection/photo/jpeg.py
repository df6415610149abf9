"""JPEG and MPO: the segments of the first picture, and its pixels.

We walk the markers ourselves: it costs a millisecond, tells where the picture ends, and shows a
bomb (a lying size, thousands of progressive scans) before a decoder has taken any memory.

The pixels are decoded once, in full, and halved from there, because whole view and native crops
are both needed. One thread, 12 MP of 3.5 MB: full 56 ms and 8.5 ms for two exact halvings, against
47 ms for a quarter-scale decode that would still need the full one after it for the crops.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import simplejpeg

from inspection.errors import PhotoBroken
from inspection.photo.exif import orientation_of
from inspection.photo.opened import Opened, Raster

_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the SOF markers
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_EOI, _SOS, _APP1, _APP2, _APP14 = 0xD9, 0xDA, 0xE1, 0xE2, 0xEE
_MOST_SEGMENTS = 4096  # a 25 MB photo full of metadata has some 400
_MOST_SCANS = 64  # encoders write about ten; each costs a pass over all pixels


@dataclass(slots=True, kw_only=True)
class _Layout:
    """The first picture of the file, ending before byte `end`."""

    width: int = 0
    height: int = 0
    progressive: bool = False
    samplings: tuple[int, ...] = ()  # horizontal × vertical factor of each channel
    scans: int = 0
    end: int = 0
    adobe: bool = False
    multi_picture: bool = False
    exif: bytes | None = None
    xmp: bytes | None = None
    icc: dict[int, bytes] = field(default_factory=dict)


def open_jpeg(encoded: bytes) -> Opened:
    """Read the header, without decoding. Raises `PhotoBroken`."""
    layout = _layout(encoded)
    height, width, *_ = simplejpeg.decode_jpeg_header(encoded)
    if (height, width) != (layout.height, layout.width) or not height or not width:
        raise PhotoBroken  # two readings of one header: whichever is a lie, we want neither
    return Opened(
        format="MPO" if layout.multi_picture else "JPEG",
        width=layout.width,
        height=layout.height,
        memory=_memory(layout),
        decode=partial(_decode, encoded, layout),
        end=layout.end,
        orientation=orientation_of(layout.exif),
        icc=b"".join(layout.icc[n] for n in sorted(layout.icc)) or None,
        exif=layout.exif,
        xmp=layout.xmp,
    )


def _layout(encoded: bytes) -> _Layout:
    layout = _Layout()
    for marker, start, end in _segments(encoded):
        body = encoded[start:end]
        if marker in _SIZES:
            if layout.samplings or len(body) < 6 + 3 * body[5]:
                raise PhotoBroken
            layout.height, layout.width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
            layout.samplings = tuple((f >> 4) * (f & 15) for f in body[7 : 6 + 3 * body[5] : 3])
            layout.progressive = marker in _PROGRESSIVE
        elif marker == _SOS:
            layout.scans += 1
            # a scan that leaves channels to later scans makes the decoder keep the whole picture
            layout.progressive |= body[0] < len(layout.samplings)
        elif marker == _EOI:
            layout.end = end
        else:
            _note_metadata(layout, marker, body)
    if not layout.end or not layout.samplings or not 1 <= layout.scans <= _MOST_SCANS:
        raise PhotoBroken
    return layout


def _segments(encoded: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment's body, up to and with the end of the first picture."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER_IN_SCAN.search(encoded, at)  # skips fill bytes and entropy-coded data alike
        if found is None:
            return
        at, marker = found.end(), encoded[found.end() - 1]
        if marker == _EOI:
            yield marker, at, at
            return
        if marker in {0x01, 0xD8}:
            continue
        length = int.from_bytes(encoded[at : at + 2])
        if length < 3 or at + length > len(encoded):
            return
        yield marker, at + 2, at + length
        at += length


def _note_metadata(layout: _Layout, marker: int, body: bytes) -> None:
    if marker == _APP1 and body.startswith(b"Exif\0\0") and layout.exif is None:
        layout.exif = body[6:]
    elif marker == _APP1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0") and layout.xmp is None:
        layout.xmp = body[29:]
    elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
        layout.icc[body[12]] = body[14:]
    elif marker == _APP2 and body.startswith(b"MPF\0"):
        layout.multi_picture = True
    elif marker == _APP14 and body.startswith(b"Adobe"):
        layout.adobe = True


def _memory(layout: _Layout) -> int:
    """Bytes a decoder takes: the pixels, a halved copy, and where scans refine, 16 bits a coefficient."""
    channels = len(layout.samplings)
    bytes_a_pixel = channels * 1.25
    if layout.progressive:
        bytes_a_pixel += 2 * sum(layout.samplings) / max(1, *layout.samplings)
    return int(layout.width * layout.height * bytes_a_pixel)


def _decode(encoded: bytes, layout: _Layout) -> Raster:
    colourspace = {1: "GRAY", 4: "CMYK"}.get(len(layout.samplings), "RGB")
    try:
        pixels = simplejpeg.decode_jpeg(encoded, colourspace)
    except ValueError:
        # some phones pad the last scan with zeros, which a strict decoder calls damage
        scans = encoded[: layout.end - 2]
        unpadded = scans.rstrip(b"\0")
        if len(unpadded) == len(scans) or unpadded.endswith(b"\xff"):
            raise
        pixels = simplejpeg.decode_jpeg(unpadded + b"\xff\xd9", colourspace)
    if colourspace == "CMYK" and layout.adobe:
        np.subtract(255, pixels, out=pixels)  # Adobe stores paper, not ink
    return np.asarray(pixels)
