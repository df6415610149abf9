"""One table of inspections, as it was made before there were migrations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Only on a database that has nothing yet."""
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("grade", sa.String()),
        sa.Column("bundle_sha256", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.CheckConstraint("decision IN ('accept', 'ask_for_photo', 'review')", name="decision_known"),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D', 'E')", name="grade_known"),
    )
    op.create_index("inspections_by_time", "inspections", ["at", "id"])


def downgrade() -> None:
    """There is nothing before it."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")
