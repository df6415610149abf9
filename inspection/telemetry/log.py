"""Logs as structlog writes them: JSON where nobody watches, a line for people at a terminal.

Each line carries what is bound where it is written: `request_id`, `inspection_id`, `job`. Nothing secret
gets here: values whose names say that they are secret are left out, whatever library logs them.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO

import structlog

from inspection.access.hidden import hidden

_SECRET = re.compile(r"authorization|cookie|secret|token|password|api_?key", re.IGNORECASE)

_SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")

bind = structlog.contextvars.bound_contextvars
"""`with bind(inspection_id=…):` every line within says it."""


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """For the whole process, the standard library's loggers included; to standard error if not told."""
    into = stream or sys.stderr
    watched = into.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        without_secrets,
    ]
    # plain: the fancy one shows local variables, and those hold secrets
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last = console if watched else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(into)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if watched else [structlog.processors.format_exc_info]),
                last,
                lambda _logger, _method, line: hidden(str(line)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "dbos", "alembic", "urllib3", "faiss", *_SERVERS):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in _SERVERS:
        _through_root(logging.getLogger(name))
    # it takes a handler of its own only where it has none
    _through_root(logging.getLogger("dbos"), logging.NullHandler())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def catch_all() -> None:
    """What nobody caught, in any thread, is a line of the log, too. For a process of ours alone."""
    sys.excepthook = _uncaught
    threading.excepthook = _thread_died


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("inspection").critical("ended by a fault", exc_info=(kind, error, traceback))


def _thread_died(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is None or issubclass(told.exc_type, SystemExit):
        return
    name = told.thread.name if told.thread is not None else "unknown"
    what = (told.exc_type, told.exc_value, told.exc_traceback)
    logging.getLogger("inspection").error("thread %s died", name, exc_info=what)


def _through_root(logger: logging.Logger, *handlers: logging.Handler) -> None:
    logger.handlers[:] = handlers
    logger.propagate = True


def without_secrets(_logger: Any, _method: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Values under a name that says secret are not written."""
    for name in told:
        if _SECRET.search(name):
            told[name] = "[left out]"
    return told


@contextmanager
def doing(job: str, **what: Any) -> Iterator[None]:
    """A piece of work: each line within names it."""
    with bind(job=job, **what):
        yield
