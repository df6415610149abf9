"""A heat map shows where on a picture something was: it goes with the picture."""

from typing import Any

from sqlalchemy import Connection, Select, select, update

from inspection.store.tables import INSPECTION_PHOTOS, LOOKS


def forget_heat(connection: Connection, sha256: str, within: Select[Any] | None = None) -> None:
    """Of this photo, in all looks or in those `within` some inspections."""
    of_it = select(INSPECTION_PHOTOS.c.inspection_id).where(INSPECTION_PHOTOS.c.sha256 == sha256)
    wanted = select(LOOKS).where(LOOKS.c.inspection_id.in_(of_it))
    if within is not None:
        wanted = wanted.where(LOOKS.c.inspection_id.in_(within))
    in_order = wanted.order_by(LOOKS.c.inspection_id, LOOKS.c.turn).with_for_update()
    for look in connection.execute(in_order).mappings().all():
        same = (LOOKS.c.inspection_id == look["inspection_id"]) & (LOOKS.c.turn == look["turn"])
        connection.execute(update(LOOKS).where(same).values(body=_without(look["body"], sha256)))


def _without(body: Any, sha256: str) -> Any:
    inspection = body["inspection"]
    names = {photo["id"] for photo in inspection["photos"] if photo["sha256"] == sha256}
    for reading in inspection["reading"]["photos"]:
        if reading["photo"] in names:
            reading["heat"] = None
    return body
