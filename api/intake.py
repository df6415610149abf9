"""Bytes of an upload from the request into its file, and what is whole into the inspection: in threads."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request

from api.deps import MOST_UPLOADS, Desk, DeskDep
from api.errors import TooBusy
from api.stream import pieces
from api.tus_headers import Checksum, MoreThanPromised, checksum_of
from inspection.machine import cores
from inspection.receiving import ChecksumMismatch, OffsetMismatch, Receiving, Upload, UploadBusy
from inspection.returns.case import CasePhoto
from inspection.verdict.findings import View

BATCH_BYTES = 256_000
"""Written at a time; of each upload under way so much is in memory."""
_PATIENCE_SECONDS = 10.0
_AGAIN_SECONDS = 0.02

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

    async def receive(self, request: Request, upload: Upload, offset: int) -> int:
        """The body, from that offset on; what is whole then is a photo. Returns the new, durable offset.

        Whatever cuts it short, the bytes that came stay. Raises what `Receiving.finish` and `pieces` do,
        `OffsetMismatch`, and `MoreThanPromised`.
        """
        here = await to_thread.run_sync(self.uploads.offset, upload)
        if here != offset:
            raise OffsetMismatch(here)
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > upload.length - offset:
            raise MoreThanPromised(upload.length)
        checksum = checksum_of(request)
        with self.place():
            if checksum is None:
                await self._stream(request, upload, offset)
            else:
                await self._checked(request, upload, offset, checksum)
        return await self.offset(upload)

    async def offset(self, upload: Upload) -> int:
        """Durable. One that is whole is made a photo first, where a crash or a refusal came between."""
        here = await to_thread.run_sync(self.uploads.offset, upload)
        if here == upload.length and upload.finished_at is None:
            await self._patiently(partial(self._receiving.finish, upload), self._opening)
        return here

    async def take(self, inspection_id: str, encoded: bytes, view: View | None) -> CasePhoto:
        """See `Receiving.take`."""
        take = partial(self._receiving.take, inspection_id, encoded, view)
        return await to_thread.run_sync(take, limiter=self._opening)

    async def _stream(self, request: Request, upload: Upload, offset: int) -> None:
        batch = bytearray()
        try:
            async for piece in pieces(request):
                if len(batch) + len(piece) > upload.length - offset:
                    raise MoreThanPromised(upload.length)
                batch += piece
                if len(batch) >= BATCH_BYTES:
                    full, batch = bytes(batch), bytearray()
                    offset = await self._append(upload, offset, full)
        finally:
            if batch:
                await self._append(upload, offset, bytes(batch))

    async def _checked(self, request: Request, upload: Upload, offset: int, checksum: Checksum) -> None:
        """Nothing of a body is appended before all of it was found to be right."""
        declared = request.headers.get("content-length", "")
        async with self._desk.memory.room_for(int(declared) if declared.isdecimal() else None) as keep:
            kept, digest = keep(), checksum.started()
            try:
                async for piece in pieces(request):
                    if kept.size + len(piece) > upload.length - offset:
                        raise MoreThanPromised(upload.length)
                    digest.update(piece)
                    kept.write(memoryview(piece))
                if digest.digest() != checksum.digest:
                    raise ChecksumMismatch
                await self._append(upload, offset, kept.read())
            finally:
                kept.close()

    async def _append(self, upload: Upload, offset: int, piece: bytes) -> int:
        return await self._patiently(partial(self.uploads.append, upload, offset, piece))

    async def _patiently(self, work: Callable[[], T], limiter: CapacityLimiter | None = None) -> T:
        """Others hold an upload for a moment only. Waiting for it takes no thread."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_SECONDS
        while True:
            try:
                return await to_thread.run_sync(work, limiter=limiter)
            except UploadBusy:
                if loop.time() > until:
                    raise
                await asyncio.sleep(_AGAIN_SECONDS)

    @contextmanager
    def place(self) -> Iterator[None]:
        """In the house, for a body on its way. Raises `TooBusy`."""
        if self._desk.uploads >= MOST_UPLOADS:
            raise TooBusy
        self._desk.uploads += 1
        try:
            yield
        finally:
            self._desk.uploads -= 1


def intake(request: Request, desk: DeskDep) -> Intake:
    """The one of this app, made by its first request: in a thread, for the store is tried then."""
    state = request.app.state
    if not hasattr(state, "intake"):
        state.intake = Intake(desk)
    made = state.intake
    assert isinstance(made, Intake)  # noqa: S101 the line above put it there
    return made


IntakeDep = Annotated[Intake, Depends(intake)]
