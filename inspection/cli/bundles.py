"""`bundle …`: models that can be served."""

from typing import Annotated

import typer

from inspection.cli.front import AsJson, app

bundles = typer.Typer(help="Models that can be served.", no_args_is_help=True)
app.add_typer(bundles, name="bundle")


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
