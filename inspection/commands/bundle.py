"""`inspection bundle`: which models are here, which is in use, and whether they still say what they said."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from inspection.commands.chosen import bundle_folder
from inspection.commands.out import print_json
from inspection.errors import BundleRefused
from inspection.settings import Settings
from inspection.vision.bundle import Bundle, Shelved, available
from inspection.vision.verify import Verified, verify
from inspection.wiring import Product, still_the_same


def show(*, json: bool) -> None:
    """Every folder beside the bundle in use, and beside the default one."""
    product = Product(Settings.read())
    served, trouble = product.served_folder, _trouble(product)
    beside = dict.fromkeys(folder.absolute().parent for folder in (served, product.settings.bundle))
    shelves = [shelf for shelf in beside if shelf.is_dir()]
    if trouble and not shelves:
        raise trouble
    shelf = [_said(one, served, trouble) for folder in shelves for one in available(folder)]
    if json:
        print_json(shelf)
        return
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for column in ("Bundle", "Version", "Released", "Size", "SHA-256", ""):
        table.add_column(column, justify="right" if column == "Size" else "left", overflow="fold")
    for one in shelf:
        table.add_row(*_cells(one))
    Console(highlight=False).print(table)


def history(*, json: bool) -> None:
    """Every change of the bundle in use, the oldest first."""
    changes = [change.said() for change in Product(Settings.read()).served.changes()]
    if json:
        print_json(changes)
        return
    if not changes:
        print("No bundle was promoted here.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold dim")
    for column in ("At (UTC)", "Action", "Bundle", "SHA-256"):
        table.add_column(column, overflow="fold")
    for said in changes:
        table.add_row(
            said["at"][:19].replace("T", " "), said["action"], Text(said["bundle"]), said["sha256"][:12]
        )
    Console(highlight=False).print(table)


def promote(name: str) -> None:
    """Use that bundle from now on, if it is whole."""
    product = Product(Settings.read())
    folder = bundle_folder(name).resolve()
    bundle = Bundle.open(folder)
    standing = product.served.standing()
    if standing and (standing[-1].folder, standing[-1].sha256) == (folder, bundle.sha256):
        _tell(bundle, "is in use already", product)  # once more would make a rollback lead nowhere
        return
    product.served.promote(folder, bundle.sha256)
    _tell(bundle, "is in use from now on", product)


def rollback() -> None:
    """Use the bundle before the last one promoted, if it is still what it was."""
    product = Product(Settings.read())
    bundle = still_the_same(product.served.before())
    product.served.rollback(bundle.folder, bundle.sha256)
    _tell(bundle, "is in use again", product)


def verified(name: str | None, *, json: bool) -> bool:
    """Print the figures of every runtime here; whether all that would be relied on say what was released."""
    bundle = Product(Settings.read()).bundle if name is None else Bundle.open(bundle_folder(name))
    found = verify(bundle)
    failed = [one.device for one in found if one.failed]
    if json:
        said = {"bundle": bundle.card.name, "sha256": bundle.sha256, "ok": not failed}
        print_json(said | {"runtimes": [_figures(one) for one in found]})
        return not failed
    console = Console(highlight=False)
    console.print(_parities(found))
    for one in found:
        if one.absent is not None:
            console.print(Text(f"{one.device} is not here: {one.absent}", "dim"))
    unlike = [one.device for one in found if not one.holds and not one.failed]
    changed = "every answer is that of the release"
    if failed:
        changed = f"not what was released: {', '.join(failed)}"
    if unlike:
        changed += f"; not relied on, and not alike: {', '.join(unlike)}"
    console.print(
        f"{bundle.card.name} {bundle.sha256[:12]}: {changed}", style="green" if not failed else "red"
    )
    return not failed


def _tell(bundle: Bundle, what: str, product: Product) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        Text(f"{bundle.folder.name} {bundle.sha256[:12]} {what}; a running service after a restart.")
    )
    if product.settings.bundle_given:
        console.print(Text(f"INSPECTION_BUNDLE is set and comes first: {product.settings.bundle}", "yellow"))


def _trouble(product: Product) -> BundleRefused | None:
    try:
        _ = product.bundle
    except BundleRefused as error:  # such as one that is whole, and not the one that was promoted
        return error
    return None


def _said(shelved: Shelved, served: Path, trouble: BundleRefused | None) -> dict[str, Any]:
    bundle = shelved.bundle
    in_use = shelved.folder.resolve() == served.resolve()
    refused = shelved.refused or (trouble if in_use else None)
    return {
        "name": shelved.folder.name,
        "version": bundle and bundle.card.version,
        "released": bundle and bundle.card.released.isoformat(),
        "bytes": sum(path.stat().st_size for path in shelved.folder.rglob("*") if path.is_file()),
        "sha256": bundle and bundle.sha256,
        "served": in_use,
        "refused": str(refused) if refused else None,
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
            fault = "" if parity.holds else "red" if one.relied_on else "yellow"
            changed = Text(f"{parity.flips} of {parity.cases}", fault)
            table.add_row(one.device, parity.claim, Text(f"{parity.most:.4f}", fault), changed)
    return table


def _figures(one: Verified) -> dict[str, Any]:
    claims = {
        parity.claim: {"largest_change": round(parity.most, 6), "flips": parity.flips, "cases": parity.cases}
        for parity in one.parities
    }
    state = {"device": one.device, "absent": one.absent, "relied_on": one.relied_on, "holds": one.holds}
    return state | {"claims": claims}
