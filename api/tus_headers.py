"""What tus 1.0.0 says in headers, and what can be wrong with them."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from fastapi import Request

from inspection.casework.receiving import Upload
from inspection.errors import PhotoTooLarge, RequestRejected
from inspection.photo.limits import Limits
from inspection.verdict.findings import View

VERSION = "1.0.0"
MOST_BYTES = Limits().most_bytes
"""What the gate takes: more would be sent in vain."""
STREAM = "application/offset+octet-stream"
ABOUT = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,termination,checksum,expiration",
    "Tus-Max-Size": str(MOST_BYTES),
    "Tus-Checksum-Algorithm": "sha256,sha1",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_DIGESTS: dict[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),  # the one that the protocol asks of everybody
}


class TusUnreadable(RequestRejected):
    """A header that is missing, or is not as tus 1.0.0 has it (HTTP 400)."""


class TusVersionUnknown(RequestRejected):
    """Another version than ours (HTTP 412)."""

    def __init__(self) -> None:
        super().__init__(f"Please send the header Tus-Resumable: {VERSION}.")


class NotOffsetStream(RequestRejected):
    """A body of another type (HTTP 415)."""

    def __init__(self) -> None:
        super().__init__(f"Please send the bytes with Content-Type: {STREAM}.")


class MoreThanPromised(RequestRejected):
    """More bytes than the upload's length (HTTP 413)."""

    def __init__(self, length: int) -> None:
        super().__init__(f"This upload was to have {length} bytes; more came.")


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one request's body, as its sender has it."""

    algorithm: str
    digest: bytes

    def started(self) -> Any:
        """To be fed the body."""
        return _DIGESTS[self.algorithm]()


@dataclass(frozen=True, slots=True)
class Promise:
    """What an upload will be."""

    length: int
    sha256: str
    view: View | None


def check_version(request: Request) -> None:
    """Raises `TusVersionUnknown`."""
    if request.headers.get("tus-resumable") != VERSION:
        raise TusVersionUnknown


def has_bytes(request: Request) -> bool:
    """Whether its body is a piece of an upload."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == STREAM


def promised(request: Request) -> Promise:
    """Raises `TusUnreadable` or `PhotoTooLarge`."""
    length = number(request, "Upload-Length")
    if length > MOST_BYTES:
        raise PhotoTooLarge(length, MOST_BYTES)
    if length == 0:
        raise TusUnreadable("Upload-Length is 0: an empty file is no photo.")
    told = metadata(request.headers.get("upload-metadata", ""))
    sha256 = told.get("sha256", b"").decode("ascii", "replace").lower()
    if not _SHA256.fullmatch(sha256):
        raise TusUnreadable("Upload-Metadata has to name the photo's sha256, in hex.")
    return Promise(length, sha256, view_of(told.get("view", b"")))


def number(request: Request, name: str) -> int:
    """Raises `TusUnreadable`."""
    said = request.headers.get(name, "")
    if not _NUMBER.fullmatch(said):
        raise TusUnreadable(f"The header {name} has to be a whole number of bytes.")
    return int(said)


def metadata(header: str) -> dict[str, bytes]:
    """`key base64,key base64`. Raises `TusUnreadable`."""
    told: dict[str, bytes] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise TusUnreadable(f"Upload-Metadata: the value of {key[:40]!r} is no base64.") from error
        if key in told:
            raise TusUnreadable(f"Upload-Metadata has {key[:40]!r} twice.")
        told[key] = value
    return told


def view_of(said: bytes) -> View | None:
    """Empty: not said. Raises `TusUnreadable`."""
    word = said.decode("utf-8", "replace")
    try:
        return View(word) if word else None
    except ValueError as error:
        raise TusUnreadable(f"The view {word[:40]!r} is none of {', '.join(View)}.") from error


def checksum_of(request: Request) -> Checksum | None:
    """Raises `TusUnreadable`."""
    said = request.headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, encoded = said.partition(" ")
    if algorithm not in _DIGESTS:
        raise TusUnreadable(f"Upload-Checksum: we know {ABOUT['Tus-Checksum-Algorithm']}.")
    try:
        return Checksum(algorithm, base64.b64decode(encoded.strip(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise TusUnreadable("Upload-Checksum is no base64.") from error


def expires(upload: Upload) -> dict[str, str]:
    """When it will be dropped."""
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
