"""What webhooks are told, for the OpenAPI description: one envelope, and `data` by the event's type."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from api.bodies.ids import Id
from api.bodies.returns import Cents
from api.bodies.webhooks import EventId
from api.schemas import GradeName, Sha256
from inspection.verdict.findings import View

Data = TypeVar("Data", bound=BaseModel)
Seq = Annotated[int, Field(description="The entry of the record.", examples=[17])]


class Event(BaseModel, Generic[Data]):
    """The same bytes at every attempt; de-duplicate by `id`. `subject` is what it is about."""

    id: EventId
    type: str
    at: datetime
    subject: Id
    data: Data


class ReturnRequested(BaseModel):
    """A shopper's return was made."""

    return_id: Id
    reference: str | None


class InspectionOpened(BaseModel):
    """Photos can be sent."""

    inspection_id: Id
    line_id: Id | None


class InspectionSubmitted(BaseModel):
    """It waits for the model."""

    inspection_id: Id
    turn: int


class RecordOut(BaseModel):
    """An entry of the record: kept elsewhere, it shows later that nothing was cut off."""

    seq: Seq
    hash: Sha256


class InspectionDecided(BaseModel):
    """Software or a person decided, asks for a photo, or leaves it to a person: see `decision`."""

    inspection_id: Id
    line_id: Id | None
    turn: int
    decision: Literal["accept", "ask_for_photo", "review", "refuse"]
    grade: GradeName | None
    by: Literal["software", "person"]
    reason: str | None = Field(description="A person's words, for the shopper.")
    view: View | None = Field(description="What to photograph, where a photo is asked for.")
    record: RecordOut


class InspectionAppealed(BaseModel):
    """The shopper objected; another person will look."""

    inspection_id: Id
    record: Seq


class InspectionEnded(BaseModel):
    """Nobody came back with photos, or the shopper keeps the item."""

    inspection_id: Id


class ReviewOpened(BaseModel):
    """A person should look."""

    review_id: Id
    inspection_id: Id
    why: Literal["doubt", "appeal", "second_opinion"]


class ReviewLate(BaseModel):
    """Nobody has looked in time."""

    review_id: Id
    inspection_id: Id


class LinePaid(BaseModel):
    """What was paid for an item was noted."""

    return_id: Id
    line_id: Id
    cents: Cents
    record: Seq


class WebhookPing(BaseModel):
    """The endpoint's owner asked for a test."""

    webhook_id: Id
    asked_by: str = Field(examples=["key:019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"])


TOLD: dict[str, type[BaseModel]] = {
    "return.requested": ReturnRequested,
    "inspection.opened": InspectionOpened,
    "inspection.submitted": InspectionSubmitted,
    "inspection.decided": InspectionDecided,
    "inspection.appealed": InspectionAppealed,
    "inspection.expired": InspectionEnded,
    "inspection.withdrawn": InspectionEnded,
    "review.opened": ReviewOpened,
    "review.late": ReviewLate,
    "line.paid": LinePaid,
    "webhook.ping": WebhookPing,
}
"""`data` by the type of the event."""

router = APIRouter(tags=["events"])
_Text = Annotated[str, Header()]


def _described(type_: str, data: Any) -> None:
    def told(
        body: Event[data],
        webhook_id: Annotated[str, Header(description="The event's id, the same at every attempt.")],
        webhook_timestamp: Annotated[str, Header(description="Seconds since 1970; refuse what is old.")],
        webhook_signature: Annotated[str, Header(description="One or more, `v1,` and base64: verify one.")],
    ) -> None: ...

    router.add_api_route(
        type_,
        told,
        methods=["POST"],
        summary=type_,
        description=f"{data.__doc__} Signed as docs/webhooks.md says; answered 2xx within 10 seconds.",
        status_code=204,
        response_class=Response,
        response_description="Taken. Anything else is told again later; 410 ends it.",
    )


for _type, _data in TOLD.items():
    _described(_type, _data)
