"""A proxy in front of us that the server was not told to believe: all it passes on seem to be one caller."""

import logging
import threading

from fastapi import Request

from api.access.limits import neighbourhood

log = logging.getLogger("inspection.access")


class Proxies:
    """Says so in the log, once: whoever is not known shares the proxy's address, and its limit."""

    def __init__(self) -> None:
        self._said = False
        self._lock = threading.Lock()

    def address_of(self, request: Request) -> str:
        """Whose limit a request of somebody nobody knows counts against: see `neighbourhood`."""
        peer = request.scope.get("client")
        if not peer:
            return "nowhere"
        told = ",".join(request.headers.getlist("x-forwarded-for"))
        if told and str(peer[0]) not in told:  # else the server has taken it from there
            self._say(str(peer[0]))
        return neighbourhood(str(peer[0]))

    def _say(self, proxy: str) -> None:
        with self._lock:
            if self._said:
                return
            self._said = True
        log.warning(
            "%s passes requests on, and all who are not known share its limit: set FORWARDED_ALLOW_IPS to "
            "its address or network, if it is yours (docs/access.md)",
            proxy,
        )
