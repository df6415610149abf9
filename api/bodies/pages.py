"""Lists in pages: `items`, and the cursor of the next page."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from api.bodies.ids import UUID
from inspection.errors import CursorUnusable

Item = TypeVar("Item")
Found = TypeVar("Found")


def _ours(cursor: str) -> str:
    """Raises `CursorUnusable`, which no list may read as its first page."""
    if re.fullmatch(UUID, cursor) is None:
        raise CursorUnusable
    return cursor


Cursor = Annotated[
    Annotated[str, AfterValidator(_ours)] | None,
    Query(max_length=200, description="`next` of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class Page(BaseModel, Generic[Item]):
    """Some of them; `next` is null on the last page."""

    items: list[Item]
    next: str | None = Field(description="Pass it as `cursor` to go on.", examples=[None])


def cut(
    found: Sequence[Found], limit: int, cursor_of: Callable[[Found], str]
) -> tuple[Sequence[Found], str | None]:
    """What fits a page of what was asked for with one more, and where the next begins, if there is one."""
    page = found[:limit]
    return page, cursor_of(page[-1]) if len(found) > limit else None
