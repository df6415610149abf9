"""The queue of what waits for a person, and the verdict."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access.callers import Caller, Role, allow
from api.bodies.ids import PathId
from api.bodies.inspections import InspectionOut
from api.bodies.pages import Limit, Page, cut
from api.bodies.reviews import QueuedReviewOut, ReviewOut, VerdictIn
from api.deps import Desk, DeskDep
from api.earlier import Earlier
from api.etags import ActDep, Versioned, tagged
from api.routes.cases import told

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], route_class=Versioned)

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
Reader = Annotated[Caller, Depends(allow(Role.INSPECTOR, Role.SERVICE, scope="reviews"))]
Person = Annotated[Caller, Depends(allow(Role.INSPECTOR))]
"""A key is never a person: it reads the queue, and gives no verdict."""


@router.get("", summary="What waits for a person")
def queue(desk: DeskDep, caller: Reader, cursor: Cursor = None, limit: Limit = 50) -> Page[QueuedReviewOut]:
    """What is worth most to settle comes first; what you decided before is somebody else's now."""
    found = desk.product.lists.reviews(after=cursor, limit=limit + 1, person=caller.id)
    page, following = cut(found, limit, lambda one: f"{one.urgency}_{one.id}")
    return Page(items=[QueuedReviewOut.queued(one) for one in page], next=following)


@router.get("/{review_id}", summary="Read a review")
def read_review(review_id: PathId, response: Response, desk: DeskDep, caller: Reader) -> ReviewOut:
    """Who works on it, and until when; and which of its photos came with another return."""
    review = desk.product.lists.review(review_id)
    tagged(response, review.version)
    return ReviewOut.of(review, Earlier(desk.product).of(review))


@router.post("/{review_id}/claim", summary="Claim it")
def claim(review_id: PathId, act: ActDep, desk: DeskDep, caller: Person) -> ReviewOut:
    """Yours alone for a quarter of an hour; claim it again to keep it longer."""
    people = desk.product.people
    act.on(_standing(desk, review_id), lambda version: people.claim(review_id, caller.id, version=version))
    return read_review(review_id, act.response, desk, caller)


@router.post("/{review_id}/release", summary="Give it back")
def release(review_id: PathId, act: ActDep, desk: DeskDep, caller: Person) -> ReviewOut:
    """Somebody else may claim it."""
    people = desk.product.people
    act.on(_standing(desk, review_id), lambda version: people.release(review_id, caller.id, version=version))
    return read_review(review_id, act.response, desk, caller)


@router.post("/{review_id}/verdict", summary="Decide it")
def judge(review_id: PathId, body: VerdictIn, act: ActDep, desk: DeskDep, caller: Person) -> InspectionOut:
    """Accept at a grade, refuse with a reason, ask for a photo, or ask a second opinion.

    `If-Match` is the review's ETag; the answer, and its ETag, are the inspection's.
    """
    people = desk.product.people
    act.on(
        _standing(desk, review_id),
        lambda version: people.judge(review_id, caller.id, body.verdict(), version=version),
    )
    inspection_id = desk.product.lists.review(review_id).inspection_id
    act.response.headers["Content-Location"] = f"/v1/inspections/{inspection_id}"
    return told(desk, caller, inspection_id, act.response)


def _standing(desk: Desk, review_id: str) -> Callable[[], int]:
    return lambda: desk.product.lists.review(review_id).version
