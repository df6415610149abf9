"""Photos over a bad network: tus 1.0.0, gone on with from wherever it was cut off."""

import base64
import hashlib
from urllib.parse import urlsplit

import httpx

from api.bodies.inspections import InspectionOut, PhotoOut
from api.client.patience import Patience, seconds_of
from api.client.transport import Refused, Transport, passing
from inspection.verdict.findings import View

_VERSION = {"Tus-Resumable": "1.0.0"}
_STREAM = {"Content-Type": "application/offset+octet-stream"}
_OTHER_BYTES = 460
_BUSY = 423
_MOST_BEGUN = 5


class PhotoLost(Exception):
    """All was sent, and the inspection has no photo with its hash."""


class Uploads(Transport):
    """Resumable, and verified by hash on both sides."""

    def upload(self, inspection_id: str, photo: bytes, *, view: View | str | None = None) -> PhotoOut:
        """Until all of it is a photo of the inspection. Patience begins anew with each byte that arrives.

        Raises `Refused`, `PhotoLost`, or what the network raised last.
        """
        sha256 = hashlib.sha256(photo).hexdigest()
        told = {"sha256": sha256, **({"view": View(view).value} if view else {})}
        for _ in range(_MOST_BEGUN):
            begun = self._begin(inspection_id, len(photo), told)
            if self._send(begun, photo):
                return self._arrived(inspection_id, sha256)
        raise PhotoLost(f"the photo {sha256[:12]}… was begun {_MOST_BEGUN} times and lost each time")

    def _begin(self, inspection_id: str, length: int, told: dict[str, str]) -> str:
        metadata = ",".join(
            f"{name} {base64.b64encode(said.encode()).decode()}" for name, said in told.items()
        )
        headers = {**_VERSION, "Upload-Length": str(length), "Upload-Metadata": metadata}
        answer = self._ask("POST", f"/v1/inspections/{inspection_id}/uploads", headers=headers)
        return urlsplit(answer.headers["Location"]).path  # of this service: the key goes nowhere else

    def _send(self, begun: str, photo: bytes) -> bool:
        """False where it has to be begun anew."""
        patience, last = Patience(self._patience), -1
        while True:
            here = self._offset(begun, len(photo))
            if here is None:
                return False
            if here > last:
                last = here
                patience.renew()
            answer = self._add(begun, here, photo, patience)
            if answer is None:
                continue
            if answer.is_success and int(answer.headers["Upload-Offset"]) == len(photo):
                return True
            if answer.status_code in (404, _OTHER_BYTES):
                return False

    def _add(self, begun: str, here: int, photo: bytes, patience: Patience) -> httpx.Response | None:
        """The rest. `None` where it was cut off, or is to be tried again. Raises `Refused`."""
        headers = {**_VERSION, **_STREAM, "Upload-Offset": str(here)}
        try:
            answer = self._http.patch(begun, content=photo[here:], headers=headers)
        except httpx.TransportError:
            if not patience.wait():
                raise
            return None
        if answer.is_success or answer.status_code in (404, _OTHER_BYTES):
            return answer
        refused = Refused.by(answer)
        again = passing(answer) or answer.status_code == _BUSY or refused.code == "offset_mismatch"
        if not again or not patience.wait(seconds_of(answer.headers.get("Retry-After"))):
            raise refused
        return None

    def _offset(self, begun: str, length: int) -> int | None:
        """How much is there; `None` where nothing is."""
        try:
            return int(self._ask("HEAD", begun, headers=_VERSION).headers["Upload-Offset"])
        except Refused as refused:
            if refused.status == 404:
                return None
            if refused.status in (401, 403):
                raise
            return length  # the last step was refused: sent no bytes, it says why; HEAD has no body to

    def _arrived(self, inspection_id: str, sha256: str) -> PhotoOut:
        inspection = self._read(InspectionOut, "GET", f"/v1/inspections/{inspection_id}")
        for photo in inspection.photos:
            if photo.sha256 == sha256:
                return photo
        raise PhotoLost(f"the inspection has no photo {sha256[:12]}…; was it taken back?")
