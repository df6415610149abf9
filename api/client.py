"""A thin, typed client of the HTTP API, for Python: `pip install 'inspection[client]'`.

    with Client("https://inspection.example", key="isk_…") as client:
        lines = [LineIn(title="A cup", price_cents=1990)]
        made = client.request_return(ReturnIn(currency="EUR", lines=lines))
        inspection = client.open(line_id=made.lines[0].id)
        client.add_photo(inspection.id, Path("cup.jpg").read_bytes())
        client.submit(inspection.id)
        print(client.wait(inspection.id).decision)

Every POST goes out under an Idempotency-Key of its own and is sent again until it is answered, so that a
bad network makes nothing twice. What is refused is raised as `Refused`, with the problem's code.
"""

import random
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from api.bodies.inspections import EntryOut, InspectionOut, PhotoOut
from api.bodies.references import ReferenceOut
from api.bodies.returns import ReturnIn, ReturnOut
from api.bodies.reviews import ReviewOut, VerdictIn
from api.schemas import AnswerOut
from inspection.ports import Source
from inspection.verdict.findings import View

Model = TypeVar("Model", bound=BaseModel)
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refused(Exception):
    """A problem (RFC 9457): `code` is stable, `detail` is for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail


class Client:
    """`key` is an API key or a link's token. Not for several threads at once."""

    def __init__(
        self, address: str, *, key: str | None = None, timeout: float = 30, patience: float = 120
    ) -> None:
        """`timeout` is a request's, `patience` how long one is sent again; both in seconds."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout)
        self._patience = patience

    def __enter__(self) -> "Client":
        """For `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Closes its connections."""
        self._http.close()

    def request_return(self, body: ReturnIn) -> ReturnOut:
        """A shopper's request, with its items."""
        return self._read(ReturnOut, self._post("/v1/returns", json=body.model_dump(mode="json")))

    def return_(self, return_id: str) -> ReturnOut:
        """As it stands."""
        return self._read(ReturnOut, self._get(f"/v1/returns/{return_id}"))

    def returns(self, *, reference: str | None = None) -> Iterator[ReturnOut]:
        """The newest first, all of them, page by page."""
        yield from self._pages(ReturnOut, "/v1/returns", {"reference": reference})

    def pay(self, return_id: str, line_id: str, cents: int) -> ReturnOut:
        """Note what was paid for an item that was decided."""
        path = f"/v1/returns/{return_id}/lines/{line_id}/payment"
        return self._read(ReturnOut, self._post(path, json={"cents": cents}))

    def open(self, *, line_id: str | None = None, price_cents: int | None = None) -> InspectionOut:
        """A new inspection, of a return's item or by itself."""
        body = {"line_id": line_id, "price_cents": price_cents}
        return self._read(InspectionOut, self._post("/v1/inspections", json=body))

    def add_photo(self, inspection_id: str, photo: bytes, *, view: View | None = None) -> PhotoOut:
        """Whole, in one request; phones use tus (docs/uploads.md)."""
        data = {"view": view.value} if view else {}
        path = f"/v1/inspections/{inspection_id}/photos"
        answer = self._post(path, files={"photo": ("photo", photo)}, data=data)
        return self._read(PhotoOut, answer)

    def submit(self, inspection_id: str) -> InspectionOut:
        """No more photos for now."""
        return self._read(InspectionOut, self._post(f"/v1/inspections/{inspection_id}/submit"))

    def inspection(self, inspection_id: str) -> InspectionOut:
        """As it stands."""
        return self._read(InspectionOut, self._get(f"/v1/inspections/{inspection_id}"))

    def wait(self, inspection_id: str, *, seconds: float = 120) -> InspectionOut:
        """Until software has looked. Raises `TimeoutError`; webhooks are kinder than waiting."""
        until = time.monotonic() + seconds
        while (inspection := self.inspection(inspection_id)).state == "submitted":
            if time.monotonic() > until:
                raise TimeoutError(f"nobody has looked at {inspection_id} for {seconds:.0f} s")
            time.sleep(0.25)
        return inspection

    def appeal(self, inspection_id: str, why: str) -> InspectionOut:
        """The shopper objects: another person looks."""
        path = f"/v1/inspections/{inspection_id}/appeal"
        return self._read(InspectionOut, self._post(path, json={"why": why}))

    def record(self, inspection_id: str) -> list[EntryOut]:
        """What was decided, by whom and on what."""
        told = self._get(f"/v1/inspections/{inspection_id}/record")
        return TypeAdapter(list[EntryOut]).validate_json(told.content)

    def reviews(self) -> Iterator[ReviewOut]:
        """What waits for a person, the most urgent first."""
        yield from self._pages(ReviewOut, "/v1/reviews", {})

    def claim(self, review_id: str) -> ReviewOut:
        """Work on it, alone, for a quarter of an hour."""
        return self._read(ReviewOut, self._post(f"/v1/reviews/{review_id}/claim"))

    def judge(self, review_id: str, verdict: VerdictIn) -> InspectionOut:
        """A person's verdict."""
        body = verdict.model_dump(mode="json")
        return self._read(InspectionOut, self._post(f"/v1/reviews/{review_id}/verdict", json=body))

    def add_references(
        self, sku: str, photos: Sequence[bytes], *, source: Source = "catalogue"
    ) -> list[ReferenceOut]:
        """Photos of the undamaged item."""
        files = [("photos", (f"{number}", photo)) for number, photo in enumerate(photos)]
        told = self._post("/v1/references", params={"sku": sku, "source": source}, files=files)
        return TypeAdapter(list[ReferenceOut]).validate_json(told.content)

    def classify(self, photos: Sequence[bytes], references: Sequence[bytes] = ()) -> AnswerOut:
        """Look at one item and keep nothing."""
        files = [("photos", ("photo", photo)) for photo in photos]
        files += [("references", ("photo", photo)) for photo in references]
        return self._read(AnswerOut, self._post("/v1/classify", files=files))

    def _pages(self, model: type[Model], path: str, asked: Mapping[str, Any]) -> Iterator[Model]:
        cursor = None
        while True:
            parameters = {name: value for name, value in {**asked, "cursor": cursor}.items() if value}
            page = self._get(path, params=parameters).json()
            yield from map(model.model_validate, page["items"])
            cursor = page["next"]
            if cursor is None:
                return

    def _get(self, path: str, **more: Any) -> httpx.Response:
        return self._until_answered("GET", path, **more)

    def _post(self, path: str, **more: Any) -> httpx.Response:
        return self._until_answered("POST", path, headers={"Idempotency-Key": str(uuid.uuid4())}, **more)

    def _until_answered(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Sent again, later and later, while the network or the service is away."""
        until = time.monotonic() + self._patience
        wait = 0.2
        while True:
            answer: httpx.Response | None = None
            try:
                answer = self._http.request(method, path, **more)
            except httpx.TransportError:
                if time.monotonic() + wait > until:
                    raise
            if answer is not None:
                if answer.is_success:
                    return answer
                if not _passing(answer) or time.monotonic() + wait > until:
                    raise _refused(answer)
                wait = max(wait, float(answer.headers.get("Retry-After", 0) or 0))
            time.sleep(wait * (0.5 + random.random()))
            wait = min(wait * 2, 10)

    def _read(self, model: type[Model], answer: httpx.Response) -> Model:
        return model.model_validate_json(answer.content)


def _passing(answer: httpx.Response) -> bool:
    return answer.status_code in _LATER or _problem(answer).get("code") == "still_running"


def _refused(answer: httpx.Response) -> Refused:
    told = _problem(answer)
    return Refused(answer.status_code, str(told.get("code", "unknown")), str(told.get("detail", "")))


def _problem(answer: httpx.Response) -> dict[str, Any]:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    told = answer.json()
    return told if isinstance(told, dict) else {}
