"""Places for photos on their way in: so many in all, a few for each caller, and one for each upload."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from anyio import CancelScope

from api.access.callers import Caller, Role
from api.errors import TooBusy
from inspection.casework.receiving import UploadBusy
from inspection.errors import Overloaded

MOST = 200
"""Bodies on their way at once, of everybody."""
MOST_OF_A_SHOPPER = 8
MOST_OF_ANOTHER = 64
"""Of one key, which may stand for a shop with many shoppers, or of one person."""
SILENT_SECONDS = 1.0
"""After so long without a byte, a body gives way to a newer one: its phone has another line by now."""
_PATIENCE_SECONDS = 3.0


class TooManyAtOnce(Overloaded):
    """One caller's share of places is taken (HTTP 429)."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} photos of yours are being sent at once already. Please wait for one of them."
        )


@dataclass(slots=True)
class Body:
    """One on its way into an upload."""

    heard_at: float
    scope: CancelScope = field(default_factory=CancelScope)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self) -> None:
        """A piece came."""
        self.heard_at = _now()


class Places:
    """Of one process. Only the event loop's thread touches them."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()
        self._bodies: dict[str, Body] = {}

    @contextmanager
    def place(self, caller: Caller) -> Iterator[None]:
        """Raises `TooManyAtOnce` or `TooBusy`."""
        most = MOST_OF_A_SHOPPER if caller.role is Role.SHOPPER else MOST_OF_ANOTHER
        if self._taken[caller.id] >= most:
            raise TooManyAtOnce(most)
        if self._taken.total() >= MOST:
            raise TooBusy
        self._taken[caller.id] += 1
        try:
            yield
        finally:
            self._taken[caller.id] -= 1
            if not self._taken[caller.id]:
                del self._taken[caller.id]

    @asynccontextmanager
    async def body(self, caller: Caller, upload_id: str) -> AsyncIterator[Body]:
        """A place, and no other body in this process for that upload.

        One that fell silent ends here, with `UploadBusy` where it is waited for; one that goes on coming is
        left alone, and the newer raises that.
        """
        await self._until_alone(upload_id)
        body = self._bodies[upload_id] = Body(_now())
        try:
            with self.place(caller), body.scope:
                yield body
            if body.scope.cancelled_caught:
                raise UploadBusy
        finally:
            del self._bodies[upload_id]
            body.gone.set()

    async def _until_alone(self, upload_id: str) -> None:
        until = _now() + _PATIENCE_SECONDS
        while (before := self._bodies.get(upload_id)) is not None:
            silent_at = before.heard_at + SILENT_SECONDS
            if silent_at <= _now():
                before.scope.cancel()
            elif _now() >= until:
                raise UploadBusy
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until if silent_at <= _now() else min(until, silent_at)):
                    await before.gone.wait()


def _now() -> float:
    return asyncio.get_running_loop().time()
