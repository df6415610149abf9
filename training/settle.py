"""Settle how far a released bundle may accept by its record, and seal it again.

    python -m training.settle models/lite0-v2

Held-out groups that calibrate are read and decided as serving does it, on a day where bad answers are as
common as the house assumes; the groups that `training.evaluate` judges are not touched. The last step of
`training.train`.
"""

import math
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from inspection.errors import FileMissing, InspectionError
from inspection.machine import cores
from inspection.verdict.evidence import Stakes
from inspection.vision.bundle import CALIBRATION, CARD, Bundle
from inspection.vision.calibrations import TRIED
from training.data import Split, data_folder
from training.evaluate.case import Judged
from training.evaluate.house import read_house
from training.evaluate.promised import promise
from training.evaluate.returns import of_groups
from training.evaluate.serve import Service
from training.evaluate.sets import Plan
from training.release import Value, put_in_place, seal, toml

CONFIDENCE = 0.95
NAMES = {"with_references": True, "without_references": False}


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        found = settle(Path(arguments[0]).resolve())
        for name in NAMES:
            print(f"{name}: {found.get(name, 'nothing can be promised')}")
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def settle(folder: Path, threads: int | None = None) -> dict[str, Mapping[str, Value]]:
    """Write `[acceptance]` into a bundle's calibration, where anything can be proven; returns it.

    Raises `FileMissing` where there are no photos: what was proven before stays as it is.
    """
    bundle, house = Bundle.open(folder), read_house()
    seen = _judged(Service.open(bundle, house, threads or cores()), Plan(house=house))
    if not seen:
        raise FileMissing(str(data_folder()), "none of the photos that could settle it is there")
    proofs = {
        name: told
        for name, references in NAMES.items()
        if (told := proof(seen, house.stakes, references=references)) is not None
    }
    written(folder, proofs)
    return proofs


def proof(seen: Sequence[Judged], stakes: Stakes, *, references: bool) -> Mapping[str, Value] | None:
    """As a bundle carries it; `None` where nothing can be proven."""
    told = promise(seen, stakes, references=references, confidence=CONFIDENCE)
    if told.threshold == -math.inf:
        return None
    return {
        "up_to": math.floor(told.threshold * 1e6) / 1e6,  # never rounded up
        "error": stakes.error_budget,
        "confidence": CONFIDENCE,
        "returns": told.settled_on,
        "priors": {question.value: stakes.priors[question] for question in TRIED},
    }


def _judged(service: Service, plan: Plan) -> list[Judged]:
    quiet = not sys.stderr.isatty()
    wanted = service.judge(of_groups(plan, Split.CALIBRATE))
    return list(track(wanted, description="returns", console=Console(stderr=True), disable=quiet))


def written(folder: Path, proofs: Mapping[str, Mapping[str, Value]]) -> Path:
    """The bundle with these proofs in place of any it had, sealed again; returns its folder."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(folder, draft)
    table = _read(draft / CALIBRATION)
    table.pop("acceptance", None)
    if proofs:
        table["acceptance"] = proofs
    (draft / CALIBRATION).write_text(toml(table), encoding="utf-8")
    card = _read(draft / CARD)
    card.setdefault("limits", {})["acceptance"] = _limit(proofs)
    (draft / CARD).write_text(toml(card), encoding="utf-8")
    seal(draft)
    Bundle.open(draft)
    return put_in_place(draft, folder)


def _limit(proofs: Mapping[str, Mapping[str, Value]]) -> str:
    """What the card says of it."""
    within = [
        f"{name.replace('_', ' ')} while the chance of being wrong is at most {told['up_to']:.4f}"
        for name, told in proofs.items()
    ]
    if not within:
        return "No bound could be proven: software accepts only where every claim is settled."
    return f"Proven {' and '.join(within)}; elsewhere only where every claim is settled."


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
