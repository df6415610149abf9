"""Cookies: never read by scripts, never sent along from another site, and only over TLS.

At a loopback address without TLS there is nothing between the browser and us, so there they may go plain.
"""

from http.cookies import SimpleCookie

from fastapi import Request

from api.access.local import asked_host, is_loopback

SESSION = "inspection-session"
LOGIN = "inspection-login"
LINK = "inspection-link"


def is_plain(request: Request, public_url: str | None) -> bool:
    """Whether this is http on a loopback address."""
    if public_url is not None:
        return not public_url.startswith("https:")  # `AccessSettings` takes http for loopback alone
    return request.url.scheme == "http" and is_loopback(asked_host(request))


def name_of(cookie: str, *, plain: bool) -> str:
    """With `__Host-`, browsers themselves refuse one that another host or a page without TLS set."""
    return cookie if plain else f"__Host-{cookie}"


def set_cookie(cookie: str, value: str, *, plain: bool, seconds: int | None) -> str:
    """The header's value; without `seconds` it goes when the browser is closed."""
    jar: SimpleCookie = SimpleCookie()
    name = name_of(cookie, plain=plain)
    jar[name] = value
    jar[name]["path"], jar[name]["samesite"] = "/", "Lax"
    jar[name]["httponly"], jar[name]["secure"] = True, not plain
    if seconds is not None:
        jar[name]["max-age"] = seconds
    return jar[name].OutputString()


def drop_cookie(cookie: str, *, plain: bool) -> str:
    """The header's value that makes the browser forget it."""
    return set_cookie(cookie, "", plain=plain, seconds=0)
