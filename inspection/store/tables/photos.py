"""Photos by the hash of their content: kept, compared, on their way."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from inspection.store.tables.base import TABLES, only
from inspection.store.types import Canonical, Id, Sha256, UtcTime, holds, one_of
from inspection.verdict.findings import View

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
