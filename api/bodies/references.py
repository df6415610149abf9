"""Photos of undamaged items."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.bodies.ids import Id
from api.schemas import Sha256
from inspection.ports import Reference, Source


class ReferenceOut(BaseModel):
    """One photo of an undamaged item."""

    id: Id
    sku: str = Field(examples=["cup-1"])
    sha256: Sha256
    source: Source
    added_at: datetime

    @classmethod
    def of(cls, reference: Reference) -> "ReferenceOut":
        """From what is kept."""
        return cls(
            id=reference.id, sku=reference.sku, sha256=reference.sha256, source=reference.source,
            added_at=reference.added_at,
        )  # fmt: skip
