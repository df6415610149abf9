"""Spans arrive at a collector, under the name that the operator gave; without the extra the log says so."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SPAN = (
    "from inspection.telemetry import log, traces; log.configure(); sent = traces.configure('inspection')\n"
    "with traces.span('look', inspection='i-1'): pass\n"
    "print(sent)"
)
WITHOUT = "import sys; sys.modules['opentelemetry.sdk'] = None\n"


@pytest.fixture
def collector():
    """A real HTTP peer; `heard` are the bodies that it took, `url` is where."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.url = heard, f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(code, **environment):
    """In a process of its own: a provider is set once a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "inspection"),
        ({"OTEL_SERVICE_NAME": "returns"}, "returns"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,x=y"}, "shop"),
    ],
)
def test_a_span_arrives_under_the_operators_name(collector, given, named):
    pytest.importorskip(
        "opentelemetry.exporter.otlp.proto.http.trace_exporter", reason="the extra 'otel' is absent"
    )
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415

    assert run(SPAN, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **given).stdout == "True\n"
    ((path, body),) = collector.heard
    assert path == "/v1/traces"
    (told,) = trace_service_pb2.ExportTraceServiceRequest.FromString(body).resource_spans
    assert {one.key: one.value.string_value for one in told.resource.attributes}["service.name"] == named
    (span,) = told.scope_spans[0].spans
    assert span.name == "look"


def test_without_the_extra_the_log_says_what_is_missing(collector):
    done = run(WITHOUT + SPAN, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert done.stdout == "False\n"
    assert done.stderr.count("inspection[otel]") == 1
    assert collector.heard == []


def test_with_nobody_to_send_to_nothing_is_said():
    done = run(SPAN)
    assert (done.stdout, done.stderr) == ("False\n", "")
