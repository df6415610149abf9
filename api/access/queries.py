"""A query parameter that a route has no use for: most often a misspelt one, which would be missed."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant

from api.access.csrf import PARAMETER
from inspection.errors import RequestRejected


class ParameterUnknown(RequestRejected):
    """A query parameter that this request does not have."""

    def __init__(self, name: str, known: frozenset[str]) -> None:
        there = f"there are {', '.join(sorted(known))}" if known else "there are none"
        super().__init__(f"There is no query parameter {name[:40]!r} here; {there}.")


def known_queries(request: Request) -> None:
    """For every route of the API. Raises `ParameterUnknown`."""
    if not request.query_params or not request.url.path.startswith("/v1/"):
        return
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None:
        return
    known = frozenset(_names(dependant))
    for name in request.query_params:
        if name not in known and name != PARAMETER:
            raise ParameterUnknown(name, known)


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for one in dependant.dependencies:
        yield from _names(one)
