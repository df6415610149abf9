"""Shoppers over HTTP, as phones do it: a return, an inspection, its photo by tus, and submit."""

import base64
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx

AT_ONCE = 48
"""Shoppers whose requests may be under way at the same time."""
TUS = {"Tus-Resumable": "1.0.0"}
OK = 200
LATER = 429
PATIENCE = 3600.0


@dataclass
class Sent:
    """One inspection: `began` is when the first byte of its photo went out, in seconds since 1970."""

    id: str
    key: str
    began: float
    refused: list[float] = field(default_factory=list)
    """Retry-After of each 429, in seconds."""


class Shoppers:
    """Many, with a few merchants' keys by turns. Safe for threads; each has its own connections."""

    def __init__(self, address: str, keys: Sequence[str]) -> None:
        self._address, self._keys = address, keys
        self._number, self._here = count(), threading.local()

    def upload(self, encoded: bytes) -> Sent:
        """A return of one item, and its photo: all but the submitting."""
        number = next(self._number)
        key = self._keys[number % len(self._keys)]
        line = {"title": "A thing", "sku": f"thing-{number}", "price_cents": 4000}
        made = self._ask("POST", "/v1/returns", key, json={"currency": "EUR", "lines": [line]}).json()
        opened = self._ask("POST", "/v1/inspections", key, json={"line_id": made["lines"][0]["id"]}).json()
        sent = Sent(opened["id"], key, time.time())
        told = base64.b64encode(hashlib.sha256(encoded).hexdigest().encode()).decode()
        headers = {**TUS, "Upload-Length": str(len(encoded)), "Upload-Metadata": f"sha256 {told}"}
        begun = self._ask("POST", f"/v1/inspections/{sent.id}/uploads", key, headers=headers)
        headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        self._ask("PATCH", begun.headers["Location"], key, headers=headers, content=encoded)
        return sent

    def submit(self, sent: Sent) -> bool:
        """Once; false where it is told to come later. Raises where that comes without a Retry-After."""
        answer = self._http().post(f"/v1/inspections/{sent.id}/submit", headers=_as(sent.key))
        if answer.status_code == LATER:
            assert answer.json()["code"] == "overloaded", answer.text  # not a key's own limit
            after = float(answer.headers["Retry-After"])
            assert after > 0
            sent.refused.append(after)
            return False
        assert answer.status_code == OK, answer.text
        return True

    def submit_until_taken(self, sent: Sent) -> None:
        """As a client should: it waits as long as it was told, and not all at the same moment."""
        until = time.monotonic() + PATIENCE
        while not self.submit(sent):
            assert time.monotonic() < until, f"{sent.id} was never taken"
            time.sleep(sent.refused[-1] * random.uniform(1, 1.5))

    def whole(self, encoded: bytes) -> Sent:
        """From the return to submitted."""
        sent = self.upload(encoded)
        self.submit_until_taken(sent)
        return sent

    def decided(self, sent: Sent) -> float:
        """When, in seconds since 1970. Raises where it was not decided, or not exactly once."""
        case = self._ask("GET", f"/v1/inspections/{sent.id}", sent.key).json()
        record = self._ask("GET", f"/v1/inspections/{sent.id}/record", sent.key).json()
        assert case["state"] != "submitted", f"{sent.id} is lost: {case['state']}"
        assert len(record) == 1, f"{sent.id} was decided {len(record)} times"
        return datetime.fromisoformat(case["decided_at"]).timestamp()

    def _ask(self, method: str, path: str, key: str, **more: Any) -> httpx.Response:
        headers = {**_as(key), **more.pop("headers", {})}
        answer = self._http().request(method, path, headers=headers, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def _http(self) -> httpx.Client:
        if not hasattr(self._here, "http"):
            self._here.http = httpx.Client(base_url=self._address, timeout=120)
        here: httpx.Client = self._here.http
        return here


def together(work: Callable[[Any], Any], given: Iterable[Any], at_once: int = AT_ONCE) -> list[Any]:
    """All of it, so many at once."""
    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(work, given))


def paced(work: Callable[[Any], Any], given: Iterable[Any], rate: float) -> tuple[list[Any], float]:
    """That many a second, whether or not those before have ended; and how many a second it really was."""
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        ended: list[Future[Any]] = []
        for number, one in enumerate(given):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            ended.append(threads.submit(work, one))
        done = [one.result() for one in ended]
    return done, len(done) / (time.monotonic() - began)


def _as(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
