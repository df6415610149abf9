"""`inspection score`: many photos, one row each, in the order they came."""

import csv
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inspection.commands.chosen import chosen
from inspection.commands.files import check_no_input, read_photo, written_whole
from inspection.commands.manifest import Manifest, Row
from inspection.commands.remembering import Remembering
from inspection.errors import FileMissing, InspectionError, SetupProblem, TooManyPhotos
from inspection.look import MOST_PHOTOS, Looker, SentPhoto
from inspection.machine import cores
from inspection.verdict.answer import answer
from inspection.verdict.inspection import Inspection
from inspection.wiring import Product

HEADER = ("file", "damage", "recaptured", "match", "category", "grade", "decision", "error")

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run(manifest: Path, out: Path, *, bundle: str | None = None, device: str | None = None) -> None:
    """Write the scores. A photo that cannot be read is a row with an error, not the end of the rest."""
    read = Manifest.read(manifest)
    total = looked_over(read, out)
    product = Product(chosen(bundle=bundle, device=device))
    gate = Remembering(product.gate)
    looker = replace(product.looker, gate=gate)
    workers = cores()
    failed = 0
    with written_whole(out) as file, _progress() as progress, ThreadPoolExecutor(workers) as pool:
        task = progress.add_task("Scoring", total=total)
        table = csv.DictWriter(file, HEADER, restval="", lineterminator="\n")
        table.writeheader()
        for scored in in_order(pool, lambda row: score(row, gate, looker), read.rows(), ahead=4 * workers):
            table.writerow(scored)
            failed += "error" in scored
            progress.advance(task)
    print(f"{total} photos scored, {failed} with an error: {out}", file=sys.stderr)


def looked_over(manifest: Manifest, out: Path) -> int:
    """How many rows. What is wrong with a manifest, or with writing to `out`, is said before any work."""
    check_no_input(out, [manifest.path])
    total = 0
    for row in manifest.rows():
        total += 1
        check_no_input(out, row.paths())
    return total


def score(row: Row, gate: Remembering, looker: Looker) -> dict[str, Any]:
    """The cells of one row; only an operator's problem is raised, for it would be every row's."""
    try:
        said = answer(_inspected(row, gate, looker))
    except SetupProblem:
        raise
    except InspectionError as error:
        return {"file": row.file, "error": " ".join(f"{error.code}: {error}".split())}
    cells = {
        "damage": said["damage"]["probability"],
        "recaptured": said["authenticity"]["capture"]["recaptured"],
        "match": said["authenticity"]["identity"]["match"],
        "category": said["category"]["name"],
        "grade": said["grade"]["value"],
        "decision": said["decision"]["kind"],
    }
    return {"file": row.file, **cells}


def in_order(
    pool: ThreadPoolExecutor, work: Callable[[_In], _Out], items: Iterable[_In], *, ahead: int
) -> Iterator[_Out]:
    """Each item's outcome, in their order; at most `ahead` are under way, however many there are."""
    waiting: deque[Future[_Out]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _inspected(row: Row, gate: Remembering, looker: Looker) -> Inspection:
    if not row.file.strip():
        raise FileMissing("file", "this cell is empty")
    if len(row.references) > MOST_PHOTOS:  # before any of them is read
        raise TooManyPhotos(len(row.references), MOST_PHOTOS)
    paths = [row.path(cell) for cell in row.references]
    for path in paths:  # read once more when it is its turn: all of them at once would be 1 GB
        gate.remember(read_photo(path))
    photo, *references = [SentPhoto(read=partial(read_photo, path)) for path in (row.path(row.file), *paths)]
    return looker.look([photo], references).inspection


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)
