"""`inspect`, `score`, `depth`: items, from photo files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from inspection.cli.front import AsJson, Bundle, Device, app
from inspection.commands.front import SeveralReferences, cents
from inspection.verdict.findings import View


@app.command(cls=SeveralReferences)
def inspect(  # noqa: PLR0913, PLR0917 - as many as the command has options
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos of one item, 1 to 20.")],
    reference: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PHOTO...",
            help="Photos of the undamaged item, up to 20. Another option or -- ends them.",
        ),
    ] = None,
    json: AsJson = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write one self-contained page with photos and reasons."),
    ] = None,
    price: Annotated[
        Any, typer.Option(parser=cents, metavar="AMOUNT", help="What was paid, such as 49.90.")
    ] = None,
    view: Annotated[
        list[View] | None, typer.Option(help="What a photo shows: once a photo, in their order.")
    ] = None,
    asked: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many photos the shopper was asked for before.")
    ] = 0,
    specialist: Annotated[
        str | None,
        typer.Option(metavar="NAME|PATH", help="Ask a specialist too: the item was sold as one of its own."),
    ] = None,
    bundle: Bundle = None,
    device: Device = None,
) -> None:
    """Decide on one item from photo files."""
    from inspection.commands import inspect as command  # noqa: PLC0415

    if len(view or []) > len(photos):
        raise typer.BadParameter(f"--view was given {len(view or [])} times for {len(photos)} photos.")
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(f"--report writes HTML: {str(report)!r} does not end in .html.")
    item = command.Asked(
        photos=photos,
        references=reference or [],
        views=view or [],
        price_cents=price,
        asked=asked,
        specialist=specialist,
    )
    command.run(item, json=json, report=report, bundle=bundle, device=device)


@app.command()
def score(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST.csv", help="With a column 'file'.")],
    out: Annotated[
        Path, typer.Option(metavar="SCORES.csv", help="Where to write one row a photo, in order.")
    ],
    bundle: Bundle = None,
    device: Device = None,
) -> None:
    """Score many photos, one a row.

    Read where the columns are there: 'references' (separated by ';') are photos of the undamaged item.
    'category' is the known category, for bundles with thresholds by category; others ignore it, as
    lite0-v2 does. The category written to SCORES.csv is the one that the bundle sees.
    """
    from inspection.commands import score as command  # noqa: PLC0415

    command.run(manifest, out, bundle=bundle, device=device)


@app.command()
def depth(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="A photo of the item.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="One more, a hand's width aside.")],
    lamp: Annotated[bool, typer.Option("--lamp", help="SECOND is FIRST again, the torch on.")] = False,
    json: AsJson = False,
) -> None:
    """Do two photos show a thing with depth? If not, that says nothing. No decision rests on it yet."""
    from inspection.commands import depth as command  # noqa: PLC0415

    command.run(first, second, lamp=lamp, json=json)
