"""Whoever sits at this machine, where nothing was set up yet: an embedded installation is used at once.

A request is from here when its connection came through the loopback device from end to end, was meant for
a loopback name (a page elsewhere can rebind its own name to 127.0.0.1, and cannot change what the browser
says it asked for), and no proxy says it passed it on. When a key was ever made, a login was set up or the
service has a public address, nobody is let in this way (`Access`).
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

_FORWARDED = (
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "cf-connecting-ip",
    "true-client-ip",
)


def from_here(request: Request) -> bool:
    """Whether it was sent on this machine, to this machine."""
    peer, here = request.scope.get("client"), request.scope.get("server")
    if not peer or not here or not is_loopback(str(peer[0])) or not is_loopback(str(here[0])):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(asked_host(request))


def asked_host(request: Request) -> str:
    """The name the client asked for, without its port; empty where it is no name."""
    named = request.headers.getlist("host")
    if len(named) != 1:
        return ""
    try:
        parts = urlsplit(f"//{named[0]}")
        return "" if parts.username is not None or parts.path else parts.hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1, or the name that stands for them."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
