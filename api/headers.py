"""What browsers may do with our answers: run no script but ours, load nothing from elsewhere."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_NOT_NEEDED = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(["camera=(self)", *(f"{one}=()" for one in _NOT_NEEDED)]),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
    "X-Permitted-Cross-Domain-Policies": "none",
}

TLS_ONLY = "max-age=31536000"
"""For a year, this name is asked over TLS alone; other names under the domain are not ours to decide on."""

NOT_KEPT = "no-store"
REVALIDATED = "private, no-cache"
_KNOWS_NO_CALLER = "Bearer"


class SafeHeaders:
    """Adds them to every answer, errors too. A route that says how long its answer holds is heard.

    `tls` says that the public address has it, whatever the last stretch to us is.
    """

    def __init__(self, app: ASGIApp, *, tls: bool = False) -> None:
        self._app, self._tls = app, tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                strict = headers.get("Referrer-Policy")
                headers.update(HEADERS)
                if strict is not None:  # a page whose own address is a secret says so
                    headers["Referrer-Policy"] = strict
                if self._tls or scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = TLS_ONLY
                headers.setdefault("Cache-Control", REVALIDATED if "etag" in headers else NOT_KEPT)
                if message["status"] == 401:
                    headers.setdefault("WWW-Authenticate", _KNOWS_NO_CALLER)
            await send(message)

        await self._app(scope, receive, send_with_headers)
