"""Fingerprints say which numbers they had before; photos are found by the time at which they came."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ERASED = -1


def upgrade() -> None:
    """Those that were erased have kept their last number in place of their hash."""
    op.add_column("fingerprints", sa.Column("formerly", sa.Text))
    op.create_index("photos_by_time", "photos", ["stored_at", "sha256"])
    connection = op.get_bind()
    erased = sa.text("SELECT seq, pdq FROM fingerprints WHERE quality = :erased")
    moved = sa.text("UPDATE fingerprints SET formerly = :formerly, pdq = :pdq WHERE seq = :seq")
    for row in connection.execute(erased, {"erased": _ERASED}).all():
        formerly = json.dumps([int.from_bytes(bytes(row.pdq), "big")])
        connection.execute(moved, {"formerly": formerly, "pdq": bytes(32), "seq": row.seq})


def downgrade() -> None:
    """Would lose which numbers are of nothing any more."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")
