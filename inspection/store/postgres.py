"""Connections to PostgreSQL that give up: a server that hangs, a peer that vanished, hold nobody for ever.

The server ends a statement, a wait for a lock and an idle transaction by itself. One that is stopped, or
whose network is gone, ends nothing: so whoever waits counts the seconds, too.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import URL, Engine, create_engine, event

T = TypeVar("T")

STATEMENT_SECONDS = 30
GRACE_SECONDS = 5
"""So much longer than the server should take, and it does not answer at all."""
POOL_SECONDS = 10
CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds without an acknowledgement
    "application_name": "inspection",
}
LIMITS = {
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


class Unanswered(psycopg.OperationalError):
    """The server is there and says nothing."""


class Bounded(psycopg.Connection[Any]):
    """One whose calls end: after so many seconds without an answer it is closed."""

    def wait(self, gen: Any, *given: Any, **more: Any) -> Any:
        """See `psycopg.Connection.wait`. Raises `Unanswered`."""
        try:
            return super().wait(_within(gen, STATEMENT_SECONDS + GRACE_SECONDS), *given, **more)
        except Unanswered:
            self.pgconn.finish()  # what it would answer later belongs to nobody
            raise


def open_postgres(url: URL, connections: int) -> Engine:
    """At most so many at once; whoever comes then waits a little."""
    options = " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
    engine = _engine(
        url, {"options": options}, pool_size=connections, max_overflow=0, pool_timeout=POOL_SECONDS
    )

    @event.listens_for(engine, "do_connect")
    def _bounded(_dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        return Bounded.connect(*arguments, **named)

    return engine


def open_patient(url: URL) -> Engine:
    """For changes of the schema, which take as long as they take."""
    return _engine(url, {}, pool_size=1)


def _engine(url: URL, connect: dict[str, Any], **pool: Any) -> Engine:
    # what the URL says comes first: an operator may know better
    arguments = {name: value for name, value in (CONNECT | connect).items() if name not in url.query}
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=arguments, **pool
    )


def _within(waiting: Generator[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """The same; psycopg asks every tenth of a second, with 0 where nothing has come."""
    until = time.monotonic() + seconds
    try:
        state = next(waiting)
        while True:
            ready = yield state
            if not ready and time.monotonic() > until:
                raise Unanswered(f"no answer within {seconds:.0f} s: timeout")
            state = waiting.send(ready)
    except StopIteration as done:
        return cast(T, done.value)
