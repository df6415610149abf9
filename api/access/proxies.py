"""A proxy in front of us that the server was not told to believe: all it passes on seem to be one caller."""

import logging
import threading

from fastapi import Request

log = logging.getLogger("inspection.access")


class Proxies:
    """Says so in the log, once: whoever is not known shares the proxy's address, and its limit."""

    def __init__(self) -> None:
        self._said = False
        self._lock = threading.Lock()

    def note(self, request: Request) -> None:
        """One request of somebody nobody knows."""
        peer, told = request.scope.get("client"), ",".join(request.headers.getlist("x-forwarded-for"))
        if self._said or not peer or not told or str(peer[0]) in told:  # the server has taken it from there
            return
        with self._lock:
            if self._said:
                return
            self._said = True
        log.warning(
            "%s passes requests on, and all who are not known share its limit: set FORWARDED_ALLOW_IPS to "
            "its address or network, if it is yours (docs/access.md)",
            peer[0],
        )
