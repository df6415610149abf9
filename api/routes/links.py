"""Links for shoppers: each is for one return, and leads to it."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.access.cookies import is_plain
from api.bodies.access import LinkIn, LinkOut
from api.deps import Desk, DeskDep
from api.documented import refuses
from api.once import Idempotent, begun_at, once
from inspection.errors import SettingUnusable

router = APIRouter(tags=["access"], route_class=Idempotent)

Sender = Annotated[Caller, Depends(allow(Role.ADMINISTRATOR, Role.SERVICE, scope="returns"))]


@router.post("/v1/links", summary="Make a shopper's link", status_code=201, responses=refuses(404))
def link(request: Request, response: Response, desk: DeskDep, caller: Sender, wanted: LinkIn) -> LinkOut:
    """Nothing is kept of it: asked for again, there is another one just as good.

    Under an Idempotency-Key it is the same one, made anew as of the first time.
    """
    access = _access(request)
    now = begun_at(request) or access.clock()
    base = _base(request, access)
    token = access.links.make(wanted.return_id, now=now, hours=wanted.hours)
    once(request, partial(_check_return, desk, wanted.return_id))
    read = access.links.read(token, now=now)
    assert read is not None  # noqa: S101 it was made a moment ago
    response.headers["Cache-Control"] = "no-store"
    return LinkOut(url=f"{base}/r/{token}", token=token, expires_at=read[1])


def _check_return(desk: Desk, return_id: str) -> None:
    """Raises `ReturnNotFound`."""
    with desk.product.cases.change() as change:
        change.return_(return_id)


def _base(request: Request, access: Access) -> str:
    """Where a link leads: never to a host that only the request names, but for this machine's own."""
    if access.settings.public_url is not None:
        return access.settings.public_url
    if not is_plain(request, None):
        raise SettingUnusable("public_url", "shoppers' links need it: they lead there")
    return str(request.base_url).rstrip("/")


def _access(request: Request) -> Access:
    there = request.app.state.access
    assert isinstance(there, Access)  # noqa: S101 `install` put it there
    return there
