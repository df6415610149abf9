"""An item is accepted or refused, by one live inspection; nothing is paid that was not accepted.

Who may not judge a review is a list, the record is only ever added to, and what is asked most has an index.
Cases that were carried over by 0002 get an entry of the record each, and a time when they run out.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from inspection.store.chain import append  # the record is continued as it always is
from inspection.store.codec import hash_of_look

revision = "0003"
down_revision = "0002"

OPEN_FOR = timedelta(days=14)
_TIME = sa.DateTime(timezone=True)
_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_VIEWS = "IN ('front', 'back', 'label', 'sole', 'close_up', 'packaging', 'serial')"
_LIVE = "state IN ('open', 'submitted', 'in_review')"
_GRADES = "grade IN ('E', 'D', 'C', 'B', 'A')"

LINES = {
    "state_known": "state IN ('awaiting', 'accepted', 'refused', 'paid', 'cancelled')",
    "grade_known": _GRADES,
    "price_not_negative": "price_cents >= 0",
    "decided_by_a_decision": "(state IN ('accepted', 'refused', 'paid')) = (decided_by IS NOT NULL)",
    "accepted_at_a_grade": "(state IN ('accepted', 'paid')) = (grade IS NOT NULL)",
    "paid_with_an_amount": "(state = 'paid') = (paid_cents IS NOT NULL)",
    "paid_within_the_price": "paid_cents IS NULL OR (paid_cents >= 0 AND paid_cents <= price_cents)",
}
INSPECTIONS = {
    "state_known": "state IN ('open', 'submitted', 'in_review', 'decided', 'expired', 'withdrawn')",
    "decision_known": "decision IN ('accept', 'ask_for_photo', 'review', 'refuse')",
    "grade_known": _GRADES,
    "asked_view_known": f"asked_view {_VIEWS}",
    "counted_from_zero": "turn >= 0 AND asked >= 0",
    "submitted_in_a_turn": "state NOT IN ('submitted', 'in_review', 'decided') OR turn >= 1",
    "open_for_a_time": "state <> 'open' OR expires_at IS NOT NULL",
    "decided_with_a_decision": "state <> 'decided' OR COALESCE(decision IN ('accept', 'refuse'), FALSE)",
    "graded_if_accepted": "(COALESCE(decision, '') = 'accept') = (grade IS NOT NULL)",
    "decided_at_a_time": "state <> 'decided' OR decided_at IS NOT NULL",
    "inspection_price_not_negative": "price_cents IS NULL OR price_cents >= 0",
}


def upgrade() -> None:
    """What stands first, so that the new rules hold of it."""
    connection = op.get_bind()
    expired = _mend(connection)
    decided = _decided(connection)
    if connection.dialect.name == "sqlite":
        _remake_lines(connection, decided)
        _remake_inspections()
    else:
        _alter_lines(connection, decided)
        _alter_inspections()
    _bar(connection)
    _index()
    _guard_the_record(connection)
    _enter_the_carried(connection)
    for id_ in expired:
        told = {"turn": 0, "another_is_under_way": True}
        append(connection, at=datetime.now(UTC), kind="expired", subject=id_, actor="software", body=told)


def downgrade() -> None:
    """Would lose who decided what."""
    raise NotImplementedError("records are not thrown away: restore a backup instead")


def _mend(connection: sa.Connection) -> list[str]:
    """An item has one live inspection: the one that came farthest, else the newest. None is open for ever.

    Returns those that ended for it.
    """
    connection.execute(
        sa.text("UPDATE inspections SET grade = NULL WHERE COALESCE(decision, '') <> 'accept'")
    )
    inspections = sa.table("inspections", *(sa.column(name) for name in ("id", "state", "line_id")),
                           sa.column("expires_at", _TIME))  # fmt: skip
    forever = (inspections.c.state == "open") & inspections.c.expires_at.is_(None)
    connection.execute(sa.update(inspections).where(forever).values(expires_at=datetime.now(UTC) + OPEN_FOR))
    live = connection.execute(
        sa.text(
            f"SELECT id, line_id FROM inspections WHERE line_id IS NOT NULL AND {_LIVE} ORDER BY line_id,"  # noqa: S608
            " CASE state WHEN 'in_review' THEN 1 WHEN 'submitted' THEN 2 ELSE 3 END, id DESC"
        )
    ).all()
    seen: set[str] = set()
    expired = []
    for one in live:
        if one.line_id in seen:
            expired.append(str(one.id))
            connection.execute(
                sa.text("UPDATE inspections SET state = 'expired', expires_at = NULL WHERE id = :id"),
                {"id": one.id},
            )
            connection.execute(
                sa.text("UPDATE reviews SET closed_at = opened_at, claimed_by = NULL, claimed_until = NULL"
                        " WHERE inspection_id = :id AND closed_at IS NULL"),
                {"id": one.id},
            )  # fmt: skip
        seen.add(one.line_id)
    return expired


def _decided(connection: sa.Connection) -> dict[str, tuple[str, str | None]]:
    """Items that were decided: how they stand now, and at which grade they were accepted."""
    rows = connection.execute(
        sa.text(
            "SELECT return_lines.id, return_lines.state, record.body FROM return_lines"
            " JOIN record ON record.seq = return_lines.decided_by"
        )
    )
    found: dict[str, tuple[str, str | None]] = {}
    for row in rows:
        told = json.loads(row.body)
        refused = told.get("decision") == "refuse"
        if refused and row.state == "paid":
            raise RuntimeError(
                f"Item {row.id} was refused and paid all the same. Settle that with whoever paid it, set its"
                " state back to 'decided' by hand, and start again."
            )
        state = {"decided": "refused" if refused else "accepted"}.get(row.state, row.state)
        found[row.id] = (state, None if refused or state == "cancelled" else told.get("grade"))
    return found


def _checks(rules: Mapping[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(rule, name=name) for name, rule in rules.items()]


def _remake_lines(connection: sa.Connection, decided: Mapping[str, tuple[str, str | None]]) -> None:
    """SQLite changes no rule of a table that is there."""
    op.rename_table("return_lines", "return_lines_before")
    op.create_table(
        "return_lines",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("return_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(200)),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("reason", sa.String(200)),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), server_default="awaiting", nullable=False),
        sa.Column("decided_by", _SEQ),
        sa.Column("grade", sa.String(1)),
        sa.Column("paid_cents", sa.BigInteger()),
        *_checks(LINES),
        sa.ForeignKeyConstraint(["decided_by"], ["record.seq"]),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("return_id", "position"),
    )
    names = "id, return_id, position, sku, title, reason, price_cents, decided_by, paid_cents"
    values = ", ".join(f":{name}" for name in names.split(", "))
    for row in connection.execute(sa.text("SELECT * FROM return_lines_before")).mappings().all():
        state, grade = decided.get(row["id"], (row["state"], None))
        told: dict[str, Any] = {**row, "state": state, "grade": grade}
        if state == "cancelled":
            told["decided_by"] = None
        connection.execute(
            sa.text(f"INSERT INTO return_lines ({names}, state, grade) VALUES ({values}, :state, :grade)"),  # noqa: S608 names of our own
            told,
        )
    op.drop_table("return_lines_before")


def _remake_inspections() -> None:
    for name in ("by_time", "of_a_line", "that_expire", "waiting"):
        op.drop_index(f"inspections_{name}", table_name="inspections")
    op.rename_table("inspections", "inspections_before")
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("line_id", sa.String(36)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("price_cents", sa.BigInteger()),
        sa.Column("submitted_at", _TIME),
        sa.Column("expires_at", _TIME),
        sa.Column("decision", sa.String(20)),
        sa.Column("grade", sa.String(1)),
        sa.Column("decided_at", _TIME),
        sa.Column("said", sa.Text()),
        sa.Column("asked_view", sa.String(20)),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *_checks(INSPECTIONS),
        sa.ForeignKeyConstraint(["line_id"], ["return_lines.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    names = (
        "id, line_id, created_at, state, turn, asked, price_cents, submitted_at, expires_at, decision,"
        " grade, decided_at, version"
    )
    op.execute(f"INSERT INTO inspections ({names}) SELECT {names} FROM inspections_before")  # noqa: S608
    op.drop_table("inspections_before")
    op.create_index("inspections_by_time", "inspections", ["created_at", "id"])
    op.create_index("inspections_of_a_line", "inspections", ["line_id"])
    _partial("inspections_that_expire", "inspections", ["expires_at"], "state = 'open'")
    _partial("inspections_waiting", "inspections", ["id"], "state = 'submitted'")


def _alter_lines(connection: sa.Connection, decided: Mapping[str, tuple[str, str | None]]) -> None:
    op.add_column("return_lines", sa.Column("grade", sa.String(1)))
    for name in ("state_known", "decided_by_a_decision"):
        op.drop_constraint(name, "return_lines", type_="check")
    for id_, (state, grade) in decided.items():
        connection.execute(
            sa.text("UPDATE return_lines SET state = :state, grade = :grade WHERE id = :id"),
            {"id": id_, "state": state, "grade": grade},
        )
    op.execute("UPDATE return_lines SET decided_by = NULL WHERE state = 'cancelled'")
    for name in ("state_known", "grade_known", "decided_by_a_decision", "accepted_at_a_grade"):
        op.create_check_constraint(name, "return_lines", LINES[name])


def _alter_inspections() -> None:
    op.add_column("inspections", sa.Column("said", sa.Text()))
    op.add_column("inspections", sa.Column("asked_view", sa.String(20)))
    op.drop_constraint("decided_with_a_decision", "inspections", type_="check")
    for name in (
        "asked_view_known", "counted_from_zero", "open_for_a_time", "decided_with_a_decision",
        "graded_if_accepted",
    ):  # fmt: skip
        op.create_check_constraint(name, "inspections", INSPECTIONS[name])


def _bar(connection: sa.Connection) -> None:
    op.create_table(
        "review_barred",
        sa.Column("review_id", sa.String(36), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"]),
        sa.PrimaryKeyConstraint("review_id", "person"),
    )
    connection.execute(
        sa.text("INSERT INTO review_barred (review_id, person)"
                " SELECT id, not_by FROM reviews WHERE not_by IS NOT NULL")
    )  # fmt: skip
    op.drop_column("reviews", "not_by")


def _index() -> None:
    op.create_index("inspections_in_a_state", "inspections", ["state", "id"])
    _partial("one_live_inspection", "inspections", ["line_id"], _LIVE, unique=True)
    op.drop_index("reviews_in_order", table_name="reviews")
    _partial("reviews_in_order", "reviews", ["urgency", "id"], "closed_at IS NULL")
    waits = "closed_at IS NULL AND late_at IS NULL"
    _partial("reviews_that_become_late", "reviews", ["due_at"], waits)


def _partial(name: str, table: str, columns: list[Any], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


_ONLY_ADDED_TO = "the record is only ever added to"


def _guard_the_record(connection: sa.Connection) -> None:
    """By the database itself: a mistake or a stray statement changes no entry. Its owner can undo this."""
    if connection.dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER record_no_{what.lower()} BEFORE {what} ON record"
                f" BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED_TO}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION record_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED_TO}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for what, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER record_no_{what.lower()} BEFORE {what} ON record"
            f" FOR EACH {each} EXECUTE FUNCTION record_is_only_added_to()"
        )


def _enter_the_carried(connection: sa.Connection) -> None:
    """What was decided before there was a record, as it stands: from here on nobody can change it unseen."""
    carried = connection.execute(
        sa.text(
            "SELECT inspections.id, inspections.decision, inspections.grade, looks.body, looks.compared_with"
            " FROM inspections JOIN looks ON looks.inspection_id = inspections.id AND looks.turn = 1"
            " WHERE inspections.decision IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM record WHERE record.subject = inspections.id AND record.kind = 'decision')"
        )
    )
    for row in carried.all():
        look = hash_of_look(json.loads(row.body), json.loads(row.compared_with))
        told = {"turn": 1, "decision": row.decision, "grade": row.grade, "look": look, "carried_over": True}
        append(connection, at=datetime.now(UTC), kind="decision", subject=row.id, actor="software", body=told)
