"""`key …`, `link`, `login`: who may come in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from inspection.cli.front import AsJson, app

if TYPE_CHECKING:
    from inspection.wiring import Product

keys = typer.Typer(help="Keys for other systems.", no_args_is_help=True)
app.add_typer(keys, name="key")


@contextmanager
def opened() -> Iterator["Product"]:
    """As the settings say, and let go of afterwards."""
    from inspection.settings import Settings  # noqa: PLC0415
    from inspection.wiring import Product  # noqa: PLC0415

    product = Product(Settings.read())
    try:
        yield product
    finally:
        product.close()


@keys.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str], typer.Option(help="What it may be used for; once for each.")],
    days: Annotated[float | None, typer.Option(help="How long it holds; else until revoked.")] = None,
) -> None:
    """Print a new key, this once."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.wiring import new_id  # noqa: PLC0415

    with opened() as product:
        command.create(product.keys, name, scope, new_id=new_id, days=days)


@keys.command("list")
def key_list(json: AsJson = False) -> None:
    """All there ever were, the newest first."""
    from inspection.commands import key as command  # noqa: PLC0415

    with opened() as product:
        command.show(product.keys, json=json)


@keys.command("rotate")
def key_rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID")],
    hours: Annotated[float, typer.Option(help="How long the old one holds beside it.")] = 24,
) -> None:
    """Print a new key like an old one, which holds a while longer."""
    from inspection.commands import key as command  # noqa: PLC0415
    from inspection.wiring import new_id  # noqa: PLC0415

    with opened() as product:
        command.rotate(product.keys, key_id, new_id=new_id, hours=hours)


@keys.command("revoke")
def key_revoke(key_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """From the next request on it opens nothing."""
    from inspection.commands import key as command  # noqa: PLC0415

    with opened() as product:
        command.revoke(product.keys, key_id)


@app.command()
def link(
    return_id: Annotated[str, typer.Argument(metavar="RETURN_ID")],
    hours: Annotated[float, typer.Option(help="How long it holds, 60 days at most.")] = 14 * 24,
    address: Annotated[str, typer.Option(help="Where the service is.")] = "http://127.0.0.1:8000",
) -> None:
    """Print the link for a return's shopper."""
    from inspection.commands import link as command  # noqa: PLC0415

    with opened() as product:
        front = product.settings.public_url or address
        command.run(product.cases, product.links, return_id, address=front, hours=hours)


@app.command()
def login(
    name: Annotated[str, typer.Argument(help="Who comes in.")],
    role: Annotated[str, typer.Option(help="inspector, scientist or administrator.")] = "inspector",
    address: Annotated[str, typer.Option(help="Where the service is.")] = "http://127.0.0.1:8000",
) -> None:
    """Print a way in for a person, where no issuer was set up."""
    from inspection.commands import login as command  # noqa: PLC0415

    with opened() as product:
        command.run(product.passes, name, role, address=product.settings.public_url or address)
