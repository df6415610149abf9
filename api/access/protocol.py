"""The server's HTTP reader, with a limit on how long a request's headers may take.

For uvicorn's `http` option: `api.access.protocol:PatientProtocol`. uvicorn itself waits for them for ever.
"""

import asyncio

import h11

from api.protocol import ProblemProtocol

HEADER_SECONDS = 15.0


class PatientProtocol(ProblemProtocol):
    """Hangs up on whoever opens a connection, or begins a request, and does not come to the point."""

    header_seconds = HEADER_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is to come soon; the wait between later ones is uvicorn's (keep-alive)."""
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        """The clock runs on, whatever trickles in, until the headers are whole."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._headers_came()
        elif self._deadline is None:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._headers_came()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        self._deadline = self.loop.call_later(self.header_seconds, self._too_slow)

    def _headers_came(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()
