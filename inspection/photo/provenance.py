"""What the file says of its origin. Evidence for a person, never proof: anyone can write metadata."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inspection.photo.exif import tags_of
from inspection.photo.opened import Opened

_MAKE, _MODEL, _SOFTWARE, _DATE = 0x010F, 0x0110, 0x0131, 0x0132
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_DATE_TAKEN, _OFFSET_TAKEN, _USER_COMMENT = 0x9003, 0x9011, 0x9286
_MOST_TEXT = 80  # characters kept of any text; real ones are shorter
_C2PA = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"  # a manifest store's type, in every format
_SOURCE_TYPE = re.compile(rb"digitalsourcetype/([A-Za-z]{1,60})", re.IGNORECASE)
_CREATOR_TOOL = re.compile(rb"CreatorTool(?:=\"|>)([^\"<]{1,200})")
_EDITORS = re.compile(
    r"photoshop|lightroom|firefly|gimp|snapseed|picsart|facetune|canva|pixelmator|affinity|meitu|remini"
    r"|faceapp|vsco|pixlr|paint\.net|krita|photopea|luminar|capcut|midjourney|dall.?e"
    r"|stable diffusion|comfyui",
    re.IGNORECASE,
)
_PHONE_SCREENS = {640, 720, 750, 828, 1080, 1125, 1170, 1179, 1206, 1242, 1284, 1290, 1320, 1440}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Read from the original's metadata before it is dropped; None or False where nothing is said.

    `taken_at` is ISO 8601 by the camera's own clock, with an offset only if the camera wrote one.
    `has_gps` says that a place is recorded; which one is never read. `source_type` is IPTC's
    digital source type, such as `trainedAlgorithmicMedia` for a generated picture. `has_c2pa`
    says that a signed manifest is present, not that it is valid.
    """

    format: str
    camera_make: str | None = None
    camera_model: str | None = None
    taken_at: str | None = None
    software: str | None = None
    edited_with: str | None = None
    source_type: str | None = None
    has_gps: bool = False
    has_c2pa: bool = False
    looks_like_screenshot: bool = False


def provenance_of(encoded: bytes, opened: Opened) -> Provenance:
    """Never raises: metadata is optional, and hostile metadata is as good as none."""
    tags = tags_of(opened.exif)
    details = tags_of(opened.exif, sub_ifd=_EXIF_IFD) if _EXIF_IFD in tags else {}
    xmp = opened.xmp or b""
    tool, source = _CREATOR_TOOL.search(xmp), _SOURCE_TYPE.search(xmp)
    software = _text(tags.get(_SOFTWARE)) or _text(tool and tool[1])
    editor = _EDITORS.search(f"{software or ''} {_text(tool and tool[1]) or ''}")
    return Provenance(
        format=opened.format,
        camera_make=_text(tags.get(_MAKE)),
        camera_model=_text(tags.get(_MODEL)),
        taken_at=_time(details.get(_DATE_TAKEN) or tags.get(_DATE), details.get(_OFFSET_TAKEN)),
        software=software,
        edited_with=editor[0].lower() if editor else None,
        source_type=source[1].decode() if source else None,
        has_gps=_GPS_IFD in tags,
        has_c2pa=_C2PA in encoded,
        looks_like_screenshot=_screenshot(opened, _text(details.get(_USER_COMMENT)), _MAKE in tags),
    )


def _text(value: Any) -> str | None:
    """One short printable line, whatever the file holds there."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    line = "".join(c if c.isprintable() else " " for c in value[: 4 * _MOST_TEXT])
    return " ".join(line.split())[:_MOST_TEXT] or None


def _time(taken: Any, offset: Any) -> str | None:
    try:
        moment = datetime.strptime((_text(taken) or "")[:19], "%Y:%m:%d %H:%M:%S")
        zone = _text(offset) or ""
        return moment.isoformat() + (zone if re.fullmatch(r"[+-]\d\d:\d\d", zone) else "")
    except ValueError:
        return None


def _screenshot(opened: Opened, comment: str | None, has_camera: bool) -> bool:
    """iOS says so; elsewhere a PNG without a camera, of a phone's screen's exact width and shape."""
    short, long = sorted((opened.width, opened.height))
    phone_screen = short in _PHONE_SCREENS and long >= 1.75 * short
    return "Screenshot" in (comment or "") or (opened.format == "PNG" and not has_camera and phone_screen)
