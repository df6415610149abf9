"""Photos of undamaged items, by the shop's own item number: what inspections are compared with."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from api.access.callers import Caller, Role, allow
from api.bodies.ids import PathId
from api.bodies.pages import Cursor, Limit, Page, cut
from api.bodies.references import ReferenceOut
from api.deps import DeskDep, FormDep
from api.documented import PHOTOS_FORM
from api.once import Idempotent
from inspection.errors import NoPhotos
from inspection.ports import Source

router = APIRouter(prefix="/v1/references", tags=["references"], route_class=Idempotent)

Shop = Annotated[Caller, Depends(allow(Role.SERVICE, Role.SCIENTIST, scope="references"))]
Sku = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", examples=["cup-1"])]


@router.post("", summary="Add photos of an undamaged item", status_code=201, openapi_extra=PHOTOS_FORM)
async def add_references(
    sku: Sku, desk: DeskDep, caller: Shop, form: FormDep, source: Source = "catalogue"
) -> list[ReferenceOut]:
    """1 to 20 photos in the field `photos`; one that is there already is not added again."""
    if not form.photos:
        raise NoPhotos
    reads = [photo.read for photo in form.photos]
    made = await run_in_threadpool(desk.product.catalogue.add, sku, source, reads)
    return [ReferenceOut.of(one) for one in made]


@router.get("", summary="List them")
def list_references(
    sku: Sku, desk: DeskDep, caller: Shop, cursor: Cursor = None, limit: Limit = 50
) -> Page[ReferenceOut]:
    """Of one item, the newest first."""
    found = desk.product.catalogue.references.of(sku, after=cursor, limit=limit + 1)
    page, following = cut(found, limit, lambda one: one.id)
    return Page(items=[ReferenceOut.of(one) for one in page], next=following)


@router.delete("/{reference_id}", summary="Remove one", status_code=204)
def remove_reference(reference_id: PathId, desk: DeskDep, caller: Shop) -> None:
    """Nothing is compared with it any more; what was, can still be replayed."""
    desk.product.catalogue.references.remove(reference_id)
