"""Names for whatever is made."""

import uuid_utils


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): sorts by time."""
    return str(uuid_utils.uuid7())
