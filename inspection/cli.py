"""The command line: a thin front door. Each command is imported when it is called, so help is quick."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from inspection import __version__
from inspection.commands.front import Front, SeveralReferences, cents
from inspection.commands.out import forgiving
from inspection.verdict.findings import View

app = typer.Typer(
    name="inspection",
    help="Photos of a returned item in, a decision with its reasons out.",
    cls=Front,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
bundles = typer.Typer(help="Models that can be served.", no_args_is_help=True)
app.add_typer(bundles, name="bundle")
keys = typer.Typer(help="Keys for other systems.", no_args_is_help=True)
app.add_typer(keys, name="key")
seen = typer.Typer(help="Photos that came before.", no_args_is_help=True)
app.add_typer(seen, name="seen")

Bundle = Annotated[
    str | None, typer.Option(help="The model bundle: a folder, or the name of one beside the default.")
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "tensorrt"] | None,
    typer.Option(help="What runs the model. Asked for by name and absent is an error."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def main() -> None:
    """The console script `inspection`."""
    forgiving(sys.stdout)
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"inspection {__version__}")
        raise typer.Exit


@app.callback()
def front(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Photos of a returned item in, a decision with its reasons out."""


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


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="Decide a few demo items first, to play with.")
    ] = False,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    bundle: Bundle = None,
    device: Device = None,
) -> None:
    """Serve the API and the pages."""
    from inspection.commands import serve as command  # noqa: PLC0415

    command.run(demo=demo, host=host, port=port, bundle=bundle, device=device)


@app.command()
def worker() -> None:
    """One more process that works: as many as you like on PostgreSQL, and beside `serve` on SQLite."""
    from inspection.commands import worker as command  # noqa: PLC0415

    command.run()


@app.command()
def replay(
    inspection_id: Annotated[str, typer.Argument(help="The inspection's id.")],
    turn: Annotated[int | None, typer.Option(min=1, help="Which look; the latest if not said.")] = None,
    json: AsJson = False,
) -> None:
    """Look again at a recorded inspection: is it the same answer?"""
    from inspection.commands import record as command  # noqa: PLC0415

    command.replay(inspection_id, turn=turn, json=json)


@app.command()
def audit(
    expect: Annotated[
        str | None, typer.Option(help="SEQ:HASH of an entry kept elsewhere, which must still be there.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Is the record of decisions whole?"""
    from inspection.commands import record as command  # noqa: PLC0415

    command.audit(expect=expect, json=json)


@app.command()
def erase(
    subject: Annotated[str, typer.Argument(help="A photo's SHA-256, or a return's id.")],
    why: Annotated[str, typer.Option(help="For the record.")] = "asked for",
) -> None:
    """Erase a photo, or all photos of a return, for good; what was decided stays."""
    from inspection.commands import erase as command  # noqa: PLC0415

    command.run(subject, why=why)


@bundles.command("list")
def bundle_list(
    history: Annotated[
        bool, typer.Option("--history", help="Which was in use when, instead of what is here.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Every bundle beside the one in use, and why one is refused."""
    from inspection.commands import bundle as command  # noqa: PLC0415

    if history:
        command.history(json=json)
    else:
        command.show(json=json)


@bundles.command("promote")
def bundle_promote(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="A whole one.")],
) -> None:
    """Use this bundle from now on, wherever INSPECTION_BUNDLE is not set."""
    from inspection.commands import bundle as command  # noqa: PLC0415

    command.promote(name)


@bundles.command("rollback")
def bundle_rollback() -> None:
    """Use the bundle again that was in use before the last one promoted."""
    from inspection.commands import bundle as command  # noqa: PLC0415

    command.rollback()


@bundles.command("verify")
def bundle_verify(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|PATH]", help="The served one where none is named.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Do the runtimes here still say of the golden cases what the release said? Exit code 1 where not."""
    from inspection.commands import bundle as command  # noqa: PLC0415

    if not command.verified(name, json=json):
        raise typer.Exit(1)


@keys.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str], typer.Option(help="What it may be used for; once for each.")],
    days: Annotated[float | None, typer.Option(help="How long it holds; else until revoked.")] = None,
) -> None:
    """Print a new key, this once."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product, new_id  # noqa: PLC0415

    command.create(Product(Settings.read()).keys, name, scope, new_id=new_id, days=days)


@keys.command("list")
def key_list(json: AsJson = False) -> None:
    """All there ever were, the newest first."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product  # noqa: PLC0415

    command.show(Product(Settings.read()).keys, json=json)


@keys.command("rotate")
def key_rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    hours: Annotated[float, typer.Option(help="How long the old one holds beside it.")] = 24,
) -> None:
    """Print a new key like an old one, which holds a while longer."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product, new_id  # noqa: PLC0415

    command.rotate(Product(Settings.read()).keys, key_id, new_id=new_id, hours=hours)


@keys.command("revoke")
def key_revoke(key_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """From the next request on it opens nothing."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product  # noqa: PLC0415

    command.revoke(Product(Settings.read()).keys, key_id)


@seen.command("backfill")
def seen_backfill() -> None:
    """Remember now what workers remember bit by bit: photos from before a promotion, and others."""
    from inspection.commands import seen as command  # noqa: PLC0415

    command.backfill()


@seen.command("coverage")
def seen_coverage(json: AsJson = False) -> None:
    """How many of all photos a new one is compared with."""
    from inspection.commands import seen as command  # noqa: PLC0415

    command.coverage(json=json)


@app.command()
def link(
    return_id: Annotated[str, typer.Argument(metavar="RETURN_ID")],
    hours: Annotated[float, typer.Option(help="How long it holds, 60 days at most.")] = 14 * 24,
) -> None:
    """Print the link for a return's shopper."""
    from inspection.commands import link as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product  # noqa: PLC0415

    product = Product(Settings.read())
    command.run(product.cases, product.links, return_id, public_url=product.settings.public_url, hours=hours)


@app.command()
def login(
    name: Annotated[str, typer.Argument(help="Who comes in.")],
    role: Annotated[str, typer.Option(help="inspector, scientist or administrator.")] = "inspector",
    address: Annotated[str, typer.Option(help="Where the service is.")] = "http://127.0.0.1:8000",
) -> None:
    """Print a way in for a person, where no issuer was set up."""
    from inspection.commands import login as command  # noqa: PLC0415
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product  # noqa: PLC0415

    product = Product(Settings.read())
    command.run(product.passes, name, role, address=product.settings.public_url or address)
