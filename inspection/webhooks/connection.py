"""A connection to the very address that was checked, with an end.

A name is resolved once; what it resolves to is checked, and that is connected to. So a name server that
answers something else a moment later changes nothing. TLS and the Host header still go by the name.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import httpcore
from httpcore import ConnectError, ConnectTimeout, NetworkBackend, NetworkStream, ReadTimeout, WriteTimeout

from inspection.webhooks.addresses import AddressRules

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], NetworkStream]
_MOST_ADDRESSES = 4


def system_resolve(host: str, port: int) -> Sequence[str]:
    """As the machine does: `/etc/hosts`, DNS. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def tcp_connect(address: str, port: int, seconds: float) -> NetworkStream:
    """To an address, not a name."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


@dataclass(frozen=True)
class CheckedBackend(NetworkBackend):
    """One request's way out; everything on it ends at `deadline` (of `time.monotonic`)."""

    rules: AddressRules
    deadline: float
    resolve: Resolve = system_resolve
    connect: Connect = tcp_connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """To the first address that answers, each in its share of the time.

        Raises httpcore's `ConnectError` or `ConnectTimeout`.
        """
        addresses = self._resolved(host, port)
        if not addresses:
            raise ConnectError("the name has no address")
        if not all(self.rules.may_reach(host, port, address) for address in addresses):
            # which one is not said: whoever asks would learn what our name server knows
            raise ConnectError("the name leads to an address that is not on the public internet")
        *others, last = _in_turn(addresses)[:_MOST_ADDRESSES]
        for number, address in enumerate(others):
            # a packet that is swallowed is waited for: one such address must not use up the others' time
            share = left(self.deadline, ConnectTimeout) / (len(others) - number + 2)
            with suppress(ConnectError, ConnectTimeout):
                return _Bounded(self.connect(address, port, share), self.deadline)
        with suppress(ConnectError):
            return _Bounded(self.connect(last, port, left(self.deadline, ConnectTimeout)), self.deadline)
        raise ConnectError("nobody takes the connection")

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """In a thread of its own: the system's resolver knows no time-out."""
        answered: queue.SimpleQueue[Sequence[str] | None] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answered.put(self.resolve(host, port))
            except (OSError, UnicodeError):
                answered.put(None)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            found = answered.get(timeout=left(self.deadline, ConnectTimeout))
        except queue.Empty:
            raise ConnectTimeout("the name server does not answer") from None
        if found is None:
            raise ConnectError("the name cannot be resolved")
        return found


def _in_turn(addresses: Sequence[str]) -> list[str]:
    """One of each family after the other, as they came: where IPv6 is a black hole, IPv4 is soon tried."""
    families = [
        [one for one in addresses if (":" in one) is six]
        for six in (":" in addresses[0], ":" not in addresses[0])
    ]
    return [one for pair in zip_longest(*families) for one in pair if one is not None]


def left(deadline: float, late: type[Exception]) -> float:
    """Seconds; raises `late` where there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise late("the time is up")
    return seconds


class _Bounded(NetworkStream):
    """A byte now and then does not hold it open: each wait has what is left of the time."""

    def __init__(self, stream: NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(self._deadline, ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(self._deadline, WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        seconds = left(self._deadline, ConnectTimeout)
        return _Bounded(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
