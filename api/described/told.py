"""Examples by the name of their schema, as the service answers them; parts of them are examples of parts."""

from typing import Any

from api.described.told_answer import ANSWER, INSPECTION, OTHER_SHA, SHA

AT, _LATER, _END = "2026-11-25T12:00:00Z", "2026-11-25T12:00:07Z", "2026-12-09T12:00:00Z"
RETURN = "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"
LINE = "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c0001"
_EARLIER, _EARLIER_RETURN = "019a1c02-77aa-7d31-b2f0-0d5c4e6a9b13", "019a1c02-0e11-7b70-9a55-31f2c7d8e604"
REVIEW = "019a3f70-2c3e-7b21-9d55-7a1fae4c6b32"
WEBHOOK = "019a3f71-3d4f-7c32-ae66-8b20bf5d7c43"
_EVENT = "019a3f72-4e50-7d43-bf77-9c31c06e8d54"
KEY = "019a3f73-5f61-7e54-8088-ad42d17f9e65"
_SHOWN = f"/v1/inspections/{INSPECTION}/photos/1"

_PHOTO: dict[str, Any] = {
    "position": 1,
    "sha256": SHA,
    "view": "front",
    "shown": _SHOWN,
    "problems": ANSWER["photos"][0]["quality"]["problems"],
}
_LISTED: dict[str, Any] = {
    "id": INSPECTION,
    "line_id": LINE,
    "created_at": AT,
    "state": "open",
    "turn": 1,
    "asked": 1,
    "submitted_at": AT,
    "expires_at": _END,
    "decision": "ask_for_photo",
    "grade": None,
    "decided_at": _LATER,
    "version": 4,
}
_ITEM = {"title": "A pair of shoes", "sku": "shoe-1", "reason": "too small", "price_cents": 4990}
_QUEUED: dict[str, Any] = {
    "id": REVIEW,
    "inspection_id": INSPECTION,
    "turn": 1,
    "why": "doubt",
    "opened_at": AT,
    "due_at": "2026-11-26T12:00:00Z",
    "urgency": 2400,
    "claimed_by": "person:248289761001",
    "claimed_until": "2026-11-25T12:15:00Z",
    "closed_at": None,
    "version": 2,
}
_WEBHOOK_OUT = {
    "id": WEBHOOK,
    "url": "https://shop.example/hooks/inspection",
    "types": ["inspection.decided", "line.paid"],
    "created_at": AT,
    "failing_since": None,
    "version": 1,
}
_KEY_OUT = {
    "id": KEY,
    "name": "Order system",
    "scopes": ["returns", "inspections"],
    "created_at": AT,
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": _LATER,
}

TOLD: dict[str, Any] = {
    "AnswerOut": ANSWER,
    "AppealIn": {"why": "That mark was there when it came."},
    "DeliveryOut": {
        "event_id": _EVENT,
        "type": "inspection.decided",
        "at": _LATER,
        "subject": INSPECTION,
        "state": "waiting",
        "tries": 1,
        "replays": 0,
        "delivered_at": None,
        "given_up_at": None,
        "last_status": 502,
        "last_error": "answered 502: Bad gateway",
    },
    "EntryOut": {
        "seq": 17,
        "at": _LATER,
        "kind": "decision",
        "actor": "software",
        "body": {"decision": "ask_for_photo", "grade": None, "turn": 1, "compared_with": [OTHER_SHA]},
        "previous": OTHER_SHA,
        "hash": SHA,
    },
    "InspectionIn": {"line_id": LINE},
    "InspectionOut": {
        **_LISTED,
        "photos": [_PHOTO],
        "asked_for": {"view": "sole", "reasons": ANSWER["decision"]["reasons"]},
        "said": None,
        "answer": ANSWER,
    },
    "KeyIn": {"name": "Order system", "scopes": ["returns", "inspections"]},
    "KeyOut": _KEY_OUT,
    "KeysOut": {"items": [_KEY_OUT]},
    "LinkIn": {"return_id": RETURN, "hours": 72},
    "LinkOut": {
        "url": "https://returns.example.com/r/isl1_AZo_bloc...",
        "token": "isl1_AZo_bloc...",
        "expires_at": "2026-11-28T12:00:00Z",
    },
    "ListedInspectionOut": _LISTED,
    "NewKeyOut": {**_KEY_OUT, "last_used_at": None, "key": "isk_019a3f735f617e548088ad42d17f9e65_5f2a..."},
    "PaymentIn": {"cents": 4990},
    "PhotoOut": {**_PHOTO, "problems": None},
    "ProblemDetails": {
        "type": "urn:inspection:problem:request_invalid",
        "title": "Request invalid",
        "status": 422,
        "detail": "body.currency: String should match pattern '^[A-Z]{3}$'",
        "code": "request_invalid",
        "errors": [{"field": "body.currency", "message": "String should match pattern '^[A-Z]{3}$'"}],
    },
    "QueuedReviewOut": _QUEUED,
    "ReadyOut": {"ready": False, "lacking": {"model": "The model is still being loaded."}},
    "ReferenceOut": {
        "id": _EVENT,
        "sku": "shoe-1",
        "sha256": OTHER_SHA,
        "source": "catalogue",
        "added_at": AT,
    },
    "ReplayOut": {"replayed": 1, "next": None},
    "ReturnOut": {
        "id": RETURN,
        "created_at": AT,
        "reference": "R-2026-000123",
        "currency": "EUR",
        "lines": [
            {
                "id": LINE,
                "position": 1,
                **_ITEM,
                "state": "awaiting",
                "decided_by": None,
                "grade": None,
                "paid_cents": None,
            }
        ],
        "version": 1,
    },
    "ReviewOut": {
        **_QUEUED,
        "came_before": [
            {
                "position": 1,
                "shown": _SHOWN,
                "sha256": OTHER_SHA,
                "kind": "same_picture",
                "earlier": [
                    {
                        "inspection_id": _EARLIER,
                        "return_id": _EARLIER_RETURN,
                        "shown": f"/v1/inspections/{_EARLIER}/photos/2",
                    }
                ],
            }
        ],
    },
    "RotateIn": {"overlap_hours": 24},
    "SecretOut": {**_WEBHOOK_OUT, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "WebhookChange": {"types": ["*"]},
    "WebhookOut": _WEBHOOK_OUT,
    "WhoAmI": {
        "id": "person:248289761001",
        "role": "inspector",
        "name": "Jane Doe",
        "return_id": None,
        "scopes": [],
        "csrf": None,
    },
}
"""Bodies as they are sent and answered."""
