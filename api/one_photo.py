"""One photo in a form, for systems that send it whole: the file `photo`, and what it shows in `view`."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.documented import BYTES, form
from api.errors import BodyUnreadable, NotMultipart
from api.kept import room_on_disk
from api.stream import pieces
from api.uploads import Memory, declared_size
from inspection.errors import NoPhotos, PhotoTooLarge, RequestRejected
from inspection.photo.limits import Limits
from inspection.verdict.findings import View

_FRAME_BYTES = 64_000  # boundaries and headers of the parts

ONE_PHOTO_FORM = form(
    {
        "photo": {**BYTES, "description": "JPEG, PNG, WebP, HEIC or AVIF, as the camera took it."},
        "view": {"type": "string", "enum": list(View), "description": "What it shows."},
    },
    required="photo",
    example={"photo": "the bytes of sole.jpg", "view": "sole"},
)


class PhotoFormUnusable(RequestRejected):
    """A form that is read well, and is not the one asked for."""


@dataclass(frozen=True, slots=True)
class OnePhoto:
    """As it was sent. It waits in a file: only as many are read at once as are opened at once."""

    file: BinaryIO
    view: View | None

    def read(self) -> bytes:
        """Its untouched bytes; blocks. Raises `NoRoom`."""
        with room_on_disk():
            self.file.seek(0)
            return self.file.read()


@asynccontextmanager
async def one_photo(request: Request, memory: Memory) -> AsyncIterator[OnePhoto]:
    """There while the block lasts. Raises `RequestRejected`, `PhotoTooLarge` or `NoRoom`.

    Nothing over the limit is kept.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise NotMultipart
    most = Limits().most_bytes + _FRAME_BYTES
    parser = MultiPartParser(request.headers, _bounded(request), max_files=2, max_fields=2)
    with memory.on_disk(min(most, declared_size(request) or most)):
        try:
            yield _sent(await _parsed(parser))
        finally:
            for file in parser._files_to_close_on_error:  # all that it opened, the form cut off or not
                with suppress(OSError):
                    file.close()


async def _parsed(parser: MultiPartParser) -> FormData:
    try:
        with room_on_disk():
            return await parser.parse()
    except (MultiPartException, FormParserError) as error:
        raise BodyUnreadable(str(error).rstrip(".") or "it is broken") from error


def _sent(form: FormData) -> OnePhoto:
    unknown = set(form) - {"photo", "view"}
    if unknown:
        raise PhotoFormUnusable(f"There is no field {min(unknown)[:40]!r} here; we read photo and view.")
    photos, views = form.getlist("photo"), form.getlist("view")
    if not photos:
        raise NoPhotos
    photo, view = photos[0], views[0] if views else ""
    if len(photos) > 1 or len(views) > 1 or not isinstance(photo, UploadFile) or not isinstance(view, str):
        raise PhotoFormUnusable("Please send one file in 'photo', and what it shows in 'view'.")
    try:
        shows = View(view) if view else None
    except ValueError as error:
        raise PhotoFormUnusable(f"The view {view[:40]!r} is none of {', '.join(View)}.") from error
    return OnePhoto(photo.file, shows)


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    came, most = 0, Limits().most_bytes
    async for piece in pieces(request):
        came += len(piece)
        if came > most + _FRAME_BYTES:
            raise PhotoTooLarge(came, most)
        yield piece
