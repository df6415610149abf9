"""Looks at items: their photos, what was said, who has to look."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from inspection.returns.return_order import InspectionState
from inspection.store.tables.base import GRADES, TABLES, only
from inspection.store.types import Canonical, Id, Sha256, UtcTime, holds, one_of
from inspection.verdict.answer import KINDS
from inspection.verdict.findings import View

LIVE = (InspectionState.OPEN, InspectionState.SUBMITTED, InspectionState.IN_REVIEW)
"""An item has one inspection in these states at most."""


INSPECTIONS = Table(
    "inspections",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("line_id", ForeignKey("return_lines.id")),  # none: classified by itself
    Column("created_at", UtcTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("turn", Integer, nullable=False, server_default="0"),  # how often it was submitted
    Column("asked", Integer, nullable=False, server_default="0"),  # photos asked for so far
    Column("price_cents", BigInteger),
    Column("submitted_at", UtcTime),
    Column("expires_at", UtcTime),
    Column("decision", String(20)),  # the latest: what is listed and searched by
    Column("grade", String(1)),
    Column("decided_at", UtcTime),
    Column("said", Text),  # what the person who decided last wrote for the shopper
    Column("asked_view", String(20)),
    Column("version", Integer, nullable=False, server_default="1"),
    one_of("state", InspectionState),
    one_of("decision", [*KINDS.values(), "refuse"]),
    one_of("grade", GRADES),
    one_of("asked_view", View),
    holds("counted_from_zero", "turn >= 0 AND asked >= 0"),
    holds("submitted_in_a_turn", "state NOT IN ('submitted', 'in_review', 'decided') OR turn >= 1"),
    holds("open_for_a_time", "state <> 'open' OR expires_at IS NOT NULL"),
    # COALESCE: a CHECK that comes out as NULL holds
    holds("decided_with_a_decision",
          "state <> 'decided' OR COALESCE(decision IN ('accept', 'refuse'), FALSE)"),
    holds("graded_if_accepted", "(COALESCE(decision, '') = 'accept') = (grade IS NOT NULL)"),
    holds("decided_at_a_time", "state <> 'decided' OR decided_at IS NOT NULL"),
    holds("inspection_price_not_negative", "price_cents IS NULL OR price_cents >= 0"),
    Index("inspections_by_time", "created_at", "id"),
    Index("inspections_of_a_line", "line_id"),
    Index("inspections_in_a_state", "state", "id"),
    Index("one_live_inspection", "line_id", unique=True,
          **only("state IN ('open', 'submitted', 'in_review')")),
    Index("inspections_waiting", "id", **only("state = 'submitted'")),
    Index("inspections_that_expire", "expires_at", **only("state = 'open'")),
)  # fmt: skip


INSPECTION_PHOTOS = Table(
    "inspection_photos",
    TABLES,
    Column("inspection_id", ForeignKey("inspections.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sha256", ForeignKey("photos.sha256"), nullable=False),
    Column("view", String(20)),
    Column("added_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("erased_at", UtcTime),  # this use; the photo itself goes with the last one
    one_of("view", View),
    Index("uses_of_a_photo", "sha256"),
    Index(
        "one_photo_once",
        "inspection_id",
        "sha256",
        unique=True,
        **only("removed_at IS NULL"),
    ),
)


LOOKS = Table(
    "looks",
    TABLES,
    Column("inspection_id", ForeignKey("inspections.id"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("bundle_sha256", Sha256, nullable=False),
    Column("policy", String(200), nullable=False),
    Column("body", Canonical, nullable=False),  # inspection.store.codec
    Column("compared_with", Canonical, nullable=False),  # hashes of the references, in order
    holds("turn_from_one", "turn >= 1"),
    Index("looks_by_time", "at", "inspection_id"),
)


REVIEWS = Table(
    "reviews",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("inspection_id", ForeignKey("inspections.id"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("why", String(20), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("late_at", UtcTime),  # when lateness was told, once
    Column("urgency", BigInteger, nullable=False),  # larger is sooner; store/reviews.py
    Column("claimed_by", String(200)),
    Column("claimed_until", UtcTime),
    Column("closed_at", UtcTime),
    Column("version", Integer, nullable=False, server_default="1"),
    one_of("why", ("doubt", "appeal", "second_opinion")),
    holds("claimed_for_a_time", "(claimed_by IS NULL) = (claimed_until IS NULL)"),
    Index(
        "one_open_review",
        "inspection_id",
        unique=True,
        **only("closed_at IS NULL"),
    ),
    Index("reviews_in_order", "urgency", "id", **only("closed_at IS NULL")),
    Index("reviews_that_become_late", "due_at", **only("closed_at IS NULL AND late_at IS NULL")),
)


REVIEW_BARRED = Table(  # who decided before, or objected: another pair of eyes looks
    "review_barred",
    TABLES,
    Column("review_id", ForeignKey("reviews.id"), primary_key=True),
    Column("person", String(200), primary_key=True),
)
