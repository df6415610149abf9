"""Since when an endpoint has done nothing but fail: after some days it is told nothing more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Of those that are there nothing is known: counted from their next failure."""
    op.add_column("webhooks", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """It is only remembered, never needed."""
    op.drop_column("webhooks", "failing_since")
