"""`inspection erase`: a photo, or all photos of a return, for good."""

import re

import typer

from inspection.settings import Settings
from inspection.wiring import Product


def run(subject: str, *, why: str) -> None:
    """`subject` is a photo's SHA-256 or a return's id. What was decided stays, and so does the record."""
    product = Product(Settings.read())
    try:
        if re.fullmatch("[0-9a-f]{64}", subject):
            product.forgetting.photo(subject, "operator", why)
            count = 1
        else:
            count = product.forgetting.of_return(subject, "operator", why)
    finally:
        product.close()
    typer.echo(f"Erased {count} photo{'' if count == 1 else 's'}. Hashes and decisions stay in the record.")
