"""The data sets here, against their cards.

python -m training.data check                    do the local folders match their cards?
python -m training.data card NAME                the measured half of a card: hash, counts, splits
python -m training.data link NAME [copy|scene]   groups that share a photo, or also a scene; for the card

NAME is a folder with a card in datasets/, or any folder with a manifest.csv.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from inspection.errors import InspectionError
from training.data.cards import CARDS, Card, data_folder, read_card
from training.data.crops import LIKE
from training.data.layouts import differences, fingerprint, read_layout, split_counts
from training.data.linking import as_toml, link


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    try:
        match arguments:
            case ["check"]:
                return _check()
            case ["card", name]:
                print(_measured(*_named(name)))
            case ["link", name]:
                print(_linked(*_named(name), by="copy"))
            case ["link", name, by] if by in LIKE:
                print(_linked(*_named(name), by=by))
            case _:
                print(__doc__)
                return 2
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def _check() -> int:
    wrong = here = 0
    for path in sorted(CARDS.glob("*.toml")):
        folder = data_folder() / path.stem
        if not folder.is_dir():
            print(f"{path.stem}: not here ({folder})")
            continue
        here += 1
        found = differences(read_card(path), folder)
        wrong += bool(found)
        print(f"{path.stem}: {'; '.join(found) or 'matches its card'}")
    return 1 if wrong or not here else 0


def _named(name: str) -> tuple[Card, Path]:
    path = CARDS / f"{Path(name).name}.toml"
    folder = Path(name) if Path(name).is_dir() else data_folder() / name
    if path.is_file():
        return read_card(path), folder
    blank = {"licence": "", "credit": "", "sha256": "", "photos": 0, "groups": 0}
    return Card(name=name, may_train=False, labels={}, assigned={}, **blank), folder  # type: ignore[arg-type]


def _measured(card: Card, folder: Path) -> str:
    examples = read_layout(card, folder)
    labels = ", ".join(f'"{label}" = {n}' for label, n in sorted(Counter(e.label for e in examples).items()))
    splits = ", ".join(f"{part} = {n}" for part, n in split_counts(card, examples).items())
    return (
        f'sha256 = "{fingerprint(examples)}"\n\n[counts]\nphotos = {len(examples)}\n'
        f"groups = {len({e.group for e in examples})}\nlabels = {{ {labels} }}\nsplits = {{ {splits} }}\n"
    )


def _linked(card: Card, folder: Path, by: str) -> str:
    found = link(read_layout(card, folder), by)
    print(f"# pairs across groups: {found.by_hash} by hash, {found.by_overlap} by overlap", file=sys.stderr)
    return as_toml(found, by)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
