"""The command line around its commands: known problems as one line, options with several values, money."""

import sys
from collections.abc import Sequence
from decimal import Decimal, DecimalException
from errno import EPIPE
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from inspection.commands.out import silenced
from inspection.errors import InspectionError, OutputIsInput


class Front(TyperGroup):
    """Where known problems become one line on stderr and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it printed leaves while a closed pipe can still be told apart from a bug."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except InspectionError as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(2 if isinstance(error, OutputIsInput) else 1) from error
        except OSError as error:
            if error.errno == EPIPE or error.filename is not None:
                raise
            silenced()  # a full disk: it is a stream that failed, for no file is named
            typer.echo(f"error: the output cannot be written: {error.strerror}.", err=True)
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


def cents(price: str) -> int:
    """49.90 is 4990: money is integer cents from the door on."""
    try:
        amount = Decimal(price) * 100
    except DecimalException as error:  # no number, or one beyond all bounds
        raise typer.BadParameter(f"{price!r} is no amount of money, such as 49.90.") from error
    if not amount.is_finite() or amount < 0 or amount > 10**12 or amount != amount.to_integral_value():
        raise typer.BadParameter(f"{price!r} is no amount of money, such as 49.90.")
    return int(amount)
