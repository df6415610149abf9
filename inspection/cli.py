"""The command line: a thin front door. Each command is imported when it is called, so help is quick."""

import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from inspection import __version__
from inspection.errors import InspectionError


class Front(TyperGroup):
    """Where known problems become one line on stderr and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it printed leaves while a closed pipe can still be told apart from a bug."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except InspectionError as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(1) from error
        return answer


class SeveralReferences(TyperCommand):
    """`--reference A B` means both, as the shell's `--reference sold/*.jpg` needs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As always, after `--reference A B` became `--reference A --reference B`."""
        return super().parse_args(ctx, repeated(args, "--reference"))


def repeated(args: Sequence[str], option: str) -> list[str]:
    """The option written before each of its values, which end at the next option or `--`."""
    said: list[str] = []
    taking = False
    for position, arg in enumerate(args):
        if arg == "--":
            return said + list(args[position:])
        if arg.startswith("-"):
            taking = arg == option
            nothing_follows = position + 1 == len(args) or args[position + 1].startswith("-")
            said += [arg] if not taking or nothing_follows else []
        else:
            said += [option, arg] if taking else [arg]
    return said


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


def _cents(price: str) -> int:
    """49.90 is 4990: money is integer cents from the door on."""
    try:
        cents = Decimal(price) * 100
    except InvalidOperation as error:
        raise typer.BadParameter(f"{price!r} is no amount of money, such as 49.90.") from error
    if not cents.is_finite() or cents < 0 or cents != cents.to_integral_value() or cents > 10**12:
        raise typer.BadParameter(f"{price!r} is no amount of money, such as 49.90.")
    return int(cents)


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
        Any, typer.Option(parser=_cents, metavar="AMOUNT", help="What was paid, such as 49.90.")
    ] = None,
    bundle: Bundle = None,
    device: Device = None,
) -> None:
    """Decide on one item from photo files."""
    from inspection.commands import inspect as command  # noqa: PLC0415

    asked = command.Asked(photos=photos, references=reference or [], price_cents=price)
    command.run(asked, json=json, report=report, bundle=bundle, device=device)


@app.command()
def score(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST.csv", help="With a column 'file'.")],
    out: Annotated[
        Path, typer.Option(metavar="SCORES.csv", help="Where to write one row a photo, in order.")
    ],
    bundle: Bundle = None,
    device: Device = None,
) -> None:
    """Score many photos, one a row. 'references' (separated by ';') is read too where the column is there."""
    from inspection.commands import score as command  # noqa: PLC0415

    if out.exists() and manifest.exists() and out.samefile(manifest):
        raise typer.BadParameter("--out would overwrite the manifest.")
    command.run(manifest, out, bundle=bundle, device=device)


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


@bundles.command("list")
def bundle_list(json: AsJson = False) -> None:
    """Every bundle beside the served one, and why one is refused."""
    from inspection.commands import bundle as command  # noqa: PLC0415

    command.show(json=json)


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
