"""What a route asks of its caller, read off the route itself: for the door, the docs and their test."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.access.callers import Allow, the_caller


def allowed(route: APIRoute) -> Allow | None:
    """What it asks of its caller; of several, the first. `None` where nobody is asked anything."""
    asked = [one for one in _asked(route.dependant) if isinstance(one, Allow)]
    return asked[0] if asked else None


def asks_nobody(route: APIRoute) -> bool:
    """Whether it answers without knowing who asks."""
    return not any(one is the_caller or isinstance(one, Allow) for one in _asked(route.dependant))


def _asked(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for one in dependant.dependencies:
        yield from _asked(one)
