"""Photos out of a multipart form, piece by piece, as they arrive."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import BodyUnreadable, FieldUnknown, FieldUnusable, TooManyViews
from api.kept import InMemory, Kept
from inspection.errors import TooManyPhotos
from inspection.look import MOST_PHOTOS
from inspection.verdict.findings import View

MOST_VALUE_BYTES = 100
MOST_PARTS = 1000
_FILES = ("photos", "references")
_VALUES = ("price_cents", "asked", "views")


@dataclass(slots=True)
class Form:
    """What was sent, in the order it came. The files are open until the request is over.

    `views` says what the first photos show, `None` where it is not said; there may be fewer than
    photos, never more.
    """

    photos: list[Kept] = field(default_factory=list)
    references: list[Kept] = field(default_factory=list)
    views: list[View | None] = field(default_factory=list)
    price_cents: int | None = None
    asked: int = 0

    def close(self) -> None:
        """Gives memory and disk back."""
        for file in (*self.photos, *self.references):
            file.close()


class Parts:
    """Sorts the parts of a form into a `Form`; `new_file` says where each of its files is kept."""

    def __init__(self, form: Form, boundary: bytes, new_file: Callable[[], Kept]) -> None:
        self._form = form
        self._new_file = new_file
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._name = ""
        self._unnamed = False
        self._into: Kept | None = None
        self._counts: Counter[str] = Counter()
        self._ended = False
        self._parser = MultipartParser(boundary, {name: getattr(self, f"_{name}") for name in _ANNOUNCED})  # type: ignore[arg-type]

    def feed(self, piece: bytes) -> None:
        """The next bytes of the body, in pieces of any size. Raises `RequestRejected`."""
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise BodyUnreadable(str(error).rstrip(".")) from error

    def finish(self) -> None:
        """No more bytes come. Raises `RequestRejected` if more should, or if there were too many files."""
        if not self._ended:
            raise BodyUnreadable("it ends before its last boundary")
        for name in _FILES:
            if self._counts[name] > MOST_PHOTOS:
                raise TooManyPhotos(self._counts[name], MOST_PHOTOS)
        if len(self._form.views) > len(self._form.photos) > 0:
            raise TooManyViews(len(self._form.views), len(self._form.photos))

    def _on_part_begin(self) -> None:
        self._disposition = b""
        if self._counts.total() > MOST_PARTS:
            raise BodyUnreadable(f"it has more than {MOST_PARTS} parts")

    def _on_header_begin(self) -> None:
        self._header = (bytearray(), bytearray())

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _on_header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = bytes(self._header[1])

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode(errors="replace")
        self._unnamed = not options.get(b"filename")
        self._counts[self._name] += 1
        if self._name in _FILES:
            self._into = self._next_file()
        elif self._name in _VALUES:
            self._into = InMemory()
        else:
            raise FieldUnknown(self._name)

    def _next_file(self) -> Kept | None:
        """`None` for one too many: it is counted, so that the answer can say how many came, and not kept."""
        if self._counts[self._name] > MOST_PHOTOS:
            return None
        file = self._new_file()
        getattr(self._form, self._name).append(file)
        return file

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._into is None:
            return
        self._into.write(memoryview(data)[start:end])
        if self._name in _VALUES and self._into.size > MOST_VALUE_BYTES:
            raise FieldUnusable(self._name, "it is too long")

    def _on_part_end(self) -> None:
        if self._into is None:
            return
        if self._name in _VALUES:
            self._take_value(self._into.read().strip())
        elif self._unnamed and self._into.size == 0:
            # what a browser sends for a file field in which nothing was chosen
            getattr(self._form, self._name).remove(self._into)
            self._counts[self._name] -= 1

    def _take_value(self, said: bytes) -> None:
        if self._name == "views":
            self._form.views.append(_view(said))
        elif self._name == "asked":
            self._form.asked = _whole_number("asked", said, "of photos") or 0
        else:
            self._form.price_cents = _whole_number("price_cents", said, "of cents")

    def _on_end(self) -> None:
        self._ended = True


def boundary_of(content_type: str) -> bytes | None:
    """`None` where the body is no form with files. Raises `BodyUnreadable` where it should name one."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return None
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # RFC 2046, section 5.1.1
        raise BodyUnreadable("its Content-Type names no usable boundary")
    return boundary


_ANNOUNCED = (
    "on_part_begin",
    "on_header_begin",
    "on_header_field",
    "on_header_value",
    "on_header_end",
    "on_headers_finished",
    "on_part_data",
    "on_part_end",
    "on_end",
)
"""What python-multipart calls as it goes; `Parts` has each with an underscore before it."""


def _whole_number(name: str, said: bytes, of_what: str) -> int | None:
    """`None` where nothing was said: a form's field left empty."""
    if not said:
        return None
    if not said.isdigit() or len(said) > 12:
        raise FieldUnusable(name, f"it is a whole number {of_what}, 0 or more")
    return int(said)


def _view(said: bytes) -> View | None:
    word = said.decode(errors="replace")
    try:
        return View(word) if word else None
    except ValueError as error:
        raise FieldUnusable("views", f"{word[:40]!r} is none of {', '.join(View)}") from error
