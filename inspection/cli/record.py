"""`replay`, `audit`, `erase`: what is recorded."""

from typing import Annotated

import typer

from inspection.cli.front import AsJson, app


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
