"""Which photos have been kept for long enough."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, select

from inspection.returns.return_order import InspectionState
from inspection.store.tables import INSPECTION_PHOTOS, INSPECTIONS, PHOTOS, REFERENCE_PHOTOS

_UNDER_WAY = (InspectionState.OPEN, InspectionState.SUBMITTED, InspectionState.IN_REVIEW)


def photos(
    connection: Connection, now: datetime, unused_since: datetime | None, most: int
) -> tuple[str, ...]:
    """Those that never came, then those whose time is over, the oldest first."""
    alive = select(PHOTOS.c.sha256).where(PHOTOS.c.erased_at.is_(None)).limit(most)
    never = alive.where(PHOTOS.c.expires_at <= now).order_by(PHOTOS.c.expires_at)
    found = list(connection.execute(never).scalars())
    if unused_since is not None:
        over = alive.where(_over(unused_since)).order_by(PHOTOS.c.used_at)
        found += connection.execute(over).scalars()
    return tuple(dict.fromkeys(found))[:most]


def why(connection: Connection, sha256: str, now: datetime, unused_since: datetime | None) -> str | None:
    """What ends its time, if that still is so; `None` where it is used by now."""
    this = select(PHOTOS.c.sha256).where(PHOTOS.c.sha256 == sha256)
    if connection.execute(this.where(PHOTOS.c.expires_at <= now)).first() is not None:
        return "never used"
    if unused_since is None or connection.execute(this.where(_over(unused_since))).first() is None:
        return None
    return "retention"


def _over(unused_since: datetime) -> ColumnElement[bool]:
    shows = exists().where(
        REFERENCE_PHOTOS.c.sha256 == PHOTOS.c.sha256, REFERENCE_PHOTOS.c.removed_at.is_(None)
    )
    needed = INSPECTIONS.c.state.in_(_UNDER_WAY) | (INSPECTIONS.c.decided_at >= unused_since)
    has = exists().where(
        INSPECTION_PHOTOS.c.sha256 == PHOTOS.c.sha256,
        INSPECTION_PHOTOS.c.removed_at.is_(None),
        INSPECTIONS.c.id == INSPECTION_PHOTOS.c.inspection_id,
        needed,
    )
    return (PHOTOS.c.used_at < unused_since) & ~shows & ~has
