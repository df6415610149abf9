"""Where an opened link leads in a browser: how each item of the return stands, in a shopper's words."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.access.callers import Caller, Role, allow
from api.bodies.inspections import InspectionOut
from api.deps import Desk, DeskDep
from api.pages import return_page
from api.routes.cases import told

router = APIRouter(include_in_schema=False)

Whoever = Annotated[Caller, Depends(allow(Role.SHOPPER, Role.INSPECTOR))]
_MOST = 200


@router.get("/returns/{return_id}", response_class=HTMLResponse)
def show_return(request: Request, return_id: str, desk: DeskDep, caller: Whoever) -> Response:
    """To be read; photos come by the API."""
    caller.check_return(return_id)
    found = desk.product.lists.return_(return_id)
    return return_page(request, found, _latest(desk, caller, return_id))


def _latest(desk: Desk, caller: Caller, return_id: str) -> dict[str, InspectionOut]:
    """The newest inspection of each item."""
    latest: dict[str, InspectionOut] = {}
    for case in desk.product.lists.inspections(after=None, limit=_MOST, of_return=return_id):
        if case.line_id is not None and case.line_id not in latest:
            latest[case.line_id] = told(desk, caller, case.id, Response())
    return latest
