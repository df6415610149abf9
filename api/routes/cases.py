"""Inspections step by step: opened, photographed, submitted, decided, appealed."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.access.callers import Caller, Role, allow
from api.bodies.ids import UUID, PathId
from api.bodies.inspections import AppealIn, EntryOut, InspectionIn, InspectionOut, ListedInspectionOut
from api.bodies.pages import Cursor, Limit, Page, cut
from api.deps import Desk, DeskDep
from api.documented import refuses
from api.etags import ActDep, Versioned, tagged
from api.once import made_id, once
from api.said import said
from inspection.errors import Forbidden, InspectionNotFound, PhotoNotFound
from inspection.returns.return_order import InspectionState
from inspection.verdict.answer import answer

router = APIRouter(prefix="/v1/inspections", tags=["inspections"], route_class=Versioned)

_STAFF = (Role.SERVICE, Role.ADMINISTRATOR, Role.INSPECTOR)
Staff = Annotated[Caller, Depends(allow(*_STAFF, scope="inspections"))]
Whoever = Annotated[Caller, Depends(allow(*_STAFF, Role.SHOPPER, scope="inspections"))]
Position = Annotated[int, Path(ge=1, le=100_000)]


@router.post("", summary="Open an inspection", status_code=201, responses=refuses(404))
def open_inspection(
    body: InspectionIn, request: Request, response: Response, desk: DeskDep, caller: Whoever
) -> InspectionOut:
    """Of a return's item, or by itself. It takes photos until it is submitted."""
    product = desk.product
    if caller.role is Role.SHOPPER:
        _own_line(desk, caller, body.line_id)
    id_ = made_id(request) or product.terms.new_id()
    once(request, lambda: product.workflow.open(line_id=body.line_id, price_cents=body.price_cents, id_=id_))
    response.headers["Location"] = f"/v1/inspections/{id_}"
    return told(desk, caller, id_, response)


@router.get("", summary="List inspections")
def list_inspections(
    desk: DeskDep,
    caller: Whoever,
    cursor: Cursor = None,
    limit: Limit = 50,
    state: InspectionState | None = None,
    return_id: Annotated[str | None, Query(pattern=UUID)] = None,
) -> Page[ListedInspectionOut]:
    """The newest first, without photos and answers; a shopper sees those of the own return."""
    of_return = caller.return_id if caller.role is Role.SHOPPER else return_id
    found = desk.product.lists.inspections(after=cursor, limit=limit + 1, state=state, of_return=of_return)
    page, following = cut(found, limit, lambda one: one.id)
    return Page(items=[ListedInspectionOut.listed(case) for case in page], next=following)


@router.get("/{inspection_id}", summary="Read an inspection")
def read_inspection(
    inspection_id: PathId, response: Response, desk: DeskDep, caller: Whoever
) -> InspectionOut:
    """How it stands, and what was said at the latest turn. A shopper reads it without the answer."""
    _may(desk, caller, inspection_id)
    return told(desk, caller, inspection_id, response)


@router.post("/{inspection_id}/submit", summary="Submit it")
def submit(inspection_id: PathId, act: ActDep, desk: DeskDep, caller: Whoever) -> InspectionOut:
    """No more photos for now: the model looks at it soon, and `inspection.decided` says so."""
    _may(desk, caller, inspection_id)
    workflow = desk.product.workflow
    act.on(_standing(desk, inspection_id), lambda version: workflow.submit(inspection_id, version=version))
    return told(desk, caller, inspection_id, act.response)


@router.post("/{inspection_id}/withdraw", summary="Withdraw it")
def withdraw(inspection_id: PathId, act: ActDep, desk: DeskDep, caller: Whoever) -> InspectionOut:
    """The shopper keeps the item."""
    _may(desk, caller, inspection_id)
    workflow = desk.product.workflow
    act.on(
        _standing(desk, inspection_id),
        lambda version: workflow.withdraw(inspection_id, caller.id, version=version),
    )
    return told(desk, caller, inspection_id, act.response)


@router.post("/{inspection_id}/appeal", summary="Appeal")
def appeal(
    inspection_id: PathId, body: AppealIn, act: ActDep, desk: DeskDep, caller: Whoever
) -> InspectionOut:
    """Against a decision, before anything was paid: another person looks at it."""
    _may(desk, caller, inspection_id)
    people = desk.product.people
    act.on(
        _standing(desk, inspection_id),
        lambda version: people.appeal(inspection_id, body.why, caller.id, version=version),
    )
    return told(desk, caller, inspection_id, act.response)


@router.get(
    "/{inspection_id}/photos/{position}",
    summary="See a photo",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The copy that people may see."}},
)
def see_photo(inspection_id: PathId, position: Position, desk: DeskDep, caller: Whoever) -> Response:
    """A re-encoded copy without metadata. Originals are never served."""
    _may(desk, caller, inspection_id)
    _, photos = desk.product.lists.inspection(inspection_id)
    for photo in photos:
        if photo.position == position:
            shown = desk.product.photos.shown(photo.sha256)
            headers = {"Cache-Control": "private, max-age=3600", "ETag": f'"{photo.sha256}"'}
            return Response(shown, media_type="image/jpeg", headers=headers)
    raise PhotoNotFound(str(position))


@router.delete(
    "/{inspection_id}/photos/{position}",
    summary="Take a photo back",
    status_code=204,
    responses=refuses(409),
)
def remove_photo(
    inspection_id: PathId, position: Position, act: ActDep, desk: DeskDep, caller: Whoever
) -> None:
    """Before it is submitted."""
    _may(desk, caller, inspection_id)
    workflow = desk.product.workflow
    act.on(
        _standing(desk, inspection_id),
        lambda version: workflow.remove_photo(inspection_id, position, version=version),
    )


@router.get("/{inspection_id}/record", summary="Read its record")
def read_record(inspection_id: PathId, desk: DeskDep, caller: Staff) -> list[EntryOut]:
    """What was decided, by whom and on what, the oldest first: entries of the hash chain."""
    desk.product.lists.inspection(inspection_id)
    return [EntryOut.of(entry) for entry in desk.product.cases.entries(inspection_id)]


def told(desk: Desk, caller: Caller, inspection_id: str, response: Response) -> InspectionOut:
    """As this caller may read it: numbers, the model and its doubts are for those who work here."""
    case, photos = desk.product.lists.inspection(inspection_id)
    tagged(response, case.version)
    spoken = said(desk.product.cases.entries(inspection_id))
    try:
        look = desk.product.cases.get(inspection_id)
    except InspectionNotFound:  # not looked at yet
        return InspectionOut.of(case, photos, said=spoken)
    shopper = caller.role is Role.SHOPPER
    return InspectionOut.of(case, photos, said=spoken, look=look, answer=None if shopper else answer(look))


def _standing(desk: Desk, inspection_id: str) -> Callable[[], int]:
    return lambda: desk.product.lists.inspection(inspection_id)[0].version


def _may(desk: Desk, caller: Caller, inspection_id: str) -> None:
    """A shopper sees what belongs to the return of the link, and nothing else."""
    if caller.role is Role.SHOPPER:
        caller.check_return(desk.product.lists.return_of(inspection_id))


def _own_line(desk: Desk, caller: Caller, line_id: str | None) -> None:
    own = desk.product.lists.return_(str(caller.return_id))
    if line_id not in {line.id for line in own.lines}:
        raise Forbidden("This link is for another return.")
