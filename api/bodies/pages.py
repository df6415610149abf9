"""Lists in pages: `items`, and the cursor of the next page."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

Item = TypeVar("Item")

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class Page(BaseModel, Generic[Item]):
    """Some of them; `next` is null on the last page."""

    items: list[Item]
    next: str | None = Field(description="Pass it as `cursor` to go on.", examples=[None])
