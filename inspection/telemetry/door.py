"""A port for whoever watches, and nobody else: `/metrics`, and `/healthz` of a process without pages."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST

from inspection.errors import AddressUnusable
from inspection.telemetry.metrics import text


class Door:
    """Open until it is closed. `alive` says whether the process should go on."""

    def __init__(self, port: int, alive: Callable[[], bool], *, host: str = "") -> None:
        """Raises `AddressUnusable`."""
        try:
            self._server = ThreadingHTTPServer((host, port), _answering(alive))
        except OSError as error:
            raise AddressUnusable(host or "*", port, str(error.strerror)) from error
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Nobody is answered any more."""
        self._server.shutdown()
        self._server.server_close()


def _answering(alive: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(200, text(), CONTENT_TYPE_LATEST)
            elif path == "/healthz":
                lives = alive()
                self._answer(200 if lives else 503, b"ok" if lives else b"stuck", "text/plain")
            else:
                self._answer(404, b"", "text/plain")

        def _answer(self, status: int, body: bytes, type_: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Whoever asks every few seconds is in no log."""

    return Handler
