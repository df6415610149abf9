"""An inspection as JSON and back, whole: what is read later must equal what was decided then.

The types themselves are the schema. Enumerations travel as their words, bytes as base64, a union's
members by their class name. A field that a record of an older version lacks takes its default.
"""

import base64
import hashlib
import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum, IntEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from inspection.store.types import canonical
from inspection.verdict.inspection import Inspection

FORMAT = 1
_MEMBER = "type"
"""The key that names a union's member."""


def encode(inspection: Inspection) -> dict[str, Any]:
    """JSON-ready."""
    return {"format": FORMAT, "inspection": _encoded(inspection)}


def hash_of_look(body: Mapping[str, Any], compared_with: Sequence[str]) -> str:
    """SHA-256, in lower-case hex, of what `encode` gave and of what it was compared with.

    Heat maps are left out: erasure takes them. The record keeps it, so that no look can be changed unseen.
    """
    inspection = body["inspection"]
    photos = [{**photo, "heat": None} for photo in inspection["reading"]["photos"]]
    told = {**inspection, "reading": {**inspection["reading"], "photos": photos}}
    whole = canonical({"format": body["format"], "inspection": told, "compared_with": list(compared_with)})
    return hashlib.sha256(whole.encode()).hexdigest()


def decode(body: Mapping[str, Any]) -> Inspection:
    """The inspection that `encode` was given. Raises `ValueError` for a format from the future."""
    if body["format"] != FORMAT:
        raise ValueError(f"a record of format {body['format']}, and this version reads format {FORMAT}")
    inspection = _decoder(Inspection)(body["inspection"])
    assert isinstance(inspection, Inspection)  # noqa: S101 tells the type checker what the decoder made
    return inspection


def _encoded(value: Any) -> Any:
    if is_dataclass(value):
        shown = {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
        return {_MEMBER: type(value).__name__, **shown}
    if isinstance(value, Mapping):
        return {_encoded(key): _encoded(one) for key, one in value.items()}
    if isinstance(value, tuple | frozenset):
        said = [_encoded(one) for one in value]
        return sorted(said) if isinstance(value, frozenset) else said
    return _atom(value)


def _atom(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name if isinstance(value, IntEnum) else value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


Decoder = Callable[[Any], Any]

_ATOMS: Mapping[Any, Decoder] = {
    bytes: lambda said: base64.b64decode(said, validate=True),
    datetime: datetime.fromisoformat,
    float: float,
    int: int,
    str: str,
    bool: bool,
    type(None): lambda _: None,
}


@cache  # the types are few and fixed
def _decoder(hint: Hashable) -> Decoder:
    """How to read a value of that type."""
    hint = getattr(hint, "__supertype__", hint)  # a NewType is its base at run time
    if hint in _ATOMS:
        return _ATOMS[hint]
    if is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint.__getitem__ if issubclass(hint, IntEnum) else hint
    return _generic(get_origin(hint), get_args(hint))


def _generic(origin: Any, arguments: tuple[Any, ...]) -> Decoder:
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin in (tuple, frozenset):
        one = _decoder(arguments[0])
        return lambda said: origin(one(item) for item in said)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = map(_decoder, arguments)
        return lambda said: {key(name): value(item) for name, item in said.items()}
    raise TypeError(f"no record holds a {origin}")


def _dataclass(made: Any) -> Decoder:
    hints = get_type_hints(made)
    by_name = {field.name: _decoder(hints[field.name]) for field in fields(made)}
    return lambda said: made(**{name: read(said[name]) for name, read in by_name.items() if name in said})


def _records(members: tuple[Any, ...]) -> list[type]:
    return [member for member in members if is_dataclass(member) and isinstance(member, type)]


def _union(members: tuple[Any, ...]) -> Decoder:
    by_name = {member.__name__: _decoder(member) for member in _records(members)}
    plain = [_decoder(m) for m in members if not is_dataclass(m) and m is not type(None)]

    def read(said: Any) -> Any:
        if said is None:
            return None
        return by_name[said[_MEMBER]](said) if by_name else plain[0](said)

    return read
