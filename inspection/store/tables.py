"""The schema: what must never be wrong is said here, not only in code. Migrations make it (`migrations/`).

returns ─< return_lines ─< inspections ─< inspection_photos
                               │  └────< looks           what the model said, whole, a turn
                               └───────< reviews ─< review_barred      waiting for a person
record                                                   the hash chain: what was decided, and by whom
events ─< deliveries >─ webhooks                         what others are told
photos ── fingerprints · reference_photos · uploads            by content hash
idempotency_keys · api_keys · spent · workers            who asked, and who works
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from inspection.returns.return_order import InspectionState, LineState
from inspection.store.types import Canonical, Id, Sha256, UtcTime, holds, one_of
from inspection.verdict.answer import KINDS
from inspection.verdict.findings import View
from inspection.verdict.grading import Grade

TABLES = MetaData()
GRADES = [grade.name for grade in Grade]
LIVE = (InspectionState.OPEN, InspectionState.SUBMITTED, InspectionState.IN_REVIEW)
"""An item has one inspection in these states at most."""


def only(condition: str) -> dict[str, Any]:
    """The rows that a partial index holds, on both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


RETURNS = Table(
    "returns",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("reference", String(200), unique=True),  # the merchant's own number
    Column("currency", String(3), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    holds("currency_is_a_code", "length(currency) = 3"),
    Index("returns_by_time", "created_at", "id"),
)

RETURN_LINES = Table(
    "return_lines",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("return_id", ForeignKey("returns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sku", String(200)),
    Column("title", String(500), nullable=False),
    Column("reason", String(200)),
    Column("price_cents", BigInteger, nullable=False),
    Column("state", String(20), nullable=False, server_default=LineState.AWAITING.value),
    Column("decided_by", ForeignKey("record.seq")),
    Column("grade", String(1)),  # what it was accepted at
    Column("paid_cents", BigInteger),
    UniqueConstraint("return_id", "position"),
    one_of("state", LineState),
    one_of("grade", GRADES),
    holds("price_not_negative", "price_cents >= 0"),
    # nothing is paid that was not accepted, by a decision, and never more than was paid for the item
    holds("decided_by_a_decision",
          "(state IN ('accepted', 'refused', 'paid')) = (decided_by IS NOT NULL)"),
    holds("accepted_at_a_grade", "(state IN ('accepted', 'paid')) = (grade IS NOT NULL)"),
    holds("paid_with_an_amount", "(state = 'paid') = (paid_cents IS NOT NULL)"),
    holds("paid_within_the_price", "paid_cents IS NULL OR (paid_cents >= 0 AND paid_cents <= price_cents)"),
)  # fmt: skip

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

RECORD = Table(
    "record",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("body", Canonical, nullable=False),
    Column("previous", Sha256, nullable=False, unique=True),  # no two entries follow one
    Column("hash", Sha256, nullable=False, unique=True),
    holds("seq_from_one", "seq >= 1"),
    Index("record_of_a_subject", "subject", "seq"),
)

PHOTOS = Table(
    "photos",
    TABLES,
    Column("sha256", Sha256, primary_key=True),
    Column("size", BigInteger),  # unknown of those kept before 0002
    Column("stored_at", UtcTime, nullable=False),  # when it came, or came again after its erasure
    Column("used_at", UtcTime),  # the latest use: its age counts from here; always set
    Column("expires_at", UtcTime),  # while it is on its way in: nothing uses it yet
    Column("erased_at", UtcTime),
    Column("cleared_at", UtcTime),  # when its files were looked for once more, long after the erasure
    holds("size_positive", "size > 0"),
    holds("named_by_a_hash", "length(sha256) = 64"),
    Index("photos_that_expire", "expires_at"),
    Index("photos_by_use", "used_at", **only("erased_at IS NULL")),
    Index("photos_to_clear", "erased_at", **only("cleared_at IS NULL")),
    Index("photos_by_time", "stored_at", "sha256"),
)

FINGERPRINTS = Table(
    "fingerprints",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("sha256", ForeignKey("photos.sha256"), nullable=False, unique=True),
    Column("pdq", LargeBinary, nullable=False),  # 32 bytes
    Column("quality", Integer, nullable=False),  # of the hash, 0 to 100
    Column("embedding", LargeBinary),  # float16 of unit length
    Column("bundle_sha256", Sha256),  # whose embedding it is
    Column("formerly", Canonical),  # numbers it had before: it moves to the end when it changes
    holds("pdq_has_256_bits", "length(pdq) = 32"),
)

REFERENCE_PHOTOS = Table(
    "reference_photos",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("sku", String(200), nullable=False),
    Column("sha256", ForeignKey("photos.sha256"), nullable=False),
    Column("source", String(20), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    one_of("source", ("catalogue", "dispatch", "return")),
    Index("references_of_a_photo", "sha256"),
    Index(
        "one_reference_once",
        "sku",
        "sha256",
        unique=True,
        **only("removed_at IS NULL"),
    ),
)

UPLOADS = Table(
    "uploads",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("inspection_id", ForeignKey("inspections.id"), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("sha256", Sha256),  # what the sender says it will be
    Column("view", String(20)),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("place", String(36)),  # the folder that its bytes are in, by that folder's own name
    one_of("view", View),
    holds("length_positive", "length > 0"),
    Index("uploads_that_expire", "expires_at"),
    Index("uploads_of_an_inspection", "inspection_id", "sha256"),
)

EVENTS = Table(
    "events",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("type", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Canonical, nullable=False),
    Index("events_by_time", "at", "id"),
)

WEBHOOKS = Table(
    "webhooks",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("types", Canonical, nullable=False),  # event types, or ["*"]
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
    Column("secret_version", Integer, nullable=False, server_default="1"),  # the secret is derived from it
    Column("failing_since", UtcTime),  # the first of the failures since anything arrived
    Column("version", Integer, nullable=False, server_default="1"),
)

DELIVERIES = Table(
    "deliveries",
    TABLES,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), primary_key=True),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("delivered_at", UtcTime),
    Column("given_up_at", UtcTime),
    Column("last_status", Integer),
    Column("last_error", String(500)),
    holds("delivered_or_given_up", "delivered_at IS NULL OR given_up_at IS NULL"),
    Index("deliveries_of_a_webhook", "webhook_id", "event_id"),
    Index("deliveries_not_arrived", "webhook_id", "event_id", **only("delivered_at IS NULL")),
)  # fmt: skip

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    TABLES,
    Column("caller", String(200), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_sha256", Sha256, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("locked_until", UtcTime, nullable=False),
    Column("token", Id),  # of the turn that holds it: none other answers, frees it or has its effect
    Column("made_id", Id, nullable=False),  # what a request makes gets this id, however often it is made
    Column("form_sha256", Sha256),  # of the form that the answer is for; ordinary bodies are in the first
    Column("done_at", UtcTime),  # its effect, noted in the effect's own transaction
    Column("status", Integer),
    Column("headers", Canonical),
    Column("body", LargeBinary),
    holds("an_answer_is_whole", "(status IS NULL) = (body IS NULL)"),
    Index("idempotency_keys_by_time", "created_at"),
)

API_KEYS = Table(
    "api_keys",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("secret_sha256", Sha256, nullable=False, unique=True),
    Column("scopes", Canonical, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("line", Id),  # the first of the keys that each replaced the one before
)

SPENT = Table(  # what is good once, or no more: sessions that ended, passes, answers to logins
    "spent",
    TABLES,
    Column("name", Sha256, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Index("spent_by_time", "until"),
)

WORKERS = Table(
    "workers",
    TABLES,
    Column("id", String(60), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("process", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("stopped", Boolean, nullable=False, server_default=text("false")),
)
