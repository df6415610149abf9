"""A photo's life: when it was used last, which uses were erased, whose files may still lie there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ALIVE = sa.text("erased_at IS NULL")
_NOT_CLEARED = sa.text("cleared_at IS NULL")
_LATEST_USE = """
UPDATE photos SET used_at = (
  SELECT MAX(at) FROM (
    SELECT photos.stored_at AS at
    UNION ALL SELECT added_at FROM inspection_photos WHERE inspection_photos.sha256 = photos.sha256
    UNION ALL SELECT added_at FROM reference_photos WHERE reference_photos.sha256 = photos.sha256
  ) AS uses
)
"""
_ERASED_USES = """
UPDATE inspection_photos SET
  erased_at = (SELECT erased_at FROM photos WHERE photos.sha256 = inspection_photos.sha256),
  removed_at = COALESCE(
    removed_at, (SELECT erased_at FROM photos WHERE photos.sha256 = inspection_photos.sha256)
  )
WHERE sha256 IN (SELECT sha256 FROM photos WHERE erased_at IS NOT NULL)
"""


def upgrade() -> None:
    """SQLite adds no column that must not be NULL: `used_at` is filled here, and by all code since."""
    op.add_column("photos", sa.Column("used_at", sa.DateTime(timezone=True)))
    op.add_column("photos", sa.Column("cleared_at", sa.DateTime(timezone=True)))
    op.add_column("inspection_photos", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.create_index("uses_of_a_photo", "inspection_photos", ["sha256"])
    op.create_index("references_of_a_photo", "reference_photos", ["sha256"])
    op.execute(_LATEST_USE)
    op.execute(_ERASED_USES)
    op.create_index("photos_by_use", "photos", ["used_at"], sqlite_where=_ALIVE, postgresql_where=_ALIVE)
    op.create_index(
        "photos_to_clear", "photos", ["erased_at"], sqlite_where=_NOT_CLEARED, postgresql_where=_NOT_CLEARED
    )


def downgrade() -> None:
    """Would forget which uses were erased."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")
