"""A real S3 peer for tests: moto's server in a process of its own, and a proxy that makes a bad one of it."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest


@contextmanager
def s3_server():
    """Its address, `http://127.0.0.1:…`; skipped where moto is not installed."""
    if find_spec("moto") is None or find_spec("flask") is None:
        pytest.skip("no S3 peer: moto[server] is not installed")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait(port, server):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the S3 peer ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the S3 peer did not start")


def make_bucket(address, name):
    call(address, "PUT", f"/{name}")


def call(address, method, path, body=None):
    """One request, unsigned: the peer asks for no proof."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def spoilt(address, habits):
    """Its address through a proxy with bad habits: a set of words, which may change meanwhile.

    `ignores_create_only` drops If-None-Match; `alters` flips a bit of what is read; `loses` answers 200
    to what is put and keeps nothing; `keeps` does the same with what is deleted; `lists_nothing`.
    """
    handler = type("Handler", (_Spoiling,), {"behind": address.removeprefix("http://"), "habits": habits})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Spoiling(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind = ""
    habits = frozenset()

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "loses" in self.habits:
            self._answer(200, [("ETag", '"0"')], b"")
        else:
            self._forward(body)

    def do_GET(self):
        if "lists_nothing" in self.habits and "list-type" in self.path:
            empty = (
                b'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
            )
            self._answer(200, [("Content-Type", "application/xml")], empty)
        else:
            self._forward(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if "keeps" in self.habits:  # how several keys are deleted, and by obstore one too
            said = b"<DeleteResult><Deleted><Key>it</Key></Deleted></DeleteResult>"
            self._answer(200, [("Content-Type", "application/xml")], said)
        else:
            self._forward(body)

    do_HEAD = do_GET  # noqa: N815

    def _forward(self, body):
        headers = dict(self.headers)
        if "ignores_create_only" in self.habits:
            headers = {name: value for name, value in headers.items() if name.lower() != "if-none-match"}
        connection = http.client.HTTPConnection(self.behind, timeout=30)
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        encoded = answer.read()
        connection.close()
        if "alters" in self.habits and self.command == "GET" and "list-type" not in self.path:
            encoded = bytes([encoded[0] ^ 1]) + encoded[1:]
        length = answer.headers.get("content-length") if self.command == "HEAD" else None
        skipped = ("content-length", "transfer-encoding", "connection")
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in skipped]
        self._answer(answer.status, kept, encoded, length)

    def _answer(self, status, headers, body, length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silent."""
