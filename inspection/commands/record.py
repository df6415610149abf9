"""`inspection replay` and `inspection audit`: the same answer again, and is the record whole?"""

import json as json_
from typing import Any

import typer

from inspection.casework.again import replay as asked_again
from inspection.settings import Settings
from inspection.telemetry import log
from inspection.telemetry.log import doing
from inspection.wiring import Product


def replay(inspection_id: str, *, turn: int | None, json: bool) -> None:
    """Exit code 1 where the answer is another one now."""
    log.configure()  # whoever reads originals is noted
    product = Product(Settings.read())
    try:
        with doing("replay", inspection_id=inspection_id):
            done = asked_again(
                inspection_id, turn, cases=product.cases, photos=product.photos, looker=product.looker
            )
    finally:
        product.close()
    if json:
        told = {"same": done.same, "recorded": done.recorded, "differs": done.differs}
        _print({**told, "other_terms": done.other_terms})
    elif done.same:
        typer.echo(f"The same answer: {done.now['decision']['kind']}.")
    elif done.differs:
        typer.echo(f"Another answer: {', '.join(done.differs)} differ.")
    if not json and not done.recorded:
        typer.echo("What is kept of this look is not what the record says: run `inspection audit`.")
    if not json:
        for line in done.other_terms:
            typer.echo(f"Mind that {line}.")
    if not done.same:
        raise typer.Exit(1)


def audit(*, expect: str | None, json: bool) -> None:
    """Exit code 1 where the chain is broken, or does not hold `expect`, a `SEQ:HASH` that somebody kept."""
    product = Product(Settings.read())
    try:
        found = product.cases.audit()
        held = expect is None or product.cases.holds(*_anchor(expect))
    finally:
        product.close()
    whole = found.whole and held
    if json:
        told = {"whole": whole, "entries": found.entries, "head": found.head, "broken_at": found.broken_at}
        _print({**told, "contradictions": found.contradictions})
    elif whole:
        typer.echo(f"The record is whole: {found.entries} entries, the last {found.entries}:{found.head}.")
    elif found.broken_at is not None:
        typer.echo(f"The record is broken at entry {found.broken_at}: {found.why}.")
    elif not held:
        typer.echo(f"The record is a chain, but not the one that held {expect}.")
    if not json:
        for line in found.contradictions:
            typer.echo(f"Against the record: {line}.")
    if not whole:
        raise typer.Exit(1)


def _anchor(told: str) -> tuple[int, str]:
    seq, _, hash_ = told.partition(":")
    if not seq.isdigit() or len(hash_) != 64:
        raise typer.BadParameter("SEQ:HASH, as `inspection audit` prints it")
    return int(seq), hash_


def _print(told: dict[str, Any]) -> None:
    typer.echo(json_.dumps(told, indent=2))
