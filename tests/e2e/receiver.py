"""A webhook's other end, for a storm: what it heard, and how often."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """A webhook's other end: notes every delivery, and fails each fourth event's first one."""

    def __init__(self) -> None:
        self.heard: dict[str, int] = {}
        self._failed: set[str] = set()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(receiver.note(self.headers["webhook-id"]))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def note(self, event_id: str) -> int:
        """204, or 500 the first time."""
        with self._lock:
            if event_id[-1] in "048c" and event_id not in self._failed:
                self._failed.add(event_id)
                return 500
            self.heard[event_id] = self.heard.get(event_id, 0) + 1
            return 204

    def close(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()
