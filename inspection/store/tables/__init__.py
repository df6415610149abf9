"""The schema: what must never be wrong is said here, not only in code. Migrations make it (`migrations/`).

returns ─< return_lines ─< inspections ─< inspection_photos
                               │  └────< looks           what the model said, whole, a turn
                               └───────< reviews ─< review_barred      waiting for a person
record                                                   the hash chain: what was decided, and by whom
events ─< deliveries >─ webhooks                         what others are told
photos ── fingerprints · reference_photos · uploads            by content hash
idempotency_keys · api_keys · spent · workers            who asked, and who works
"""

from inspection.store.tables.asking import API_KEYS, IDEMPOTENCY_KEYS, SPENT
from inspection.store.tables.base import GRADES, TABLES, only
from inspection.store.tables.inspections import (
    INSPECTION_PHOTOS,
    INSPECTIONS,
    LIVE,
    LOOKS,
    REVIEW_BARRED,
    REVIEWS,
)
from inspection.store.tables.photos import FINGERPRINTS, PHOTOS, REFERENCE_PHOTOS, UPLOADS
from inspection.store.tables.record import RECORD
from inspection.store.tables.returns import RETURN_LINES, RETURNS
from inspection.store.tables.telling import DELIVERIES, EVENTS, WEBHOOKS
from inspection.store.tables.work import WORKERS

__all__ = [
    "API_KEYS",
    "DELIVERIES",
    "EVENTS",
    "FINGERPRINTS",
    "GRADES",
    "IDEMPOTENCY_KEYS",
    "INSPECTIONS",
    "INSPECTION_PHOTOS",
    "LIVE",
    "LOOKS",
    "PHOTOS",
    "RECORD",
    "REFERENCE_PHOTOS",
    "RETURNS",
    "RETURN_LINES",
    "REVIEWS",
    "REVIEW_BARRED",
    "SPENT",
    "TABLES",
    "UPLOADS",
    "WEBHOOKS",
    "WORKERS",
    "only",
]
