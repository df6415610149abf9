"""Returns: what the shop asks to be inspected, and what was paid in the end."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.callers import Caller, Role, allow
from api.bodies.ids import PathId
from api.bodies.pages import Cursor, Limit, Page, cut
from api.bodies.returns import PaymentIn, ReturnIn, ReturnOut
from api.deps import DeskDep
from api.etags import ActDep, Versioned, tagged
from api.once import made_id, once

router = APIRouter(prefix="/v1/returns", tags=["returns"], route_class=Versioned)

Shop = Annotated[Caller, Depends(allow(Role.SERVICE, Role.ADMINISTRATOR, scope="returns"))]
Whoever = Annotated[
    Caller, Depends(allow(Role.SERVICE, Role.ADMINISTRATOR, Role.INSPECTOR, Role.SHOPPER, scope="returns"))
]


@router.post("", summary="Request a return", status_code=201)
def request_return(
    body: ReturnIn, request: Request, response: Response, desk: DeskDep, caller: Shop
) -> ReturnOut:
    """One return of one or more items. Each item is inspected by itself."""
    product = desk.product
    id_ = made_id(request) or product.terms.new_id()
    once(request, lambda: product.workflow.request_return(body.made(id_, datetime.now(UTC))))
    made = ReturnOut.of(product.lists.return_(id_))
    response.headers["Location"] = f"/v1/returns/{id_}"
    tagged(response, made.version)
    return made


@router.get("", summary="List returns")
def list_returns(
    desk: DeskDep,
    caller: Shop,
    cursor: Cursor = None,
    limit: Limit = 50,
    reference: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Your own number.")
    ] = None,
) -> Page[ReturnOut]:
    """The newest first."""
    found = desk.product.lists.returns(after=cursor, limit=limit + 1, reference=reference)
    page, following = cut(found, limit, lambda one: one.id)
    return Page(items=[ReturnOut.of(one) for one in page], next=following)


@router.get("/{return_id}", summary="Read a return")
def read_return(return_id: PathId, response: Response, desk: DeskDep, caller: Whoever) -> ReturnOut:
    """With its items, and where each stands."""
    caller.check_return(return_id)
    found = ReturnOut.of(desk.product.lists.return_(return_id))
    tagged(response, found.version)
    return found


@router.post("/{return_id}/lines/{line_id}/payment", summary="Note what was paid")
def pay(
    return_id: PathId, line_id: PathId, body: PaymentIn, act: ActDep, desk: DeskDep, caller: Shop
) -> ReturnOut:
    """Only an item that was accepted can be paid, once, and never more than its price."""
    people, lists = desk.product.people, desk.product.lists
    act.on(
        lambda: lists.return_(return_id).version,
        lambda version: people.pay(line_id, body.cents, caller.id, return_id=return_id, version=version),
    )
    paid = ReturnOut.of(lists.return_(return_id))
    tagged(act.response, paid.version)
    return paid
