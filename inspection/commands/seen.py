"""`inspection seen`: what is remembered of all photos, and remembering the rest of them now."""

import json as json_

import typer
from rich.console import Console

from inspection.seen.backfill import Coverage, all_of_it
from inspection.settings import Settings
from inspection.telemetry import log
from inspection.wiring import Product


def backfill() -> None:
    """All that no look remembered; may be stopped and begun again, beside workers too."""
    log.configure()  # whoever reads originals is noted
    product, console = Product(Settings.read()), Console(highlight=False, stderr=True)
    try:
        work = product.backfill
        with console.status("Remembering photos") as status:
            all_of_it(work, lambda: status.update(f"Remembering photos: {work.done}"))
        coverage = work.coverage()
    finally:
        product.close()
    unread = f" {work.unreadable} cannot be read any more." if work.unreadable else ""
    typer.echo(f"Remembered {work.done} photo{'' if work.done == 1 else 's'}.{unread} {_told(coverage)}")


def coverage(*, json: bool) -> None:
    """How much of everything is compared with a new photo."""
    product = Product(Settings.read())
    try:
        found = product.backfill.coverage()
    finally:
        product.close()
    if json:
        told = {"photos": found.photos, "hashed": found.hashed, "seen": found.seen}
        typer.echo(json_.dumps(told, indent=2))
    else:
        typer.echo(_told(found))


def _told(coverage: Coverage) -> str:
    return (
        f"Of {coverage.photos} photos {coverage.hashed} are found again as whole pictures, "
        f"{coverage.seen} in parts, too."
    )
