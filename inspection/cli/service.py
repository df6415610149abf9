"""`serve` and `worker`: the service."""

from typing import Annotated

import typer

from inspection.cli.front import Bundle, Device, app


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
