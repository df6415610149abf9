"""Inspections step by step, and the look that keeps nothing."""

import time
from collections.abc import Iterator, Sequence

from api.bodies.inspections import EntryOut, InspectionOut, ListedInspectionOut, PhotoOut
from api.client.transport import Transport
from api.schemas import AnswerOut
from inspection.returns.return_order import InspectionState
from inspection.verdict.findings import View

_AGAIN_SECONDS = 0.25


class Inspections(Transport):
    """From the first photo to a decision that stands."""

    def open(self, *, line_id: str | None = None, price_cents: int | None = None) -> InspectionOut:
        """A new inspection, of a return's item or by itself: one of the two, or neither."""
        body = {"line_id": line_id, "price_cents": price_cents}
        return self._read(InspectionOut, "POST", "/v1/inspections", json=body)

    def inspection(self, inspection_id: str) -> InspectionOut:
        """As it stands."""
        return self._read(InspectionOut, "GET", _at(inspection_id))

    def inspections(
        self, *, state: InspectionState | str | None = None, return_id: str | None = None
    ) -> Iterator[ListedInspectionOut]:
        """The newest first, all of them, page by page."""
        asked = None if state is None else InspectionState(state).value
        return self._pages(ListedInspectionOut, "/v1/inspections", state=asked, return_id=return_id)

    def add_photo(self, inspection_id: str, photo: bytes, *, view: View | str | None = None) -> PhotoOut:
        """Whole, in one request; `upload` is for bad networks."""
        data = {"view": View(view).value} if view else {}
        files = {"photo": ("photo", photo)}
        return self._read(PhotoOut, "POST", f"{_at(inspection_id)}/photos", files=files, data=data)

    def photo(self, inspection_id: str, position: int) -> bytes:
        """The copy that people may see, a JPEG."""
        return self._ask("GET", f"{_at(inspection_id)}/photos/{position}").content

    def remove_photo(self, inspection_id: str, position: int, *, if_version: int | None = None) -> None:
        """Before it is submitted."""
        self._ask("DELETE", f"{_at(inspection_id)}/photos/{position}", if_version=if_version)

    def submit(self, inspection_id: str, *, if_version: int | None = None) -> InspectionOut:
        """No more photos for now."""
        return self._read(InspectionOut, "POST", f"{_at(inspection_id)}/submit", if_version=if_version)

    def wait(self, inspection_id: str, *, seconds: float = 120) -> InspectionOut:
        """Until software has looked. Raises `TimeoutError`; webhooks are kinder than waiting."""
        until = time.monotonic() + seconds
        while (inspection := self.inspection(inspection_id)).state == "submitted":
            if time.monotonic() > until:
                raise TimeoutError(f"nobody has looked at {inspection_id} for {seconds:.0f} s")
            time.sleep(_AGAIN_SECONDS)
        return inspection

    def withdraw(self, inspection_id: str, *, if_version: int | None = None) -> InspectionOut:
        """The shopper keeps the item."""
        return self._read(InspectionOut, "POST", f"{_at(inspection_id)}/withdraw", if_version=if_version)

    def appeal(self, inspection_id: str, why: str, *, if_version: int | None = None) -> InspectionOut:
        """The shopper objects: another person looks."""
        path = f"{_at(inspection_id)}/appeal"
        return self._read(InspectionOut, "POST", path, json={"why": why}, if_version=if_version)

    def record(self, inspection_id: str) -> list[EntryOut]:
        """What was decided, by whom and on what."""
        return self._read_list(EntryOut, "GET", f"{_at(inspection_id)}/record")

    def classify(self, photos: Sequence[bytes], references: Sequence[bytes] = ()) -> AnswerOut:
        """Look at one item and keep nothing."""
        files = [("photos", ("photo", photo)) for photo in photos]
        files += [("references", ("photo", photo)) for photo in references]
        return self._read(AnswerOut, "POST", "/v1/classify", files=files)


def _at(inspection_id: str) -> str:
    return f"/v1/inspections/{inspection_id}"
