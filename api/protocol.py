"""The server's HTTP reader, whose own refusals are problems too: what is no HTTP never reaches the app.

For uvicorn's `http` option: `api.protocol:ProblemProtocol`.
"""

import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import problem


class ProblemProtocol(H11Protocol):
    """Refuses broken requests, and headers of more than 16 kB, as RFC 9457 says."""

    def send_400_response(self, msg: str) -> None:
        """`msg` is the server's; ours says what to do."""
        detail = "This is not HTTP as we know it, or its headers are too long."
        body = json.dumps(problem(400, "request_unreadable", detail)).encode()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
