"""How much may come in: a request's bytes and seconds, and the memory of all requests together.

The framework's own parser moves every piece of a file over 1 MB through a thread to the disk, and
bounds no total. Here what is small stays in memory while there is room, and the rest waits on disk.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.errors import BodyTooLarge, NotMultipart, UploadTooSlow
from api.form import Form, Parts, boundary_of
from api.kept import InMemory, Kept, OnDisk

MOST_BYTES = 160_000_000
"""Of one request: 40 photos of 4 MB, as many as one item may have with its references."""

SMALL_BYTES = 8_000_000
"""A request up to this size may be kept in memory."""

MEMORY_BYTES = 16_000_000
"""For all requests in memory together."""

MOST_SECONDS = 300.0
"""For one request to arrive: a phone on a poor network, not someone who holds a line for ever."""

_DISCARDED_MOST = 2 * MOST_BYTES


@dataclass(slots=True)
class Memory:
    """Room for requests in memory, in bytes. Only the event loop's thread touches it."""

    free: int = MEMORY_BYTES

    @asynccontextmanager
    async def room_for(self, size: int | None) -> AsyncIterator[type[Kept]]:
        """`size` is the request's, where it says."""
        taken = size if size is not None and size <= min(SMALL_BYTES, self.free) else 0
        self.free -= taken
        try:
            yield InMemory if taken else OnDisk
        finally:
            self.free += taken


@asynccontextmanager
async def receive(request: Request, memory: Memory) -> AsyncIterator[Form]:
    """The form, read whole. Raises `RequestRejected`, once what comes too much is read and thrown away:

    whoever is refused in mid-sentence would see a broken connection and not our answer.
    """
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else None
    async with memory.room_for(size) as keep:
        form = Form()
        try:
            await _fill_in_time(form, request, size, keep)
            yield form
        finally:
            form.close()


async def _fill_in_time(form: Form, request: Request, size: int | None, keep: type[Kept]) -> None:
    stream = _Counted(request.stream())
    try:
        async with asyncio.timeout(MOST_SECONDS):
            try:
                await _fill(form, request, size, keep, stream)
            except Exception:
                await stream.discard(size)
                raise
    except TimeoutError as error:
        raise UploadTooSlow(MOST_SECONDS) from error


async def _fill(form: Form, request: Request, size: int | None, keep: type[Kept], stream: "_Counted") -> None:
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        raise NotMultipart
    if size is not None and size > MOST_BYTES:
        raise BodyTooLarge(MOST_BYTES)
    parts = Parts(form, boundary, keep)
    async for piece in stream.pieces:
        stream.came += len(piece)
        if stream.came > MOST_BYTES:  # no size was said, or a lower one
            raise BodyTooLarge(MOST_BYTES)
        parts.feed(piece)
    parts.finish()


@dataclass(slots=True)
class _Counted:
    """A body on its way, and how many bytes of it have come."""

    pieces: AsyncIterator[bytes]
    came: int = 0

    async def discard(self, size: int | None) -> None:
        """The rest, unless it is so much that hanging up is the better answer."""
        if size is None or size <= _DISCARDED_MOST:
            async for piece in self.pieces:
                self.came += len(piece)
                if self.came > _DISCARDED_MOST:
                    return
