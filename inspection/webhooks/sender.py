"""One POST: no redirect followed, no proxy, a few kilobytes of the answer read, ten seconds at most."""

import email.utils
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpcore

from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.connection import CheckedBackend, Connect, Resolve, system_resolve, tcp_connect
from inspection.webhooks.target import Target

SECONDS = 10.0
_READ_BYTES = 4096
_TOLD_CHARACTERS = 200


class Unreached(Exception):
    """No answer: the message says why, and nothing of our network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`retry_after` in seconds, where the receiver asks for it; `said` is the beginning of its body.

    Of a host that is not on the public internet nothing is told: its owner's network is not ours to show.
    """

    status: int
    retry_after: float | None
    said: str


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Safe for threads. `resolve` and `connect` are the machine's own unless a test brings an internet."""

    rules: AddressRules
    seconds: float = SECONDS
    resolve: Resolve = system_resolve
    connect: Connect = tcp_connect
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises `Unreached`."""
        deadline = time.monotonic() + self.seconds
        way = CheckedBackend(self.rules, deadline, self.resolve, self.connect)
        try:
            # a pool of its own: no connection outlives the check of its address
            with httpcore.ConnectionPool(
                ssl_context=self.tls, max_connections=1, network_backend=way
            ) as pool:
                return self._posted(pool, target, {**headers, "Host": target.authority}, body)
        except _TIME_OUTS as error:
            raise Unreached(f"no answer within {self.seconds:g} s") from error
        except httpcore.ProtocolError as error:
            raise Unreached(self._told(str(error), target) or "what answers speaks no HTTP") from error
        except _FAULTS as error:
            raise Unreached(_line(str(error)) or type(error).__name__) from error

    def _posted(
        self, pool: httpcore.ConnectionPool, target: Target, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self.seconds)
        with pool.stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": limits}
        ) as response:
            told = {name.lower(): value for name, value in response.headers}
            said = b""
            with suppress(*_TIME_OUTS, *_FAULTS):  # the status has come; it counts whatever follows
                for piece in response.iter_stream():
                    said += piece
                    if len(said) >= _READ_BYTES:
                        break
            return Answer(
                status=response.status,
                retry_after=retry_after(told.get(b"retry-after"), datetime.now(UTC)),
                said=self._told(said[:_READ_BYTES].decode("utf-8", "replace"), target),
            )

    def _told(self, text: str, target: Target) -> str:
        """What came from a private host stays there: whoever owns a webhook would read the network by it."""
        return "" if self.rules.is_private(target) else _line(text)


_TIME_OUTS = (httpcore.TimeoutException,)
_FAULTS = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """Seconds from a number or a date (RFC 9110); `None` for what is neither."""
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of twenty digits
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())


def _line(text: str) -> str:
    """One line that a log or a database takes, whoever wrote it."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(kept.split())[:_TOLD_CHARACTERS]
