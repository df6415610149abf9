"""Examples on every schema, request and answer: of whole bodies, and their parts taken from them."""

from typing import Any

from api.bodies.events import TOLD as DATA
from api.described.told import TOLD
from api.described.told_events import EVENTS

Described = dict[str, Any]
_REF = "#/components/schemas/"


def with_examples(description: Described) -> None:
    """A test validates each against its schema."""
    schemas = description["components"]["schemas"]
    found: dict[str, Any] = {}
    for told in EVENTS.values():
        name = f"Event_{DATA[told['type']].__name__}_"
        _spread({"$ref": _REF + name}, told, schemas, found)
    for name, schema in schemas.items():
        if name in TOLD or "examples" in schema:
            _spread({"$ref": _REF + name}, _own(name, schema), schemas, found)
    for name, schema in schemas.items():
        example = found[name] if name in found else _made({"$ref": _REF + name}, schemas, found)
        schema.setdefault("examples", [example])
    for item in [*description["paths"].values(), *description.get("webhooks", {}).values()]:
        for operation in item.values():
            for part in [operation.get("requestBody", {}), *operation.get("responses", {}).values()]:
                for media in part.get("content", {}).values():
                    if "schema" in media and "example" not in media:
                        _exemplify(media, schemas, found)


def _exemplify(media: Described, schemas: Described, found: dict[str, Any]) -> None:
    example = _made(media["schema"], schemas, found)
    if example is not None:
        media["example"] = example


def _own(name: str, schema: Described) -> Any:
    return TOLD[name] if name in TOLD else schema["examples"][0]


def _spread(schema: Described, value: Any, schemas: Described, found: dict[str, Any]) -> None:
    """What is an example of the whole has examples of its parts; the first that is found stays."""
    name = schema.get("$ref", "").removeprefix(_REF)
    if name and value is not None:
        found.setdefault(name, value)
        schema = schemas[name]
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        _spread(choice, value, schemas, found)
    if isinstance(value, dict):
        for member, told in schema.get("properties", {}).items():
            if member in value:
                _spread(told, value[member], schemas, found)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for one in value:
            _spread(schema["items"], one, schemas, found)


def _made(schema: Described, schemas: Described, found: dict[str, Any]) -> Any:
    """Of pages and lists, which consist of what is known."""
    name = schema.get("$ref", "").removeprefix(_REF)
    if name in found:
        return found[name]
    if name:
        schema = schemas[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "items" in schema:
        return [_made(schema["items"], schemas, found)]
    if schema.get("type") == "object" and "properties" in schema:
        return {member: _made(told, schemas, found) for member, told in schema["properties"].items()}
    return schema["examples"][0] if schema.get("examples") else None
