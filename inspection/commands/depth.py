"""`inspection depth`: is there a thing with depth, or one that answers the lamp, in two photos?"""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from inspection.commands.files import read_photo
from inspection.commands.out import print_json, shown_name
from inspection.errors import PhotoRejected
from inspection.photo.active.answers import Depth, LampAnswer
from inspection.photo.active.geometry import look_twice
from inspection.photo.active.photometry import with_torch
from inspection.photo.decode import open_photo
from inspection.photo.photo import Picture


def run(first: Path, second: Path, *, lamp: bool, json: bool) -> None:
    """Compare, and print. Nothing is stored, and no decision rests on it yet."""
    pictures = picture_of(first), picture_of(second)
    seen: Depth | LampAnswer = with_torch(*pictures) if lamp else look_twice(*pictures)
    if json:
        print_json(answer(seen))
        return
    console = Console(highlight=False)
    console.print(headline(seen))
    console.print(seen.why.words)


def picture_of(path: Path) -> Picture:
    """The whole view, through the gate. Raises `FileMissing`, or a `PhotoRejected` that names the path."""
    try:
        return open_photo(read_photo(path)).whole
    except PhotoRejected as error:
        error.photo = shown_name(str(path))
        raise


def answer(seen: Depth | LampAnswer) -> dict[str, object]:
    """For programs: `seen` is true or null, never false; then the figures that it rests on."""
    figures = {name: figure for name, figure in asdict(seen).items() if name != "why"}
    return {
        "asked": "depth" if isinstance(seen, Depth) else "lamp",
        "seen": True if seen.seen else None,
        "why": {"code": seen.why.value, "text": seen.why.words},
        **{name: round(figure, 4) for name, figure in figures.items()},
    }


def headline(seen: Depth | LampAnswer) -> str:
    """The answer in a few words."""
    if not seen.seen:
        return "Unknown"
    return "Depth seen" if isinstance(seen, Depth) else "It answers the lamp"
