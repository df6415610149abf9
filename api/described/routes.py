"""The routes behind the described operations."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute

from api.access.table import routes

_METHODS = ("get", "head", "post", "put", "patch", "delete")


def operations(paths: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each."""
    for path, item in paths.items():
        for method in _METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def routes_of() -> dict[tuple[str, str], APIRoute]:
    """By method and path."""
    found = {(method, route.path): route for route in routes() for method in route.methods or ()}
    return found | {("HEAD", route.path): route for route in _heads()}


def _heads() -> Iterator[APIRoute]:
    from api.routes import uploads  # noqa: PLC0415 `api.access.table` leaves HEAD out, and imports as it goes

    for route in uploads.router.routes:
        if isinstance(route, APIRoute) and route.methods == {"HEAD"}:
            yield route
