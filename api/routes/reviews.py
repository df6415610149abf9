"""The queue of what waits for a person, and the verdict."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.access.callers import Caller, Role, allow
from api.bodies.ids import PathId
from api.bodies.inspections import InspectionOut
from api.bodies.pages import Limit, Page, cut
from api.bodies.reviews import ReviewOut, VerdictIn
from api.deps import DeskDep
from api.documented import PROBLEMS
from api.etags import version_of
from api.once import Idempotent, once

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], route_class=Idempotent, responses=PROBLEMS)

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Reader = Annotated[Caller, Depends(allow(Role.INSPECTOR, Role.SERVICE, scope="reviews"))]
Person = Annotated[Caller, Depends(allow(Role.INSPECTOR))]
"""A key is never a person: it reads the queue, and gives no verdict."""


@router.get("", summary="What waits for a person")
def queue(desk: DeskDep, caller: Reader, cursor: Cursor = None, limit: Limit = 50) -> Page[ReviewOut]:
    """What is worth most to settle comes first; what you decided before is somebody else's now."""
    found = desk.product.lists.reviews(after=cursor, limit=limit + 1, person=caller.id)
    page, following = cut(found, limit, lambda one: f"{one.urgency}_{one.id}")
    return Page(items=[ReviewOut.of(one) for one in page], next=following)


@router.get("/{review_id}", summary="Read a review")
def read_review(review_id: PathId, response: Response, desk: DeskDep, caller: Reader) -> ReviewOut:
    """Who works on it, and until when."""
    review = desk.product.lists.review(review_id)
    response.headers["ETag"] = f'"{review.version}"'
    return ReviewOut.of(review)


@router.post("/{review_id}/claim", summary="Claim it")
def claim(
    review_id: PathId, request: Request, response: Response, desk: DeskDep, caller: Person
) -> ReviewOut:
    """Yours alone for a quarter of an hour; claim it again to keep it longer."""
    once(request, lambda: desk.product.people.claim(review_id, caller.id))
    return read_review(review_id, response, desk, caller)


@router.post("/{review_id}/release", summary="Give it back")
def release(
    review_id: PathId, request: Request, response: Response, desk: DeskDep, caller: Person
) -> ReviewOut:
    """Somebody else may claim it."""
    once(request, lambda: desk.product.people.release(review_id, caller.id))
    return read_review(review_id, response, desk, caller)


@router.post("/{review_id}/verdict", summary="Decide it")
def judge(
    review_id: PathId,
    body: VerdictIn,
    request: Request,
    desk: DeskDep,
    caller: Person,
    if_match: Annotated[str | None, Header(alias="If-Match", description="The ETag that was read.")] = None,
) -> InspectionOut:
    """Accept at a grade, refuse with a reason, ask for a photo, or ask a second opinion."""
    version = version_of(if_match)
    people = desk.product.people
    once(request, lambda: people.judge(review_id, caller.id, body.verdict(), version=version))
    case, photos = desk.product.lists.inspection(desk.product.lists.review(review_id).inspection_id)
    return InspectionOut.of(case, photos)
