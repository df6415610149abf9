"""The example of an answer: what software says of one inspection."""

from typing import Any

INSPECTION = "019a3f6f-1b2d-7a10-8c44-6f0e9d3b5a21"
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
OTHER_SHA = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"

ANSWER: dict[str, Any] = {
    "id": INSPECTION,
    "at": "2026-11-25T12:00:07+00:00",
    "decision": {
        "kind": "ask_for_photo",
        "reasons": [{"code": "no_sole", "text": "No photo shows the sole. Please add one."}],
        "view": "sole",
    },
    "grade": {
        "value": "B",
        "probabilities": {"A": 0.11, "B": 0.74, "C": 0.11, "D": 0.03, "E": 0.01},
        "set": ["A", "B"],
    },
    "damage": {
        "probability": 0.81,
        "findings": [
            {
                "kind": "scratch",
                "probability": 0.77,
                "severity": "light",
                "photo": "photo-1",
                "box": [0.31, 0.42, 0.12, 0.05],
            }
        ],
    },
    "authenticity": {
        "capture": {"recaptured": 0.02},
        "identity": {"match": 0.97},
        "item": {"genuine": None},
    },
    "category": {"name": "shoe", "probability": 0.98},
    "photos": [
        {
            "id": "photo-1",
            "sha256": SHA,
            "view": "front",
            "quality": {
                "ok": False,
                "problems": [
                    {
                        "code": "dark",
                        "advice": "Turn on a light or move to a window, and take the photo again.",
                    }
                ],
            },
        }
    ],
    "model": {"bundle": "lite0-v7", "sha256": OTHER_SHA, "device": "cpu"},
    "policy": {"version": "2026-11-01"},
}
