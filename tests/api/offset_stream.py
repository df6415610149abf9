"""What schemathesis has to know of tus: the body of a PATCH is bytes."""

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset_stream(_context, value):
    """As they are."""
    return value if isinstance(value, bytes) else str(value).encode()
