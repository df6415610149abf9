"""The shopper's request, and the items of it."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from inspection.returns.return_order import LineState
from inspection.store.tables.base import GRADES, TABLES
from inspection.store.types import Id, UtcTime, holds, one_of

RETURNS = Table(
    "returns",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("reference", String(200), unique=True),  # the merchant's own number
    Column("currency", String(3), nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    holds("currency_is_a_code", "length(currency) = 3"),
    Index("returns_by_time", "created_at", "id"),
)


RETURN_LINES = Table(
    "return_lines",
    TABLES,
    Column("id", Id, primary_key=True),
    Column("return_id", ForeignKey("returns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("sku", String(200)),
    Column("title", String(500), nullable=False),
    Column("reason", String(200)),
    Column("price_cents", BigInteger, nullable=False),
    Column("state", String(20), nullable=False, server_default=LineState.AWAITING.value),
    Column("decided_by", ForeignKey("record.seq")),
    Column("grade", String(1)),  # what it was accepted at
    Column("paid_cents", BigInteger),
    UniqueConstraint("return_id", "position"),
    one_of("state", LineState),
    one_of("grade", GRADES),
    holds("price_not_negative", "price_cents >= 0"),
    # nothing is paid that was not accepted, by a decision, and never more than was paid for the item
    holds("decided_by_a_decision",
          "(state IN ('accepted', 'refused', 'paid')) = (decided_by IS NOT NULL)"),
    holds("accepted_at_a_grade", "(state IN ('accepted', 'paid')) = (grade IS NOT NULL)"),
    holds("paid_with_an_amount", "(state = 'paid') = (paid_cents IS NOT NULL)"),
    holds("paid_within_the_price", "paid_cents IS NULL OR (paid_cents >= 0 AND paid_cents <= price_cents)"),
)  # fmt: skip
