"""Requests that are sent again until they are answered, and answers read into their types."""

import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from api.client.patience import Patience, seconds_of

Model = TypeVar("Model", bound=BaseModel)

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_NEVER = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""Faults of the request itself: no network mends them."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""After these nothing can have been done."""


class Refused(Exception):
    """A problem (RFC 9457): `code` is stable, `detail` is for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail

    @classmethod
    def by(cls, answer: httpx.Response) -> Self:
        """From an answer that is none of the good ones."""
        told = _problem(answer)
        return cls(answer.status_code, str(told.get("code", "unknown")), str(told.get("detail", "")))


class OutcomeUnknown(Refused):
    """It changed since it was read, and an earlier try's answer was lost: that change may be this one itself.

    Read it again: what stands there by now says whether it was done.
    """


class Transport:
    """What all parts of the client speak through."""

    def __init__(
        self, address: str, *, key: str | None = None, timeout: float = 30, patience: float = 120
    ) -> None:
        """`timeout` is a request's, `patience` how long one is sent again; both in seconds.

        Raises `ValueError` for an address that is none of http or https.
        """
        url = httpx.URL(address)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"{address!r} is no address of a service: begin it with https:// or http://")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout)
        self._patience = patience

    def __enter__(self) -> Self:
        """For `with`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Closes its connections."""
        self._http.close()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        if_version: int | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Sent again, later and later, while the network or the service is away."""
        told = _headers(method, headers or {}, if_version)
        patience = Patience(self._patience)
        repeated = lost = False
        while True:
            try:
                answer = self._http.request(method, path, headers=told, **more)
            except _NEVER:
                raise
            except httpx.TransportError as error:
                if not patience.wait():
                    raise
                lost = lost or not isinstance(error, _NOT_SENT)
            else:
                # what was removed by a request whose answer was lost is not there to be removed again
                if answer.is_success or (repeated and method == "DELETE" and answer.status_code == 404):
                    return answer
                if not passing(answer) or not patience.wait(seconds_of(answer.headers.get("Retry-After"))):
                    raise (OutcomeUnknown if lost and _forgets(method, answer) else Refused).by(answer)
                lost = lost or answer.status_code >= 500  # a gateway's may be said of what was done
            repeated = True

    def _read(self, model: type[Model], method: str, path: str, **more: Any) -> Model:
        return model.model_validate_json(self._ask(method, path, **more).content)

    def _read_list(self, model: type[Model], method: str, path: str, **more: Any) -> list[Model]:
        kind: TypeAdapter[list[Model]] = TypeAdapter(list[model])  # type: ignore[valid-type]
        return kind.validate_json(self._ask(method, path, **more).content)

    def _pages(self, model: type[Model], path: str, **asked: Any) -> Iterator[Model]:
        """All of them, page by page."""
        while True:
            parameters = {name: value for name, value in asked.items() if value is not None}
            page = self._ask("GET", path, params=parameters).json()
            yield from map(model.model_validate, page["items"])
            asked["cursor"] = page["next"]
            if asked["cursor"] is None:
                return


def passing(answer: httpx.Response) -> bool:
    """Whether the same request may be answered in a moment."""
    return answer.status_code in _LATER or _problem(answer).get("code") == "still_running"


def _forgets(method: str, answer: httpx.Response) -> bool:
    """Whether it may refuse its own repetition: a POST is known again by its Idempotency-Key."""
    return method in ("PATCH", "DELETE") and answer.status_code == 412


def _headers(method: str, headers: Mapping[str, str], if_version: int | None) -> dict[str, str]:
    told = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
    if if_version is not None:
        told["If-Match"] = f'"{if_version}"'
    return {**told, **headers}


def _problem(answer: httpx.Response) -> dict[str, Any]:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return {}
    try:
        told = answer.json()
    except ValueError:  # cut off, or without a body as HEAD has it
        return {}
    return told if isinstance(told, dict) else {}
