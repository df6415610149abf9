"""A request's body as it comes: no piece waited for too long, and none read that nobody wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.errors import UploadTooSlow
from api.uploads import MOST_SECONDS

STALL_SECONDS = 20.0
"""Without a byte. A phone that lost its network comes back over another connection."""
_DISCARD_SECONDS = 10.0


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Raises `UploadTooSlow` after a stall or too long a time, and `ClientDisconnect`."""
    now = asyncio.get_running_loop().time
    until = now() + MOST_SECONDS
    async with aclosing(request.stream()) as stream:
        while True:
            try:
                async with asyncio.timeout_at(min(until, now() + STALL_SECONDS)):
                    piece = await anext(stream, None)
            except TimeoutError as error:
                raise UploadTooSlow(STALL_SECONDS) from error
            if piece is None:
                return
            yield piece


async def discard(request: Request, most: int) -> None:
    """Read what is still to come, so that an answer can be heard; not if it is more than `most` bytes.

    Whoever asked whether to send it (`Expect`) is answered before it sends any.
    """
    length = request.headers.get("content-length", "")
    if "expect" in request.headers or (length.isdecimal() and int(length) > 2 * most):
        return
    came = 0
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            async for piece in request.stream():
                came += len(piece)
                if came > 2 * most:
                    return
    except (TimeoutError, ClientDisconnect, RuntimeError):  # none left, or nobody is there any more
        return
