"""`seen …`: photos that came before."""

import typer

from inspection.cli.front import AsJson, app

seen = typer.Typer(help="Photos that came before.", no_args_is_help=True)
app.add_typer(seen, name="seen")


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
