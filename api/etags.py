"""ETags are versions: `"3"` is the third state of a thing (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response

from api.once import Idempotent, once
from inspection.errors import ChangedMeanwhile

T = TypeVar("T")

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_KEPT = ("etag", "cache-control", "content-location", "vary")
_WHO_ASKS = "Authorization, Cookie"

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match", description="The ETag that was read; another one there by now is a 412.",
        examples=['"3"'],
    ),
]  # fmt: skip


def tagged(response: Response, version: int) -> None:
    """Says which state this answer shows."""
    response.headers["ETag"] = f'"{version}"'


def version_of(if_match: str | None, standing: Callable[[], int] | None = None) -> int | None:
    """The version that a caller read; `None` where none is asked for. Raises `ChangedMeanwhile`.

    Of several, the one that is `standing`. The comparison is strong: a weak ETag is none of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    named = {int(tag) for weak, tag in _ETAG.findall(if_match) if not weak and _is_version(tag)}
    if len(named) > 1 and standing is not None:
        named &= {standing()}
    if len(named) != 1:
        raise ChangedMeanwhile("resource")
    return named.pop()


class Versioned(Idempotent):
    """A route whose answers have ETags: who has that state already is told so (304), without a body.

    The same address may show a shopper less than others, so an answer is for who asked for it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Around what the route does."""
        handle = super().get_route_handler()

        async def unless_known(request: Request) -> Response:
            response = await handle(request)
            tag = response.headers.get("etag")
            if tag is None:
                return response
            response.headers["Vary"] = _WHO_ASKS
            if request.method != "GET" or not _known(request, tag):
                return response
            kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
            return Response(status_code=304, headers=kept)

        return unless_known


class Act:
    """A change that somebody asks for: once under its key, and on the state that was read."""

    def __init__(self, request: Request, response: Response, if_match: IfMatch = None) -> None:
        self._request = request
        self._if_match = ", ".join(request.headers.getlist("if-match")) if if_match is not None else None
        self.response = response

    def on(self, standing: Callable[[], int], act: Callable[[int | None], T]) -> T | None:
        """`act` is given the version it has to find; see `once`."""
        return once(self._request, lambda: act(version_of(self._if_match, standing)))


ActDep = Annotated[Act, Depends(Act)]


def _known(request: Request, tag: str) -> bool:
    """Compared weakly, as the RFC has it for reading."""
    said = ", ".join(request.headers.getlist("if-none-match"))
    return said.strip() == "*" or tag.strip('"') in {opaque for _, opaque in _ETAG.findall(said)}


def _is_version(tag: str) -> bool:
    return tag.isascii() and tag.isdecimal() and len(tag) <= 9 and str(int(tag)) == tag
