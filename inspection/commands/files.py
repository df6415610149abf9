"""Files in and out: read within the limits, written whole or not at all."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from inspection.errors import FileMissing, OutputIsInput, PhotoTooLarge
from inspection.photo.limits import Limits


def read_photo(path: Path) -> bytes:
    """The bytes of one photo file. Raises `FileMissing`, or `PhotoTooLarge` before reading it."""
    most = Limits().most_bytes
    try:
        if path.is_dir():
            raise FileMissing(str(path), "this is a folder; we need photo files")
        if not path.is_file():
            # also a pipe or a device: reading one may never end
            raise FileMissing(str(path))
        if (size := path.stat().st_size) > most:
            raise PhotoTooLarge(size, most)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise FileMissing(str(path), why(error)) from error


def check_no_input(out: Path, inputs: Iterable[Path]) -> None:
    """Raises `OutputIsInput` where writing `out` would replace one of the inputs, whatever it is called."""
    try:
        target = out.stat()
    except (OSError, ValueError):
        return  # nothing is there to be replaced
    for path in inputs:
        with suppress(OSError, ValueError):  # an input that cannot be read is said so when it is
            if os.path.samestat(path.stat(), target):
                raise OutputIsInput(str(out))


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """A text file beside `path` that takes its name once all is written, and is gone if not all was."""
    try:
        draft = _draft(path)
        try:
            with draft.open("w", encoding="utf-8", newline="") as file:
                yield file
            if draft != path:
                draft.replace(path)
        finally:
            if draft != path:
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise FileMissing(str(path), f"it cannot be written: {why(error)}") from error


def _draft(path: Path) -> Path:
    if not path.name or path.is_dir():
        raise FileMissing(str(path), "this is a folder; we need a file to write to")
    if path.exists() and not path.is_file():
        return path  # a device or a pipe: no file may take its place
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def why(error: OSError | ValueError) -> str:
    """The system's own words, without the path that the message begins with anyway."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said[:1].lower() + said[1:]
