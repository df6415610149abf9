"""Who asks, and what they may: what every route needs of `api.access`, and all it needs.

    Returns = Annotated[Caller, Depends(allow(Role.SERVICE, Role.SHOPPER, scope="returns"))]

    @router.get("/v1/returns/{return_id}")
    def read(return_id: str, caller: Returns) -> ReturnOut:
        caller.check_return(return_id)

In a test of routes: `app.dependency_overrides[the_caller] = lambda: Caller("key:1", Role.SERVICE)`
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from inspection.errors import Forbidden, Unauthenticated

ALL_SCOPES = "admin"
"""The scope of a key that has all others too."""


class Role(StrEnum):
    """What somebody is to us; docs/access.md says what each may."""

    SHOPPER = "shopper"  # by a signed link, for one return
    INSPECTOR = "inspector"
    SCIENTIST = "scientist"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"  # another system, by an API key


PEOPLE = frozenset({Role.INSPECTOR, Role.SCIENTIST, Role.ADMINISTRATOR})
"""Who comes by a login."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `id` is `key:<id>`, `person:<sub>`, `link:<return id>` or `local:administrator`.

    `return_id` is the one return that a shopper's link is for; `scopes` are those of a service's key, and
    `line` is the key that it replaced, or that one's, to the first: `key:<id>` too.
    """

    id: str
    role: Role
    return_id: str | None = None
    scopes: frozenset[str] = frozenset()
    line: str | None = None

    @property
    def owner(self) -> str:
        """Whose idempotency keys these are: a key that was replaced leaves them to the one in its place."""
        return self.line or self.id

    def check_return(self, return_id: str | None) -> None:
        """Raises `NotTheirs` where a shopper asks for another return than the link's; others pass.

        `None` is the return of what belongs to none: no shopper may.
        """
        if self.role is Role.SHOPPER and (return_id is None or return_id != self.return_id):
            raise NotTheirs

    def may(self, *roles: Role, scope: str | None = None) -> bool:
        """Whether a route for these roles is for this caller too: an administrator may everything."""
        if self.role is Role.ADMINISTRATOR:
            return True
        if self.role not in roles:
            return False
        return self.role is not Role.SERVICE or scope is None or bool({scope, ALL_SCOPES} & self.scopes)


class NotKnown(Unauthenticated):
    """No credentials, or none that are good: which of these it was is told to nobody."""

    def __init__(self) -> None:
        super().__init__("Please sign in, open the link you were sent, or send a valid API key.")


class NotAllowed(Forbidden):
    """Known, and of another role, or with a key of another scope."""

    def __init__(self, scope: str | None = None) -> None:
        needed = "" if scope is None else f" A key needs the scope '{scope}'."
        super().__init__(f"You are not allowed to do this.{needed}")


class NotTheirs(Forbidden):
    """A shopper's link is for another return."""

    def __init__(self) -> None:
        super().__init__("This link is for another return.")


class KnowsCallers(Protocol):
    """Says who asks: `app.state.access`, an `api.access.access.Access`."""

    def caller(self, request: Request) -> Caller:
        """Raises `Unauthenticated`, `Forbidden` (sent from another site) or `Overloaded`."""
        ...


_bearer = HTTPBearer(auto_error=False, description="An API key (`isk_…`), or the token of a signed link.")


def the_caller(request: Request, _: Annotated[object, Depends(_bearer)] = None) -> Caller:
    """Who sent this request. Where nobody was set to tell, nobody is known."""
    access: KnowsCallers | None = getattr(request.app.state, "access", None)
    if access is None:
        raise NotKnown
    return access.caller(request)


class Allow:
    """The dependency that `allow` makes; what it asks can be read off it, for the docs and their test."""

    def __init__(self, roles: frozenset[Role], scope: str | None) -> None:
        self.roles, self.scope = roles, scope

    def __call__(self, caller: Annotated[Caller, Depends(the_caller)]) -> Caller:
        """The caller. Raises `Unauthenticated` or `NotAllowed`."""
        if not caller.may(*self.roles, scope=self.scope):
            raise NotAllowed(self.scope if caller.role is Role.SERVICE else None)
        return caller


def allow(*roles: Role, scope: str | None = None) -> Allow:
    """For `Depends`: these roles, and administrators. A service's key needs the scope besides."""
    return Allow(frozenset(roles), scope)
