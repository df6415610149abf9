"""`inspection bundle`: which models are here, and whether they still say what they said."""

import json as json_format
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from inspection.commands.chosen import bundle_folder
from inspection.settings import Settings
from inspection.vision.bundle import Bundle, Shelved, available
from inspection.vision.verify import Verified, verify


def show(*, json: bool) -> None:
    """Every folder beside the served bundle."""
    served = Settings.read().bundle
    shelf = [_said(one, served) for one in available(served.absolute().parent)]
    if json:
        print(json_format.dumps(shelf, indent=2, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for column in ("Bundle", "Version", "Released", "Size", "SHA-256", ""):
        table.add_column(column, justify="right" if column == "Size" else "left", overflow="fold")
    for one in shelf:
        table.add_row(*_cells(one))
    Console(highlight=False).print(table)


def verified(name: str | None, *, json: bool) -> bool:
    """Print the figures of every runtime here; whether none of them changed an answer."""
    bundle = Bundle.open(Settings.read().bundle if name is None else bundle_folder(name))
    found = verify(bundle)
    flips = sum(one.flips for one in found)
    if json:
        said = {"bundle": bundle.card.name, "sha256": bundle.sha256, "ok": not flips}
        print(json_format.dumps(said | {"runtimes": [_figures(one) for one in found]}, indent=2))
        return not flips
    console = Console(highlight=False)
    console.print(_parities(found))
    for one in found:
        if one.absent is not None:
            console.print(Text(f"{one.device} is not here: {one.absent}", "dim"))
    changed = "every answer is that of the release" if not flips else f"answers that changed: {flips}"
    console.print(
        f"{bundle.card.name} {bundle.sha256[:12]}: {changed}", style="green" if not flips else "red"
    )
    return not flips


def _said(shelved: Shelved, served: Path) -> dict[str, Any]:
    bundle = shelved.bundle
    return {
        "name": shelved.folder.name,
        "version": bundle and bundle.card.version,
        "released": bundle and bundle.card.released.isoformat(),
        "bytes": sum(path.stat().st_size for path in shelved.folder.rglob("*") if path.is_file()),
        "sha256": bundle and bundle.sha256,
        "served": shelved.folder.resolve() == served.resolve(),
        "refused": str(shelved.refused) if shelved.refused else None,
    }


def _cells(one: dict[str, Any]) -> list[Text]:
    if one["refused"]:
        return [Text(one["name"]), *[Text("")] * 4, Text(one["refused"], "red")]
    size = f"{one['bytes'] / 1e6:.1f} MB"
    served = Text("served", "green") if one["served"] else Text("")
    return [
        *(Text(cell) for cell in (one["name"], one["version"], one["released"], size)),
        Text(one["sha256"][:12]),
        served,
    ]


def _parities(found: tuple[Verified, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for column in ("Runtime", "Claim", "Largest change", "Answers changed"):
        table.add_column(
            column, justify="right" if column in ("Largest change", "Answers changed") else "left"
        )
    for one in found:
        for parity in one.parities:
            changed = Text(f"{parity.flips} of {parity.cases}", "red" if parity.flips else "")
            table.add_row(one.device, parity.claim, f"{parity.most:.4f}", changed)
    return table


def _figures(one: Verified) -> dict[str, Any]:
    claims = {
        parity.claim: {"largest_change": round(parity.most, 6), "flips": parity.flips, "cases": parity.cases}
        for parity in one.parities
    }
    return {"device": one.device, "absent": one.absent, "claims": claims}
