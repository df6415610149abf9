"""Bytes of an upload from the request into its file, and what is whole into the inspection: in threads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.access.callers import Caller
from api.deps import Desk, DeskDep
from api.finishing import Finishing
from api.kept import Kept
from api.one_photo import OnePhoto, one_photo
from api.places import Body, Places
from api.stream import pieces
from api.tus_headers import Checksum, MoreThanPromised, checksum_of
from api.uploads import BATCH_BYTES, batches, declared_size
from inspection.casework.receiving import ChecksumMismatch, OffsetMismatch, Receiving, Upload, UploadBusy
from inspection.errors import PhotoNotFound
from inspection.machine import cores
from inspection.returns.case import CasePhoto

_WRITING_AT_ONCE = 16
"""Other requests have threads left, however slow the disk."""
_PATIENCE_SECONDS = 10.0
_AGAIN_SECONDS = (0.02, 0.5)
"""At first, and then twice as long each time up to the latter."""

T = TypeVar("T")


class Intake:
    """One a process: as many photos are opened at once as there are cores."""

    def __init__(self, desk: Desk) -> None:
        product = desk.product
        self._desk = desk
        self.uploads = product.uploads
        self._receiving = Receiving(
            cases=product.cases,
            gate=product.gate,
            photos=product.photos,
            uploads=product.uploads,
            add_photo=product.workflow.add_photo,
        )
        self._opening = CapacityLimiter(cores())
        self._writing = CapacityLimiter(_WRITING_AT_ONCE)
        self._places = Places()
        self._finishing = Finishing()

    async def receive(self, request: Request, caller: Caller, upload: Upload, offset: int) -> int:
        """The body, from that offset on; what is whole then is a photo. Returns the new, durable offset.

        Whatever cuts it short, the bytes that came stay. Raises what `Receiving.finish`, `pieces` and
        `Places.body` do, `OffsetMismatch`, and `MoreThanPromised`.
        """
        async with self._places.body(caller, upload.id) as body:
            here = await to_thread.run_sync(self.uploads.offset, upload)
            if here != offset:
                raise OffsetMismatch(here)
            if (declared_size(request) or 0) > upload.length - offset:
                raise MoreThanPromised(upload.length)
            checksum = checksum_of(request)
            coming = _counted(request, upload, offset, body)
            if checksum is None:
                await self._stream(coming, upload, offset)
            else:
                await self._checked(request, coming, upload, offset, checksum)
        return await self.offset(upload)

    async def offset(self, upload: Upload) -> int:
        """Durable. One that is whole is made a photo first, where a crash or a refusal came between."""
        here = await to_thread.run_sync(self.uploads.offset, upload)
        if here == upload.length and upload.finished_at is None:
            finish = partial(self._receiving.finish, upload)
            await self._finishing.once(upload.id, partial(self._patiently, finish, self._opening))
        return here

    async def end(self, upload: Upload) -> None:
        """Its bytes, or the photo that it is by now. Raises `UploadBusy`, or `MoveRefused` where none is

        taken back any more.
        """
        if not await self._patiently(partial(self.uploads.end, upload)):
            await to_thread.run_sync(self._take_back, upload)

    def _take_back(self, upload: Upload) -> None:
        product = self._desk.product
        with product.cases.change() as change:
            photos = change.photos_of(upload.inspection_id)
        for photo in photos:
            if photo.sha256 == upload.sha256:
                with suppress(PhotoNotFound):  # somebody else took it back in this moment
                    product.workflow.remove_photo(upload.inspection_id, photo.position)
        self.uploads.drop(upload)

    @asynccontextmanager
    async def one(self, request: Request, caller: Caller) -> AsyncIterator[OnePhoto]:
        """A photo that comes whole. Raises what `Places.place` and `one_photo` do."""
        with self._places.place(caller):
            async with one_photo(request, self._desk.memory) as photo:
                yield photo

    async def take(self, inspection_id: str, photo: OnePhoto) -> CasePhoto:
        """See `Receiving.take`. It is read when it is its turn."""

        def take() -> CasePhoto:
            return self._receiving.take(inspection_id, photo.read(), photo.view)

        return await to_thread.run_sync(take, limiter=self._opening)

    async def _stream(self, coming: AsyncIterator[bytes], upload: Upload, offset: int) -> None:
        async for batch in batches(coming):
            offset = await self._append(upload, offset, batch)

    async def _checked(
        self, request: Request, coming: AsyncIterator[bytes], upload: Upload, offset: int, checksum: Checksum
    ) -> None:
        """Nothing of a body is appended before all of it was found to be right."""
        async with self._desk.memory.room_for(declared_size(request), upload.length) as keep:
            kept = keep()
            try:
                digest = checksum.started()
                async for batch in batches(coming):
                    digest.update(batch)
                    await to_thread.run_sync(kept.write, memoryview(batch), limiter=self._writing)
                if digest.digest() != checksum.digest:
                    raise ChecksumMismatch
                for start in range(0, kept.size, BATCH_BYTES):
                    offset = await self._append(upload, offset, await self._part(kept, start))
            finally:
                kept.close()

    async def _part(self, kept: Kept, start: int) -> bytes:
        return await to_thread.run_sync(kept.part, start, BATCH_BYTES, limiter=self._writing)

    async def _append(self, upload: Upload, offset: int, piece: bytes) -> int:
        return await self._patiently(partial(self.uploads.append, upload, offset, piece), self._writing)

    async def _patiently(self, work: Callable[[], T], limiter: CapacityLimiter | None = None) -> T:
        """Another process holds an upload for a moment only. Waiting for it takes no thread."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_SECONDS
        wait, longest = _AGAIN_SECONDS
        while True:
            try:
                return await to_thread.run_sync(work, limiter=limiter)
            except UploadBusy:
                if loop.time() > until:
                    raise
                await asyncio.sleep(wait)
                wait = min(2 * wait, longest)


async def _counted(request: Request, upload: Upload, offset: int, body: Body) -> AsyncIterator[bytes]:
    """Raises `MoreThanPromised`, once what fits was given."""
    left = upload.length - offset
    async for piece in pieces(request):
        body.heard()
        left -= len(piece)
        if left < 0:
            raise MoreThanPromised(upload.length)
        yield piece


def intake(request: Request, desk: DeskDep) -> Intake:
    """The one of this app, made by its first request: in a thread, for the store is tried then."""
    state = request.app.state
    if not hasattr(state, "intake"):
        state.intake = Intake(desk)
    made = state.intake
    assert isinstance(made, Intake)  # noqa: S101 the line above put it there
    return made


IntakeDep = Annotated[Intake, Depends(intake)]
