"""ETags are versions: `"3"` is the third state of a thing."""

import re

from inspection.errors import ChangedMeanwhile

_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def version_of(if_match: str | None) -> int | None:
    """The version that a caller read; `None` where none is asked for. Raises `ChangedMeanwhile`."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise ChangedMeanwhile("resource")  # an ETag that was never ours matches nothing
    return int(found.group(1))
