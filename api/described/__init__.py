"""The OpenAPI description: what the framework reads off the routes, and what holds for all of them."""

from typing import Any

from fastapi import FastAPI

from api.described.answers import with_answers
from api.described.callers import SCHEMES, with_callers
from api.described.examples import with_examples
from api.described.headers import HEADERS
from api.described.routes import operations, routes_of
from api.described.told_events import EVENTS
from api.schemas import ProblemDetails

Described = dict[str, Any]


def describe(app: FastAPI, *, address: str | None) -> None:
    """From now on `/openapi.json` says it all; `address` is where others find this service."""
    read_off = app.openapi
    made: list[Described] = []

    def openapi() -> Described:
        if not made:
            made.append(_whole(read_off(), address))
        return made[0]

    app.openapi = openapi  # type: ignore[method-assign]


def _whole(description: Described, address: str | None) -> Described:
    description["servers"] = [{"url": address or "/"}]
    components = description["components"]
    schemas = components["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own: ours are problems
        schemas.pop(name, None)
    whole = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= whole.pop("$defs", {})
    schemas["ProblemDetails"] = whole
    components["headers"] = HEADERS
    components["securitySchemes"] = components.get("securitySchemes", {}) | SCHEMES
    known = routes_of()
    for method, path, operation in operations(description["paths"]):
        route = known.get((method, path))
        if route is not None:
            operation["operationId"] = f"{operation['tags'][0]}_{route.name}"
            with_callers(operation, route)
        with_answers(operation, method, path, route)
    for _, type_, operation in operations(description.get("webhooks", {})):
        operation["operationId"] = f"told_{type_.replace('.', '_')}"
        operation["responses"].pop("422", None)
        operation["requestBody"]["content"]["application/json"]["example"] = EVENTS[type_]
    with_examples(description)
    return description
