"""How good a bundle is: while it is made (`heads`), and once released, through serving (`python -m`)."""

from training.evaluate.heads import (
    category,
    damaged,
    really_damaged,
    recaptured,
    retrieval,
    severity,
    with_references,
)
from training.evaluate.precisions import parity, precision

__all__ = [
    "category", "damaged", "parity", "precision", "really_damaged", "recaptured", "retrieval",
    "severity", "with_references",
]  # fmt: skip
