"""Spans: with the extra `otel`, where OTEL_EXPORTER_OTLP_ENDPOINT says that somebody takes them."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from inspection.errors import ExtraMissing

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

log = logging.getLogger("inspection.telemetry")


def configure(service: str) -> bool:
    """For the whole process; says whether there is anybody to send spans to.

    The operator's OTEL_SERVICE_NAME comes before `service`. Without the extra the log says so.
    """
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return False
    try:
        from opentelemetry import trace  # noqa: PLC0415 an extra
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError:
        log.warning("No traces are sent: %s", ExtraMissing("OTEL_EXPORTER_OTLP_ENDPOINT", "otel"))
        return False
    provider = TracerProvider(resource=Resource.create({} if _is_named() else {"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


def _is_named() -> bool:
    named = os.environ.get("OTEL_SERVICE_NAME")
    return bool(named) or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[None]:
    """One piece of work."""
    tracer = _tracer()
    with nullcontext() if tracer is None else tracer.start_as_current_span(name, attributes=attributes):
        yield


@cache
def _tracer() -> Any:
    try:
        from opentelemetry import trace  # noqa: PLC0415
    except ModuleNotFoundError:
        return None
    return trace.get_tracer("inspection")
