"""`inspection erase`: a photo, or all photos of a return, for good."""

import re

import typer

from inspection.casework.forgetting import Erased
from inspection.settings import Settings
from inspection.wiring import Product


def run(subject: str, *, why: str) -> None:
    """`subject` is a photo's SHA-256 or a return's id. What was decided stays, and so does the record."""
    product = Product(Settings.read(), keeps_features=True)
    try:
        if re.fullmatch("[0-9a-f]{64}", subject):
            product.forgetting.photo(subject, "operator", why)
            erased = Erased(gone=1, still_used=0)
        else:
            erased = product.forgetting.of_return(subject, "operator", why)
    finally:
        product.close()
    typer.echo(said(erased))


def said(erased: Erased) -> str:
    """What became of them, in words."""
    told = f"Erased {_photos(erased.gone)}."
    if erased.still_used:
        told += f" {_photos(erased.still_used)} of this return came with another one, too, and stay there."
    return f"{told} Hashes and decisions stay in the record."


def _photos(count: int) -> str:
    return f"{count} photo{'' if count == 1 else 's'}"
