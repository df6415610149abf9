"""How much may come in: a request's bytes and seconds, and the memory of all requests together.

The framework's own parser moves every piece of a file over 1 MB through a thread to the disk, and
bounds no total. Here what is small stays in memory while there is room, and the rest waits on disk.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request

from api.errors import BodyTooLarge, NoRoom, NotMultipart
from api.form import Form, Parts, boundary_of
from api.kept import InMemory, Kept, OnDisk
from api.stream import pieces

MOST_BYTES = 160_000_000
"""Of one request: 40 photos of 4 MB, as many as one item may have with its references."""

SMALL_BYTES = 8_000_000
"""A request up to this size may be kept in memory."""

MEMORY_BYTES = 16_000_000
"""For all requests in memory together."""

DISK_BYTES = 2_000_000_000
"""For all others together."""

BATCH_BYTES = 256_000
"""Written to disk at a time, by a thread: the loop, which serves everybody, waits for no disk."""

_DISCARDED_MOST = 2 * MOST_BYTES


@dataclass(slots=True)
class Memory:
    """Room for requests, in bytes. Only the event loop's thread touches it."""

    free: int = MEMORY_BYTES
    free_on_disk: int = DISK_BYTES

    @asynccontextmanager
    async def room_for(self, size: int | None, most: int = MOST_BYTES) -> AsyncIterator[type[Kept]]:
        """`size` is the request's, where it says, and `most` what is read of it. Raises `NoRoom`."""
        taken = size if size is not None and size <= min(SMALL_BYTES, self.free) else 0
        if not taken:
            with self.on_disk(most if size is None else min(size, most)):
                yield OnDisk
            return
        self.free -= taken
        try:
            yield InMemory
        finally:
            self.free += taken

    @contextmanager
    def on_disk(self, size: int) -> Iterator[None]:
        """So much of it. Raises `NoRoom`."""
        if size > self.free_on_disk:
            raise NoRoom
        self.free_on_disk -= size
        try:
            yield
        finally:
            self.free_on_disk += size


@asynccontextmanager
async def receive(request: Request, memory: Memory) -> AsyncIterator[Form]:
    """The form, read whole. Raises `RequestRejected`, once what comes too much is read and thrown away:

    whoever is refused in mid-sentence would see a broken connection and not our answer.
    """
    size = declared_size(request)
    async with memory.room_for(size) as keep:
        form, stream = Form(), _Counted(pieces(request))
        try:
            try:
                await _fill(form, request, size, keep, stream)
            except Exception:
                await stream.discard(size)
                raise
            yield form
        finally:
            form.close()


def declared_size(request: Request) -> int | None:
    """Of its body; `None` where it does not say."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdecimal() else None


async def _fill(form: Form, request: Request, size: int | None, keep: type[Kept], stream: "_Counted") -> None:
    boundary = boundary_of(request.headers.get("content-type", ""))
    if boundary is None:
        raise NotMultipart
    if size is not None and size > MOST_BYTES:
        raise BodyTooLarge(MOST_BYTES)
    parts = Parts(form, boundary, keep)
    async for batch in batches(stream.counted()):
        if keep is InMemory:
            parts.feed(batch)
        else:
            await to_thread.run_sync(parts.feed, batch)
    parts.finish()


async def batches(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, in larger pieces; what came before an error is given before it is raised."""
    batch = bytearray()
    try:
        async for piece in pieces:
            batch += piece
            if len(batch) >= BATCH_BYTES:
                yield bytes(batch)
                batch.clear()
    except Exception:
        if batch:
            yield bytes(batch)
        raise
    if batch:
        yield bytes(batch)


@dataclass(slots=True)
class _Counted:
    """A body on its way, and how many bytes of it have come."""

    pieces: AsyncIterator[bytes]
    came: int = 0

    async def counted(self) -> AsyncIterator[bytes]:
        """Raises `BodyTooLarge`: no size was said, or a lower one."""
        async for piece in self.pieces:
            self.came += len(piece)
            if self.came > MOST_BYTES:
                raise BodyTooLarge(MOST_BYTES)
            yield piece

    async def discard(self, size: int | None) -> None:
        """The rest, unless it is so much that hanging up is the better answer."""
        if size is None or size <= _DISCARDED_MOST:
            async for piece in self.pieces:
                self.came += len(piece)
                if self.came > _DISCARDED_MOST:
                    return
