"""Judge a released bundle through the serving path: every figure of the promise, with its interval.

    python -m training.evaluate models/lite0-v2
    python -m training.evaluate models/lite0-v2 --quick                  a sample, a few minutes
    python -m training.evaluate models/lite0-v2 --report evaluation.html

docs/evaluation.md says what each figure is and what it does not say.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from inspection.errors import FileMissing, InspectionError
from inspection.machine import cores
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import open_runtime
from training.data import Split
from training.evaluate import sets
from training.evaluate.case import Case, Judged
from training.evaluate.catalogue import item_rows
from training.evaluate.cookies import Tray
from training.evaluate.foreign import foreign, foreign_rows
from training.evaluate.grades import grade_rows
from training.evaluate.honesty import category_calibration, honesty_rows
from training.evaluate.house import HOUSE, House, read_house
from training.evaluate.localisation import place_rows
from training.evaluate.mixed_day import day_rows
from training.evaluate.promised import promise_rows
from training.evaluate.report import page
from training.evaluate.returns import of_groups
from training.evaluate.rows import Row, as_json, shown
from training.evaluate.serve import Service
from training.evaluate.set_ups import set_up_rows
from training.evaluate.sets import Plan
from training.evaluate.table import capture_rows, category_rows, damage_rows
from training.evaluate.twins import twin_rows


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    told = _parser().parse_args(arguments)
    try:
        _writable(told.json, told.report)
        bundle, house = Bundle.open(told.bundle), read_house(told.policy)
        plan = Plan(house=house, step=5 if told.quick else told.every, damages=2 if told.quick else 3)
        service = Service.open(bundle, house, told.threads)
        seen = judged(service, plan)
        rows = [*rows_of(seen, bundle, house), *extra_rows(seen, service, bundle, plan)]
        show(rows, bundle.card.name)
        if told.json:
            told.json.write_text(as_json(rows, bundle.card.name, bundle.sha256), encoding="utf-8")
        if told.report:
            told.report.write_text(page(rows, seen, bundle, house), encoding="utf-8")
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def judged(service: Service, plan: Plan) -> list[Judged]:
    """Every case, read and decided; progress is shown on a terminal only."""
    quiet = not sys.stderr.isatty()
    wanted = track(
        service.judge(cases(plan)), description="photos", console=Console(stderr=True), disable=quiet
    )
    return list(wanted)


def cases(plan: Plan) -> Iterator[Case]:
    """All of them that are here."""
    for part in (Split.CALIBRATE, Split.TEST):
        yield from of_groups(plan, part)
    if sets.here("damage"):
        for references in (0, 1, 3):
            yield from sets.cookies(plan, references)
        yield from sets.parcels(plan)
    if sets.here("recapture"):
        yield from sets.people(plan)
    yield from foreign(plan)


def rows_of(seen: Sequence[Judged], bundle: Bundle, house: House) -> list[Row]:
    """What follows from what was seen."""
    return [
        *capture_rows(seen),
        *damage_rows(seen, bundle.card),
        *category_rows(seen),
        *grade_rows(seen),
        *honesty_rows(seen, bundle.calibrations),
        category_calibration(seen),
        *foreign_rows(seen),
        *day_rows(seen, house.stakes),
        *promise_rows(seen, house.stakes),
    ]


def extra_rows(seen: Sequence[Judged], service: Service, bundle: Bundle, plan: Plan) -> Iterator[Row]:
    """What needs runs of its own."""
    runtime = open_runtime(bundle, device="cpu")
    yield from item_rows(seen, bundle, runtime, plan)
    tray = Tray(bundle=bundle, runtime=runtime, plan=plan) if sets.here("damage") else None
    yield from place_rows(tray)
    yield from set_up_rows(tray)
    yield from twin_rows(service, bundle, plan)


def show(rows: Sequence[Row], name: str) -> None:
    """On the terminal; plain text when piped."""
    table = Table(title=f"{name}, judged through serving", show_lines=False)
    for column in ("claim", "on", "n", "floor", "goal", "figure", "95 % interval", "", "note"):
        table.add_column(column)
    for row in rows:
        p = row.goal.percent
        table.add_row(
            row.claim, row.on, str(row.n), row.goal.floor, row.goal.text, shown(row.figure, p),
            f"{shown(row.low, p)} to {shown(row.high, p)}", row.verdict, row.note,
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def _writable(*files: Path | None) -> None:
    """Raises `FileMissing` before the work rather than after it."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise FileMissing(str(file.parent), "the folder to write into is not there")


def _count(text: str) -> int:
    """For argparse: a whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("bundle", type=Path, help="the folder of a released bundle")
    parser.add_argument(
        "--policy", type=Path, default=HOUSE, help="the rules to decide by; default: the house's"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a page with pictures too")
    parser.add_argument("--quick", action="store_true", help="every fifth photo: a few minutes")
    parser.add_argument("--threads", type=_count, default=cores(), metavar="N", help="default: one a core")
    parser.add_argument("--json", type=Path, metavar="FILE.json", help="write the rows for programs too")
    parser.add_argument("--every", type=_count, default=1, metavar="N", help="every N-th photo; default: all")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
