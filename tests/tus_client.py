"""A client as a phone would be: it follows tus 1.0.0 and nothing else, and gives up on no failure."""

import contextlib
import time

import httpx
from uploading import STREAM, in_base64, sha256_of

VERSION = {"Tus-Resumable": "1.0.0"}
MOST_SECONDS = 400


class TusClient:
    """`token` is the link's. `tries` counts all requests, `resumed` the offsets that it went on from."""

    def __init__(self, address, token, *, timeout=4.0):
        self.address = address
        self.caller = {"Authorization": f"Bearer {token}"}
        self.timeout = timeout
        self.tries = 0
        self.resumed = []

    def upload(self, inspection_id, encoded):
        """All of it, whatever happens. Returns where it was sent; raises `AssertionError` on a refusal."""
        until = time.monotonic() + MOST_SECONDS
        location = None
        while time.monotonic() < until:
            try:
                if location is None:
                    location = self._create(inspection_id, encoded)
                elif self._send(location, encoded):
                    return location
            except httpx.TransportError:
                time.sleep(0.05)
            except _BeginAnew:
                location = None
        raise AssertionError(f"it took too long, {self.tries} requests")

    def _create(self, inspection_id, encoded):
        told = f"sha256 {in_base64(sha256_of(encoded).encode())}"
        headers = {"Upload-Length": str(len(encoded)), "Upload-Metadata": told}
        answer = self._ask("POST", f"/v1/inspections/{inspection_id}/uploads", headers)
        return None if answer is None else answer.headers["Location"]

    def _send(self, location, encoded):
        """Where is it, and the rest. True once the server says that all is here."""
        answer = self._ask("HEAD", location, {})
        if answer is None:
            return False
        offset = int(answer.headers["Upload-Offset"])
        if offset == len(encoded):
            return True
        self.resumed.append(offset)
        told = {"Upload-Offset": str(offset), **STREAM}
        answer = self._ask("PATCH", location, told, encoded[offset:])
        return answer is not None and int(answer.headers["Upload-Offset"]) == len(encoded)

    def _ask(self, method, path, headers, content=None):
        """`None`: ask again. A fresh connection each time: the one before may be half-open."""
        self.tries += 1
        with httpx.Client(base_url=self.address, timeout=self.timeout) as client:
            answer = client.request(method, path, headers=VERSION | self.caller | headers, content=content)
        if answer.status_code == 404 and method != "POST":
            raise _BeginAnew
        if answer.status_code in (408, 409, 423, 429, 503):
            with contextlib.suppress(ValueError):
                time.sleep(min(1.0, float(answer.headers.get("retry-after", "0.05"))))
            return None
        assert answer.status_code in (200, 201, 204), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer


class _BeginAnew(Exception):
    """The server knows the upload no more."""
