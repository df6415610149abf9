"""Who may call what, read off the routes themselves: the table in docs/access.md.

`python -m api.access.table` writes it anew; a test says when that is due.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from fastapi.routing import APIRoute

import api.routes
from api.access.asked import allowed, asks_nobody
from api.access.callers import Role

DOCS = Path(__file__).parents[2] / "docs" / "access.md"
BEGIN, END = "<!-- who may: begin -->\n", "<!-- who may: end -->\n"
_COLUMNS = (Role.SHOPPER, Role.INSPECTOR, Role.SCIENTIST)


def routes() -> Iterator[APIRoute]:
    """All that `api.routes` has."""
    for module in pkgutil.iter_modules(api.routes.__path__):
        there = vars(importlib.import_module(f"api.routes.{module.name}")).values()
        for router in (one for one in there if isinstance(one, APIRouter)):
            yield from (one for one in router.routes if isinstance(one, APIRoute) and one.methods != {"HEAD"})


def table() -> str:
    """In Markdown. An administrator may everything and has no column."""
    head = ["Request", *(role.value for role in _COLUMNS), "key with scope", "unknown"]
    lines = [f"| {' | '.join(head)} |", f"|{'-|' * len(head)}"]
    return "\n".join([*lines, *sorted(map(_line, routes()), key=_by_path)]) + "\n"


def _line(route: APIRoute) -> str:
    methods = ", ".join(sorted(route.methods or ()))
    rule = allowed(route)
    if rule is not None:
        service = f"`{rule.scope}`" if rule.scope else "any"
        cells = [
            *("yes" if role in rule.roles else "" for role in _COLUMNS),
            service if Role.SERVICE in rule.roles else "",
            "",
        ]
    elif asks_nobody(route):
        cells = ["yes"] * len(_COLUMNS) + ["any", "yes"]
    else:
        cells = ["yes"] * len(_COLUMNS) + ["any", ""]
    return f"| {methods} `{route.path}` | {' | '.join(cells)} |"


def _by_path(line: str) -> tuple[str, str]:
    return line.split("`")[1], line


if __name__ == "__main__":
    said = DOCS.read_text(encoding="utf-8")
    before, after = said.split(BEGIN)[0], said.split(END)[1]
    DOCS.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
