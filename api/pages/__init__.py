"""The pages people see: rendered here, working without a script, and nothing in them from elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.access.csrf import form_query
from api.bodies.inspections import InspectionOut
from api.pages.files import address
from api.pages.shopper_words import stands
from inspection import report
from inspection.report import words
from inspection.returns.case import Return
from inspection.verdict.answer import KINDS
from inspection.verdict.inspection import Inspection

HERE = Path(__file__).parent


def home_page(
    request: Request, latest: Sequence[Inspection], *, wrong: str | None = None, status: int = 200
) -> Response:
    """The form, with what was wrong with the last try if something was, and the latest decisions."""
    cards = [
        {
            "id": inspection.id,
            "at": inspection.at,
            "kind": KINDS[type(inspection.decision)],
            "headline": words.headline(inspection.decision),
            "reason": inspection.decision.reasons[0].text if inspection.decision.reasons else "",
            "sha256": inspection.photos[0].sha256,
            "photos": len(inspection.photos),
        }
        for inspection in latest
    ]
    return _page("home.html", status, latest=cards, wrong=wrong, form_query=form_query(request))


def inspection_page(request: Request, inspection: Inspection, erased: Collection[str]) -> Response:
    """One decision, whole; of photos that were `erased`, by their hashes, it says so."""
    heats = {reading.photo for reading in inspection.reading.photos if reading.heat is not None}
    pictures = {
        photo.id: report.Pictures(
            shown=f"/photos/{photo.sha256}.jpg",
            heat=f"/inspections/{inspection.id}/heat/{photo.id}.jpg" if photo.id in heats else None,
        )
        for photo in inspection.photos
        if photo.sha256 not in erased
    }
    body = report.fragment(inspection, pictures)
    return _page("inspection.html", 200, title=words.headline(inspection.decision), body=body)


def return_page(request: Request, made: Return, latest: Mapping[str, InspectionOut]) -> Response:
    """For the shopper: how each item stands; `latest` is by item."""
    return _page("return.html", 200, made=made, latest=latest, stands=stands)


def problem_page(request: Request, problem: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """A sentence, and the form to try again with."""
    page = _page("problem.html", int(problem["status"]), problem=problem, form_query=form_query(request))
    page.headers.update(headers)
    return page


def wants_page(request: Request) -> bool:
    """A person's browser on one of our pages, not a program at the API."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.url.path.startswith("/v1/")


def _page(template: str, status: int, **values: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(**values), status_code=status)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plain"] = words.plain
    environment.globals["address"] = address
    return environment
