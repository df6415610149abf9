"""What docs/webhooks.md tells receivers is so."""

import re
from pathlib import Path

import pytest
from webhooks.outfit import SECRET

from inspection.webhooks.delivery import SCHEDULE
from inspection.webhooks.endpoint import PING, TYPES
from inspection.webhooks.signing import Signer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
NOW = 1_764_072_000
BODY = '{"said":"Größe 38"}'.encode()


@pytest.fixture
def verify(monkeypatch):
    """The page's own code."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    room = {}
    exec(code, room)  # noqa: S102
    monkeypatch.setattr(room["time"], "time", lambda: NOW)
    return room["verify"]


def headers(*versions, at=NOW):
    return Signer((SECRET,)).headers("w1", versions, event_id="e1", timestamp=at, body=BODY)


def test_the_page_s_code_accepts_what_is_signed_also_while_a_secret_is_rotated(verify):
    old, new = (Signer((SECRET,)).shown("w1", version) for version in (1, 2))
    assert verify(old, headers(1), BODY)
    assert verify(old, headers(2, 1), BODY)
    assert verify(new, headers(2, 1), BODY)


def test_the_page_s_code_refuses_everything_else(verify):
    secret = Signer((SECRET,)).shown("w1", 1)
    assert not verify(secret, headers(2), BODY)
    assert not verify(secret, headers(1), BODY + b" ")
    assert not verify(secret, headers(1) | {"webhook-id": "e2"}, BODY)
    assert not verify(secret, headers(1, at=NOW - 301), BODY)
    assert not verify(secret, headers(1, at=NOW - 10) | {"webhook-timestamp": str(NOW)}, BODY)
    assert not verify(secret, headers(1) | {"webhook-signature": "v1,"}, BODY)


def test_every_event_is_on_the_page_and_can_be_listened_to():
    rows = re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.M)
    assert rows == [*TYPES, PING]
    told = set()
    for path in (ROOT / "inspection").rglob("*.py"):
        if "webhooks" not in path.parts and "store" not in path.parts:
            told |= set(re.findall(r"\.tell\(\s*f?\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    told.discard("inspection.{case.state.value}")
    assert told | {"inspection.expired", "inspection.withdrawn"} == set(TYPES)


def test_the_page_tells_the_schedule():
    assert SCHEDULE == (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)
    assert "5 s, 30 s, 2 min, 10 min, 1 h, 6 h and 24 h" in PAGE
