"""An upload knows in which folder its bytes are; those of before are in the folder of whoever is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """One column, and the index by which the unfinished ones of an inspection are found."""
    op.add_column("uploads", sa.Column("place", sa.String(length=36)))
    op.create_index("uploads_of_an_inspection", "uploads", ["inspection_id", "sha256"])


def downgrade() -> None:
    """Loses nothing but where bytes are."""
    op.drop_index("uploads_of_an_inspection", table_name="uploads")
    op.drop_column("uploads", "place")
