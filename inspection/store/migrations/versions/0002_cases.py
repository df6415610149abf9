"""Returns, reviews, the record, webhooks, keys: an inspection is a case with turns, photos and a history.

What was inspected before keeps its id: it is a case of one turn, whose look is what was recorded then.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """All new tables, then what was kept before."""
    op.drop_index("inspections_by_time", table_name="inspections")
    op.rename_table("inspections", "inspections_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX inspections_pkey RENAME TO inspections_before_pkey")
    _create()
    _carry_over()
    op.drop_table("inspections_before")


def downgrade() -> None:
    """Would lose cases and their history."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")


def _carry_over() -> None:
    """Raw values: times and words are stored as they were."""
    connection = op.get_bind()
    before = connection.execute(
        sa.text("SELECT id, at, decision, grade, bundle_sha256, policy, body FROM inspections_before")
    ).mappings()
    for row in list(before):
        body = json.loads(row["body"]) if isinstance(row["body"], str) else row["body"]
        _case(connection, row)
        _photos(connection, row, body["inspection"]["photos"])
        connection.execute(
            sa.text(
                "INSERT INTO looks (inspection_id, turn, at, bundle_sha256, policy, body, compared_with)"
                " VALUES (:id, 1, :at, :bundle_sha256, :policy, :body, '[]')"
            ),
            {**row, "body": json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)},
        )


_STATES = {"accept": "decided", "ask_for_photo": "open", "review": "in_review"}


def _case(connection: sa.Connection, row: sa.RowMapping) -> None:
    decided = row["at"] if row["decision"] == "accept" else None
    connection.execute(
        sa.text(
            "INSERT INTO inspections"
            " (id, created_at, state, turn, asked, submitted_at, decision, grade, decided_at)"
            " VALUES (:id, :at, :state, 1, :asked, :at, :decision, :grade, :decided)"
        ),
        {
            **row,
            "state": _STATES[row["decision"]],
            "asked": int(row["decision"] == "ask_for_photo"),
            "decided": decided,
        },
    )
    if row["decision"] == "review":
        connection.execute(
            sa.text(
                "INSERT INTO reviews (id, inspection_id, turn, why, opened_at, due_at, late_at, urgency)"
                " VALUES (:id, :id, 1, 'doubt', :at, :at, :at, 0)"
            ),
            {"id": row["id"], "at": row["at"]},
        )


def _photos(connection: sa.Connection, row: sa.RowMapping, photos: list[dict[str, str]]) -> None:
    for position, photo in enumerate(photos, start=1):
        told = {"sha256": photo["sha256"], "at": row["at"], "id": row["id"], "position": position}
        connection.execute(
            sa.text("INSERT INTO photos (sha256, stored_at) VALUES (:sha256, :at) ON CONFLICT DO NOTHING"),
            told,
        )
        connection.execute(
            sa.text(
                "INSERT INTO inspection_photos (inspection_id, position, sha256, view, added_at)"
                " VALUES (:id, :position, :sha256, :view, :at)"
            ),
            {**told, "view": photo.get("view")},
        )


def _create() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_sha256"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_by_time", "events", ["at", "id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_id", sa.String(length=36), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(status IS NULL) = (body IS NULL)", name="an_answer_is_whole"),
        sa.PrimaryKeyConstraint("caller", "key"),
    )
    op.create_index("idempotency_keys_by_time", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "photos",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name="named_by_a_hash"),
        sa.CheckConstraint("size > 0", name="size_positive"),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("photos_that_expire", "photos", ["expires_at"], unique=False)
    op.create_table(
        "record",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq >= 1", name="seq_from_one"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("previous"),
    )
    op.create_index("record_of_a_subject", "record", ["subject", "seq"], unique=False)
    op.create_table(
        "returns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(currency) = 3", name="currency_is_a_code"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("returns_by_time", "returns", ["created_at", "id"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.CheckConstraint("delivered_at IS NULL OR given_up_at IS NULL", name="delivered_or_given_up"),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.id"],
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
        ),
        sa.PrimaryKeyConstraint("event_id", "webhook_id"),
    )
    op.create_table(
        "fingerprints",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pdq", sa.LargeBinary(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=True),
        sa.Column("bundle_sha256", sa.String(length=64), nullable=True),
        sa.CheckConstraint("length(pdq) = 32", name="pdq_has_256_bits"),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["photos.sha256"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "reference_photos",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('catalogue', 'dispatch', 'return')", name="source_known"),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["photos.sha256"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_reference_once",
        "reference_photos",
        ["sku", "sha256"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "return_lines",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("return_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=200), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="awaiting", nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("paid_cents", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'paid') = (paid_cents IS NOT NULL)", name="paid_with_an_amount"),
        sa.CheckConstraint("state IN ('awaiting', 'decided', 'paid', 'cancelled')", name="state_known"),
        sa.CheckConstraint(
            "state NOT IN ('decided', 'paid') OR decided_by IS NOT NULL", name="decided_by_a_decision"
        ),
        sa.CheckConstraint(
            "paid_cents IS NULL OR (paid_cents >= 0 AND paid_cents <= price_cents)",
            name="paid_within_the_price",
        ),
        sa.CheckConstraint("price_cents >= 0", name="price_not_negative"),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["record.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["return_id"],
            ["returns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("return_id", "position"),
    )
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("line_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "decision IN ('accept', 'ask_for_photo', 'review', 'refuse')", name="decision_known"
        ),
        sa.CheckConstraint("grade IN ('E', 'D', 'C', 'B', 'A')", name="grade_known"),
        sa.CheckConstraint("state <> 'decided' OR decision IS NOT NULL", name="decided_with_a_decision"),
        sa.CheckConstraint("state <> 'decided' OR decided_at IS NOT NULL", name="decided_at_a_time"),
        sa.CheckConstraint(
            "state IN ('open', 'submitted', 'in_review', 'decided', 'expired', 'withdrawn')",
            name="state_known",
        ),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'in_review', 'decided') OR turn >= 1", name="submitted_in_a_turn"
        ),
        sa.CheckConstraint("price_cents IS NULL OR price_cents >= 0", name="inspection_price_not_negative"),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["return_lines.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("inspections_by_time", "inspections", ["created_at", "id"], unique=False)
    op.create_index("inspections_of_a_line", "inspections", ["line_id"], unique=False)
    op.create_index(
        "inspections_that_expire",
        "inspections",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "inspection_photos",
        sa.Column("inspection_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("view", sa.String(length=20), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "view IN ('front', 'back', 'label', 'sole', 'close_up', 'packaging', 'serial')", name="view_known"
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["photos.sha256"],
        ),
        sa.PrimaryKeyConstraint("inspection_id", "position"),
    )
    op.create_index(
        "one_photo_once",
        "inspection_photos",
        ["inspection_id", "sha256"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "looks",
        sa.Column("inspection_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle_sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("compared_with", sa.Text(), nullable=False),
        sa.CheckConstraint("turn >= 1", name="turn_from_one"),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
        ),
        sa.PrimaryKeyConstraint("inspection_id", "turn"),
    )
    op.create_index("looks_by_time", "looks", ["at", "inspection_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inspection_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("urgency", sa.BigInteger(), nullable=False),
        sa.Column("not_by", sa.String(length=200), nullable=True),
        sa.Column("claimed_by", sa.String(length=200), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("why IN ('doubt', 'appeal', 'second_opinion')", name="why_known"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claimed_for_a_time"),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_review",
        "reviews",
        ["inspection_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("reviews_in_order", "reviews", ["closed_at", "urgency", "id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("inspection_id", sa.String(length=36), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("view", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "view IN ('front', 'back', 'label', 'sole', 'close_up', 'packaging', 'serial')", name="view_known"
        ),
        sa.CheckConstraint("length > 0", name="length_positive"),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["inspections.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uploads_that_expire", "uploads", ["expires_at"], unique=False)
    op.create_index(
        "inspections_waiting",
        "inspections",
        ["id"],
        sqlite_where=sa.text("state = 'submitted'"),
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index("deliveries_of_a_webhook", "deliveries", ["webhook_id", "event_id"])
    op.create_index(
        "deliveries_not_arrived",
        "deliveries",
        ["webhook_id", "event_id"],
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    )
