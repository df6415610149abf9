"""The command itself, and the options that several share."""

import sys
from typing import Annotated, Literal

import typer

from inspection import __version__
from inspection.commands.front import Front
from inspection.commands.out import forgiving

app = typer.Typer(
    name="inspection",
    help="Photos of a returned item in, a decision with its reasons out.",
    cls=Front,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
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
