"""`Tus-Resumable` on every answer of an upload's address, whoever gives it: route, router or door."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.tus_headers import VERSION

_UPLOADS = re.compile(r"/v1/uploads(/.*)?|/v1/inspections/[^/]+/uploads(/.*)?", re.DOTALL)


class SpeaksTus:
    """Middleware, outside of all that may refuse a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
            await send(message)

        is_upload = scope["type"] == "http" and _UPLOADS.fullmatch(scope["path"]) is not None
        await self._app(scope, receive, with_version if is_upload else send)
