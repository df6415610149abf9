"""A request's body as it comes: no piece waited for too long, and none read that nobody wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.errors import UploadTooSlow

MOST_SECONDS = 300.0
"""For one request to arrive: a phone on a poor network, not someone who holds a line for ever."""

STALL_SECONDS = 20.0
"""Without a byte. A phone that lost its network comes back over another connection."""
LEAST_RATE = 2_000
"""In bytes a second, of the whole body so far: a byte now and then holds no place."""
_DISCARD_SECONDS = 10.0
_DISCARD_STALL_SECONDS = 2.0


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Raises `UploadTooSlow` after a stall, too slow or too long a time, and `ClientDisconnect`."""
    now = asyncio.get_running_loop().time
    began, came = now(), 0
    async with aclosing(request.stream()) as stream:
        while True:
            until = min(MOST_SECONDS, STALL_SECONDS + came / LEAST_RATE) + began
            try:
                async with asyncio.timeout_at(min(until, now() + STALL_SECONDS)):
                    piece = await anext(stream, None)
            except TimeoutError as error:
                raise UploadTooSlow(STALL_SECONDS) from error
            if piece is None:
                return
            came += len(piece)
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
            async with aclosing(request.stream()) as stream:
                while came <= 2 * most:
                    async with asyncio.timeout(_DISCARD_STALL_SECONDS):
                        came += len(await anext(stream))
    except (TimeoutError, ClientDisconnect, RuntimeError, StopAsyncIteration):  # none left, or nobody there
        return
