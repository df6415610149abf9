"""The inspection as other systems read it: one shape for the command line, the API and the record.

`None` means that no such claim was made; it is never a made-up number.
"""

from typing import Any

from inspection.verdict.authenticity import combined
from inspection.verdict.decision import Accept, AskForPhoto, Decision, Review
from inspection.verdict.findings import Finding
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.inspection import InspectedPhoto, Inspection
from inspection.verdict.reading import PhotoReading, Question

KINDS: dict[type[Decision], str] = {Accept: "accept", AskForPhoto: "ask_for_photo", Review: "review"}


def answer(inspection: Inspection) -> dict[str, Any]:
    """JSON-ready, keys in the order people read them."""
    reading = inspection.counted
    return {
        "id": inspection.id,
        "at": inspection.at.isoformat(),
        "decision": _decision(inspection.decision),
        "grade": _grade(inspection.grading),
        "damage": {
            "probability": _probability(inspection, Question.DAMAGED),
            "findings": [_finding(finding) for photo in reading.photos for finding in photo.findings],
        },
        "authenticity": {
            "capture": {"recaptured": _probability(inspection, Question.RECAPTURED)},
            "identity": {"match": _probability(inspection, Question.SAME_ITEM)},
            "item": {"genuine": _probability(inspection, Question.GENUINE)},
        },
        "category": _category(reading.photos),
        "photos": [_photo(photo) for photo in inspection.photos],
        "model": {
            "bundle": reading.model.bundle,
            "sha256": reading.model.sha256,
            "device": reading.model.device,
        },
        "policy": {"version": inspection.policy},
    }


def _decision(decision: Decision) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": KINDS[type(decision)],
        "reasons": [{"code": reason.code, "text": reason.text} for reason in decision.reasons],
    }
    if isinstance(decision, AskForPhoto):
        said["view"] = decision.view.value
    return said


def _grade(grading: Grading | None) -> dict[str, Any]:
    if grading is None:
        return {"value": None, "probabilities": None, "set": None}
    return {
        "value": grading.value.name,
        "probabilities": {g.name: _rounded(grading.probabilities[g]) for g in sorted(Grade, reverse=True)},
        "set": [grade.name for grade in grading.possible],
    }


def _probability(inspection: Inspection, question: Question) -> float | None:
    claim = combined(inspection.counted, question)
    return None if claim is None else _rounded(claim.probability)


def _finding(finding: Finding) -> dict[str, Any]:
    box = finding.box
    return {
        "kind": finding.kind.value,
        "probability": _rounded(finding.probability),
        "severity": None if finding.severity is None else finding.severity.name.lower(),
        "photo": finding.photo,
        "box": [_rounded(side) for side in (box.x, box.y, box.w, box.h)],
    }


def _category(photos: tuple[PhotoReading, ...]) -> dict[str, Any]:
    named = [photo.category for photo in photos if photo.category is not None]
    surest = max(named, key=lambda category: category.probability, default=None)
    if surest is None:
        return {"name": None, "probability": None}
    return {"name": surest.name, "probability": _rounded(surest.probability)}


def _photo(photo: InspectedPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "sha256": photo.sha256,
        "view": None if photo.view is None else photo.view.value,
        "quality": {
            "ok": photo.quality.ok,
            "problems": [
                {"code": remark.problem.value, "advice": remark.advice} for remark in photo.quality.remarks
            ],
        },
    }


def _rounded(number: float) -> float:
    # beyond the sixth place, devices differ and nobody decides
    return round(number, 6)
