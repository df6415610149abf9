"""What is whole becomes a photo: once at a time for each upload, however many ask how far it is."""

import asyncio
from collections.abc import Awaitable, Callable

from inspection.casework.receiving import OffsetMismatch, UploadBusy
from inspection.errors import RequestRejected

REFUSED_SECONDS = 5.0
"""What the inspection will not take is not opened again for so long."""
FAILED_SECONDS = 1.0
_MOST_REMEMBERED = 1000


class Finishing:
    """Of one process. Only the event loop's thread touches it."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, tuple[float, Exception]] = {}

    async def once(self, upload_id: str, finish: Callable[[], Awaitable[None]]) -> None:
        """Do it, wait for whoever is at it, or hear what has just come of it. Raises what `finish` does."""
        until, error = self._failed.get(upload_id, (0.0, None))
        if error is not None and asyncio.get_running_loop().time() < until:
            raise error
        task = self._running.get(upload_id)
        if task is None:
            task = asyncio.create_task(self._finish(upload_id, finish))
            self._running[upload_id] = task
            task.add_done_callback(_heard)
        await asyncio.shield(task)  # whoever hangs up takes nobody else's answer along

    async def _finish(self, upload_id: str, finish: Callable[[], Awaitable[None]]) -> None:
        self._failed.pop(upload_id, None)
        try:
            await finish()
        except (UploadBusy, OffsetMismatch):
            raise
        except Exception as error:
            self._remember(upload_id, error)
            raise
        finally:
            del self._running[upload_id]

    def _remember(self, upload_id: str, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._failed) >= _MOST_REMEMBERED:
            self._failed = {one: kept for one, kept in self._failed.items() if kept[0] > now}
        lasts = REFUSED_SECONDS if isinstance(error, RequestRejected) else FAILED_SECONDS
        self._failed[upload_id] = now + lasts, error.with_traceback(None)


def _heard(task: asyncio.Task[None]) -> None:
    """Its error is known, though everybody who asked may have hung up."""
    if not task.cancelled():
        task.exception()
