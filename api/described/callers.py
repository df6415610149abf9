"""Who may call an operation, and with what."""

from typing import Any

from fastapi.routing import APIRoute

from api.access.asked import allowed
from api.access.callers import PEOPLE, Role
from api.access.cookies import LINK, SESSION, name_of

_SESSION, _LINK, _BEARER = "SessionCookie", "LinkCookie", "HTTPBearer"
_BESIDE = "What changes something has to come from our own page, and a plain form sends `?csrf=` along."

SCHEMES: dict[str, Any] = {
    _SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": name_of(SESSION, plain=False),
        "description": f"A person's session, after signing in. {_BESIDE}",
    },
    _LINK: {
        "type": "apiKey",
        "in": "cookie",
        "name": name_of(LINK, plain=False),
        "description": f"A shopper's opened link, for one return. {_BESIDE}",
    },
}
"""Beside the bearer's; on a loopback address without TLS the names have no `__Host-`."""


def with_callers(operation: dict[str, Any], route: APIRoute) -> None:
    """Says whose credentials are good for it."""
    if "security" not in operation:
        return
    rule = allowed(route)
    roles = frozenset(Role) if rule is None else rule.roles | {Role.ADMINISTRATOR}
    operation["security"] = [{_BEARER: []}] if roles & {Role.SERVICE, Role.SHOPPER} else []
    if roles & PEOPLE:
        operation["security"].append({_SESSION: []})
    if Role.SHOPPER in roles:
        operation["security"].append({_LINK: []})
    if rule is not None:
        operation["description"] += f"\n\nFor {_named(rule.roles, rule.scope)}."


def _named(roles: frozenset[Role], scope: str | None) -> str:
    key = "any key" if scope is None else f"a key with the scope `{scope}`"
    words = {
        Role.SHOPPER: "the shopper of that return",
        Role.INSPECTOR: "inspectors",
        Role.SCIENTIST: "scientists",
        Role.SERVICE: key,
    }
    return ", ".join([words[role] for role in words if role in roles] + ["administrators"])
