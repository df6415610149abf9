"""Returns and their items."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inspection.returns.case import Line, Return
from inspection.returns.return_order import LineState

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")
]
Cents = Annotated[
    int, Field(ge=0, le=10**12, description="In cents of the return's currency.", examples=[4990])
]
Id = Annotated[str, Field(min_length=36, max_length=36, examples=["019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"])]


class In(BaseModel):
    """No member that we have no use for: a misspelt one would silently be missed."""

    model_config = ConfigDict(extra="forbid", strict=False)


class LineIn(In):
    """One item of a return."""

    title: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$")
    ]
    sku: Text | None = Field(
        default=None, description="Finds the photos of the undamaged item.", examples=["cup-1"]
    )
    reason: Text | None = Field(default=None, description="Why it comes back, in the shopper's words.")
    price_cents: Cents


class ReturnIn(In):
    """A shopper's request, as the shop knows it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "reference": "R-2026-000123",
                    "currency": "EUR",
                    "lines": [{"title": "A cup", "sku": "cup-1", "reason": "chipped", "price_cents": 1990}],
                }
            ]
        },
    )

    reference: Text | None = Field(
        default=None, description="Your own number, unique; a second one is refused."
    )
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
    lines: list[LineIn] = Field(min_length=1, max_length=100)

    def made(self, id_: str, now: datetime) -> Return:
        """With ids of its own: a line's is made of the return's and its place, so that it is made once."""
        lines = tuple(
            Line(
                id=f"{id_[:-4]}{position:04x}",
                return_id=id_,
                position=position,
                title=line.title,
                sku=line.sku,
                reason=line.reason,
                price_cents=line.price_cents,
            )
            for position, line in enumerate(self.lines, start=1)
        )
        return Return(id=id_, created_at=now, currency=self.currency, lines=lines, reference=self.reference)


class LineOut(BaseModel):
    """One item, and where it stands."""

    id: Id
    position: int = Field(examples=[1])
    title: str = Field(examples=["A cup"])
    sku: str | None = Field(examples=["cup-1"])
    reason: str | None = Field(examples=["chipped"])
    price_cents: Cents
    state: LineState
    decided_by: int | None = Field(description="The entry of the record that decided it.", examples=[None])
    paid_cents: int | None = Field(examples=[None])

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        """From what is kept."""
        return cls(
            id=line.id, position=line.position, title=line.title, sku=line.sku, reason=line.reason,
            price_cents=line.price_cents, state=line.state, decided_by=line.decided_by,
            paid_cents=line.paid_cents,
        )  # fmt: skip


class ReturnOut(BaseModel):
    """A return with its items."""

    id: Id
    created_at: datetime
    reference: str | None = Field(examples=["R-2026-000123"])
    currency: str = Field(examples=["EUR"])
    lines: list[LineOut]
    version: int = Field(description="Grows with every change; the ETag.", examples=[1])

    @classmethod
    def of(cls, made: Return) -> "ReturnOut":
        """From what is kept."""
        return cls(
            id=made.id, created_at=made.created_at, reference=made.reference, currency=made.currency,
            lines=[LineOut.of(line) for line in made.lines], version=made.version,
        )  # fmt: skip


class PaymentIn(In):
    """That somebody paid the shopper."""

    cents: Cents
