"""Examples of what webhooks are told, by the type of the event."""

from typing import Any

from api.described.told import AT, KEY, LINE, RETURN, REVIEW, WEBHOOK
from api.described.told_answer import INSPECTION, SHA

_EVENT = "019a3f72-4e50-7d43-bf77-9c31c06e8d54"

_DECIDED: dict[str, Any] = {
    "inspection_id": INSPECTION,
    "line_id": LINE,
    "turn": 1,
    "decision": "refuse",
    "grade": None,
    "by": "person",
    "reason": "The sole is worn.",
    "view": None,
    "record": {"seq": 17, "hash": SHA},
}
_REVIEWED = {"review_id": REVIEW, "inspection_id": INSPECTION}
_HAPPENED: dict[str, tuple[str, dict[str, Any]]] = {
    "return.requested": (RETURN, {"return_id": RETURN, "reference": "R-2026-000123"}),
    "inspection.opened": (INSPECTION, {"inspection_id": INSPECTION, "line_id": LINE}),
    "inspection.submitted": (INSPECTION, {"inspection_id": INSPECTION, "turn": 1}),
    "inspection.decided": (INSPECTION, _DECIDED),
    "inspection.appealed": (INSPECTION, {"inspection_id": INSPECTION, "record": 18}),
    "inspection.expired": (INSPECTION, {"inspection_id": INSPECTION}),
    "inspection.withdrawn": (INSPECTION, {"inspection_id": INSPECTION}),
    "review.opened": (INSPECTION, {**_REVIEWED, "why": "doubt"}),
    "review.late": (INSPECTION, _REVIEWED),
    "line.paid": (LINE, {"return_id": RETURN, "line_id": LINE, "cents": 4990, "record": 19}),
    "webhook.ping": (WEBHOOK, {"webhook_id": WEBHOOK, "asked_by": f"key:{KEY}"}),
}
EVENTS: dict[str, dict[str, Any]] = {
    type_: {"id": _EVENT, "type": type_, "at": AT, "subject": subject, "data": data}
    for type_, (subject, data) in _HAPPENED.items()
}
"""What webhooks are told, by type."""
