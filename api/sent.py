"""What a form says, whatever its boundary: names in order, and what is in them by hash, as it passes by.

Nothing of it is kept. Two forms that say the same have one digest, in however many pieces they came.
"""

from hashlib import sha256
from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Message

from api.errors import BodyTooLarge
from api.form import boundary_of
from api.stream import pieces
from api.uploads import MOST_BYTES

_LONGEST_HEADER = 10_000


def is_form(request: Request) -> bool:
    """Whether its body is a form with files, which may be large."""
    told = request.headers.get("content-type", "")
    return told.partition(";")[0].strip().lower() == "multipart/form-data"


class PassingForm:
    """Hands a request's body on, and takes its digest: `request` is the one to read it from."""

    def __init__(self, request: Request) -> None:
        """Raises `BodyUnreadable` where the form names no boundary."""
        self._receive = request.receive
        self.request = Request(request.scope, self._passing, request._send)
        self._digest: str | None = None
        self._parts = _Parts(boundary_of(request.headers.get("content-type", "")) or b"")

    @property
    def digest(self) -> str | None:
        """Of all of it; `None` before its end has passed, and of a form that breaks its own rules."""
        return self._digest

    async def read(self) -> str | None:
        """The digest, of a body that nobody else reads. Raises `BodyTooLarge` and what `pieces` does."""
        came = 0
        async for piece in pieces(self.request):
            came += len(piece)
            if came > MOST_BYTES:
                raise BodyTooLarge(MOST_BYTES)
        return self._digest

    async def _passing(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._parts.feed(message.get("body", b""))
            if not message.get("more_body", False):
                self._digest = self._parts.digest()
        return message


class _Parts:
    """The hash of each part, and of all of them."""

    def __init__(self, boundary: bytes) -> None:
        self._all = sha256()
        self._part = sha256()
        self._header = (bytearray(), bytearray())
        self._broken = self._ended = False
        calls: Any = {name: getattr(self, f"_{name}") for name in _ANNOUNCED}
        self._parser = MultipartParser(boundary, calls)

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body. Raises nothing: whoever reads the form says what is wrong with it."""
        if self._broken:
            return
        try:
            self._parser.write(piece)
        except FormParserError:
            self._broken = True

    def digest(self) -> str | None:
        """`None` where the form was broken, or has no end."""
        return self._all.hexdigest() if self._ended and not self._broken else None

    def _on_part_begin(self) -> None:
        self._part = sha256()

    def _on_header_begin(self) -> None:
        self._header = (bytearray(), bytearray())

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        _extend(self._header[0], data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        _extend(self._header[1], data[start:end])

    def _on_header_end(self) -> None:
        if self._header[0].lower() != b"content-disposition":
            return
        _, options = parse_options_header(bytes(self._header[1]))
        name, kind = options.get(b"name", b""), b"file" if options.get(b"filename") else b"field"
        self._all.update(b"%s %d:%s" % (kind, len(name), name))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._part.update(memoryview(data)[start:end])

    def _on_part_end(self) -> None:
        self._all.update(self._part.digest())

    def _on_end(self) -> None:
        self._ended = True


def _extend(header: bytearray, more: bytes) -> None:
    header.extend(more[: _LONGEST_HEADER - len(header)])


_ANNOUNCED = (
    "on_part_begin",
    "on_header_begin",
    "on_header_field",
    "on_header_value",
    "on_header_end",
    "on_part_data",
    "on_part_end",
    "on_end",
)
"""What python-multipart calls as it goes; `_Parts` has each with an underscore before it."""
