"""Text that people are meant to read."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category, and yet nothing is to be seen."""


def _seen(text: str) -> str:
    if not any(unicodedata.category(one)[0] not in "CZM" and one not in _BLANK for one in text):
        raise ValueError("there is nothing in it that can be seen")
    return text


Visible = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00]*$"),
    AfterValidator(_seen),
]
"""Not empty, not of blanks and joiners alone, and without NUL, which no database keeps."""
