"""Turns at an idempotency key have a token, keys a line; what is spent is known to every process."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Only new columns without a value, and a table: what is there holds on."""
    op.add_column("idempotency_keys", sa.Column("token", sa.String(36)))
    op.add_column("idempotency_keys", sa.Column("form_sha256", sa.String(64)))
    op.add_column("api_keys", sa.Column("line", sa.String(36)))
    op.create_table(
        "spent",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("spent_by_time", "spent", ["until"])


def downgrade() -> None:
    """Would let a signed-out session in again."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")
