"""Currencies that a return can be in: `currencies.txt` says which, and whose list it is."""

from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator, Field

CURRENCIES = frozenset(
    code
    for line in files(__package__).joinpath("currencies.txt").read_text("ascii").splitlines()
    if not line.startswith("#")
    for code in line.split()
)


def _known(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("it is no currency of ISO 4217 that people pay with")
    return code


Currency = Annotated[
    str,
    Field(
        description="ISO 4217.", examples=["EUR"], json_schema_extra={"enum": sorted(CURRENCIES)}
    ),
    AfterValidator(_known),
]  # fmt: skip
