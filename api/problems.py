"""Every error as problem details (RFC 9457), and as a friendly page where a person is looking."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.errors import (
    BodyTooLarge,
    BodyUnreadable,
    NotMultipart,
    Passing,
    SentFromElsewhere,
    ServiceEnding,
    UploadTooSlow,
)
from api.headers import HEADERS
from api.methods import allowed_at
from api.outage import said_outside
from api.pages import problem_page, wants_page
from api.tus_headers import TusUnreadable
from inspection.errors import (
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    InspectionError,
    NotFound,
    Overloaded,
    PhotoRejected,
    PhotoTooLarge,
    RequestRejected,
    SetupProblem,
    StillRunning,
    StoreUnusable,
    Unauthenticated,
)

STATUS: dict[type[Exception], int] = {
    BodyTooLarge: 413,
    BodyUnreadable: 400,
    NotMultipart: 415,
    SentFromElsewhere: 403,
    UploadTooSlow: 408,
    TusUnreadable: 400,
    PhotoTooLarge: 413,
    PhotoRejected: 422,
    RequestRejected: 422,
    NotFound: 404,
    SetupProblem: 503,
    Unauthenticated: 401,
    Forbidden: 403,
    Conflict: 409,
    ChangedMeanwhile: 412,
    Overloaded: 429,
}
"""The nearest class decides; see `inspection.errors` for whose problem each is."""

_RETRY_AFTER_SECONDS = "1"
_STORE_AGAIN_SECONDS = "5"


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body. `code` is stable and safe to build on; `type` is the same as a URN."""
    title = code.replace("_", " ").capitalize()
    return {
        "type": f"urn:inspection:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }


def install(app: FastAPI) -> None:
    """From here on, every error of the app is answered as a problem."""
    app.add_exception_handler(InspectionError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, unexpected)


def status_of(error: Exception) -> int:
    """By the nearest class in `STATUS`."""
    return next((STATUS[one] for one in type(error).__mro__ if one in STATUS), 500)


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, InspectionError)  # noqa: S101 the registration above says so
    return answered(request, error)


def answered(request: Request, error: InspectionError) -> Response:
    """A known problem, as whoever asked should read it."""
    return _answer(request, problem(status_of(error), error.code, said_outside(error)), _headers_of(error))


def _headers_of(error: InspectionError) -> dict[str, str]:
    if isinstance(error, Overloaded):
        return {"Retry-After": str(max(1, round(error.retry_after)))}
    if isinstance(error, Passing | StillRunning):
        return {"Retry-After": _RETRY_AFTER_SECONDS}
    if isinstance(error, StoreUnusable):
        return {"Retry-After": _STORE_AGAIN_SECONDS}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthenticated) else {}


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors)
    return _answer(request, problem(422, "request_invalid", detail, errors=errors), {})


def _http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("'", "").replace("-", "_")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = allowed_at(request.scope) or headers.get(
            "Allow", ""
        )  # the framework names one route's
    return _answer(request, problem(error.status_code, code, str(error.detail)), headers)


def _gone(request: Request, error: Exception) -> Response:
    """Whoever asked has hung up, so nobody reads this; it is no error of ours to log."""
    return _answer(request, problem(400, "client_gone", "The connection ended before the body did."), {})


def unexpected(request: Request, error: Exception) -> Response:
    """A fault of ours: the log has it all, the answer nothing of it."""
    body = problem(500, "unexpected", "Something went wrong on our side. It was noted.")
    return _answer(request, body, HEADERS)  # answered outside all middleware


def ending(request: Request) -> Response:
    """What was still under way when the time for requests was over."""
    response = answered(request, ServiceEnding())
    response.headers.update({**HEADERS, "Connection": "close"})  # answered outside all middleware
    return response


def _answer(request: Request, body: dict[str, Any], headers: Mapping[str, str]) -> Response:
    if wants_page(request):
        return problem_page(request, body, headers)
    return JSONResponse(
        body, status_code=body["status"], headers=headers, media_type="application/problem+json"
    )
