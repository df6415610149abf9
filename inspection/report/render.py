"""The templates, filled. Everything is escaped: a photo's metadata may say anything."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from inspection.report import words
from inspection.report.seen import Pictures
from inspection.verdict.answer import KINDS
from inspection.verdict.authenticity import combined
from inspection.verdict.findings import PhotoId
from inspection.verdict.grading import Grade
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import PhotoReading, Question

HERE = Path(__file__).parent

STYLE = (HERE / "style.css").read_text(encoding="utf-8")
"""For the fragment: every rule lies under `.inspection`, so it can join any page."""


def fragment(inspection: Inspection, pictures: Mapping[PhotoId, Pictures]) -> Markup:
    """The inspection as a `<section>`: for a page that brings its own head, and `STYLE` with it.

    It has no script and no inline style, so a strict content security policy may hold. A photo
    that is not in `pictures` is said to be kept no longer.
    """
    html = _templates().get_template("inspection.html").render(**_said(inspection, pictures))
    # autoescape has been through every value in it
    return Markup(html)  # noqa: S704


def render(inspection: Inspection, pictures: Mapping[PhotoId, Pictures]) -> str:
    """One HTML file that holds all it shows, if the pictures are data URIs."""
    style = STYLE + (HERE / "page.css").read_text(encoding="utf-8")
    return (
        _templates()
        .get_template("page.html")
        .render(
            title=words.headline(inspection.decision),
            body=fragment(inspection, pictures),
            style=Markup(style),  # noqa: S704 our own file, no value in it
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
    )


def _said(inspection: Inspection, pictures: Mapping[PhotoId, Pictures]) -> dict[str, object]:
    readings = {reading.photo: reading for reading in inspection.reading.photos}
    return {
        "inspection": inspection,
        "kind": KINDS[type(inspection.decision)],
        "headline": words.headline(inspection.decision),
        "next_step": words.next_step(inspection.decision),
        "grades": sorted(Grade, reverse=True),
        "claims": [
            (words.QUESTIONS[question], combined(inspection.counted, question)) for question in Question
        ],
        "shots": [
            (photo, readings.get(photo.id, PhotoReading(photo=photo.id)), pictures.get(photo.id))
            for photo in inspection.photos
        ],
    }


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": words.percent,
        "plain": words.plain,
        "settled": words.settled,
        "chosen": words.chosen,
    }
    environment.globals |= {
        "GRADES": words.GRADES,
        "QUESTIONS": words.QUESTIONS,
        "BASES": words.BASES,
        "PROBLEMS": words.PROBLEMS,
        "SEVERITIES": words.SEVERITIES,
        "MOST_FINDINGS": words.MOST_FINDINGS,
    }
    return environment
