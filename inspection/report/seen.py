"""What a report shows of each photo, beside what the inspection says of it."""

import base64
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """One photo's pictures, each a URL or a data URI of a JPEG without metadata.

    `heat` is the same view with the heat map laid over it. `facts` is what the file says of its
    origin, name and value, as read: the report escapes it, and calls it evidence, never proof.
    `name` is what the sender called the file.
    """

    shown: str
    heat: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    name: str | None = None


def data_uri(jpeg: bytes) -> str:
    """The picture itself as an address, so that one file holds everything."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
