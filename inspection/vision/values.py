"""Values out of a bundle's TOML files, each checked: a card that says too little opens no bundle."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any


class Unreadable(ValueError):
    """A card or a calibration that does not say what it must; the message says what, in words."""


def read_toml(path: Path) -> dict[str, Any]:
    """Raises `Unreadable`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"it is not TOML ({error})") from error


def date_of(value: object) -> date:
    """A day. Raises `Unreadable`."""
    if not isinstance(value, date):
        raise Unreadable(f"released = {value!r} is no date")
    return value


def count(table: dict[str, Any], key: str, most: int = 4096) -> int:
    """A whole number from 1. Raises `Unreadable`."""
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Unreadable(f"{key} = {value!r} is no whole number from 1 to {most}")
    return value


def number(value: object, name: str) -> float:
    """Finite, and no larger than anything a score is ever multiplied by."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e9:
        raise Unreadable(f"{name} = {value!r} is no finite number")
    return float(value)


def share(table: dict[str, Any], key: str, within: str = "serving") -> float:
    """Within [0, 1]. Raises `Unreadable`."""
    value = number(table[key], f"{within}.{key}")
    if not 0 <= value <= 1:
        raise Unreadable(f"{within}.{key} = {value} is not within 0 and 1")
    return value


def reason(error: Exception) -> str:
    """What went wrong, in words."""
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
