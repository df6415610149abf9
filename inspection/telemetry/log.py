"""Logs as structlog writes them: JSON where nobody watches, a line for people at a terminal.

Each line carries what is bound where it is written: `request_id`, `inspection_id`, `job`. Nothing secret
gets here: values whose names say that they are secret are left out, whatever library logs them.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

from inspection.access.hidden import hidden

_SECRET = re.compile(r"authorization|cookie|secret|token|password|api_?key", re.IGNORECASE)

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
    last = structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer()
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
    for noisy in ("httpx", "httpcore", "dbos", "alembic", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


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
