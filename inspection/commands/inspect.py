"""`inspection inspect`: one item, from files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from rich.console import Console

from inspection.commands.chosen import chosen
from inspection.commands.files import check_no_input, read_photo, written_whole
from inspection.commands.out import print_json, shown_name
from inspection.commands.summary import summary
from inspection.errors import PhotoRejected, TooManyPhotos
from inspection.look import MOST_PHOTOS, Looked, SentPhoto
from inspection.report import Pictures, data_uri, facts, render
from inspection.verdict.answer import answer
from inspection.verdict.findings import PhotoId, View
from inspection.wiring import Product, overlaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to look at: `views` are the photos' in order, and may be fewer."""

    photos: Sequence[Path]
    references: Sequence[Path] = ()
    views: Sequence[View] = ()
    price_cents: int | None = None
    asked: int = 0
    specialist: str | None = None


def run(
    asked: Asked, *, json: bool, report: Path | None, bundle: str | None = None, device: str | None = None
) -> None:
    """Decide, print, and write the report where one is wanted."""
    if report is not None:
        check_no_input(report, (*asked.photos, *asked.references))
    product = Product(chosen(bundle=bundle, device=device, specialist=asked.specialist))
    looked = look(product, asked)
    names = [shown_name(path.name) for path in asked.photos]
    if report is not None:
        with written_whole(report) as file:
            file.write(render(looked.inspection, pictures(product, looked, names)))
    if json:
        print_json(answer(looked.inspection))
        return
    console = Console(highlight=False)
    console.print(summary(looked.inspection, names))
    if report is not None:
        console.print(f"Report: {report}", markup=False, soft_wrap=True)


def look(product: Product, asked: Asked) -> Looked:
    """The product's answer. Raises what `Looker.look` does, with the path of the file at fault."""
    for paths in (asked.photos, asked.references):
        if len(paths) > MOST_PHOTOS:  # before any of them is read
            raise TooManyPhotos(len(paths), MOST_PHOTOS)
    sent = [
        SentPhoto(read=partial(read_photo, path), view=view)
        for path, view in zip_longest(asked.photos, asked.views)
    ]
    references = [SentPhoto(read=partial(read_photo, path)) for path in asked.references]
    try:
        return product.looker.look(sent, references, price_cents=asked.price_cents, asked=asked.asked)
    except PhotoRejected as error:
        error.args = (with_path(str(error), asked),)
        raise


def with_path(message: str, asked: Asked) -> str:
    """`photo-2: …` with the path that photo came from; one photo alone is not named by the look."""
    named = re.match(r"(photo|reference)-(\d+): ", message)
    if named is None:
        return f"{asked.photos[0]}: {message}"
    paths = asked.photos if named[1] == "photo" else asked.references
    return f"{paths[int(named[2]) - 1]}: {message[named.end() :]}"


def pictures(product: Product, looked: Looked, names: Sequence[str]) -> Mapping[PhotoId, Pictures]:
    """Each photo as people may see it, within the page itself."""
    seen = {}
    for reading, name in zip(looked.inspection.reading.photos, names, strict=True):
        photo = looked.photos[reading.photo]
        shown = product.gate.shown(photo)
        heat = None if reading.heat is None else data_uri(overlaid(shown, reading))
        seen[reading.photo] = Pictures(
            shown=data_uri(shown), heat=heat, name=name, facts=facts(photo.provenance)
        )
    return seen
