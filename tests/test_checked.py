"""Whoever asks whether a store works hears it in seconds, and nobody's asking makes it work harder."""

import threading
import time

import pytest

from inspection import checked
from inspection.checked import Checked, troubles
from inspection.errors import StoreUnusable


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(checked, "WAITS_SECONDS", 0.2)
    monkeypatch.setattr(checked, "AGAIN_SECONDS", 0.05)


def test_one_that_works_is_asked_once_in_a_while_however_often_it_is_asked_for():
    asked = []
    one = Checked("records", lambda: asked.append(1))
    assert [one.trouble() for _ in range(50)] == [None] * 50
    assert len(asked) == 1


def test_one_that_hangs_is_down_is_not_asked_again_and_comes_back():
    goes_on, asked = threading.Event(), []

    def hangs():
        asked.append(1)
        assert goes_on.wait(20)

    checks = {"records": Checked("records", hangs, every=0), "photos": Checked("photos", lambda: None)}
    for _ in range(3):
        wrong = troubles(checks)
        assert set(wrong) == {"records"}
        assert wrong["records"].kind == "timeout"
    assert len(asked) == 1
    goes_on.set()
    end = time.monotonic() + 5
    while troubles(checks):
        assert time.monotonic() < end
    assert len(asked) == 2 or not troubles(checks)


def test_one_that_fails_is_asked_again_soon_and_a_fault_of_ours_is_a_failure_too():
    wrong = [StoreUnusable("records", "connection refused"), KeyError("x"), None]

    def fails():
        if (error := wrong.pop(0)) is not None:
            raise error

    one = Checked("records", fails)
    assert one.trouble().kind == "refused"
    time.sleep(0.1)
    assert "KeyError" in str(one.trouble())
    time.sleep(0.1)
    assert one.trouble() is None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("connection to server at \"10.0.0.1\", port 5432 failed: Connection refused", "refused"),
        ("FATAL: sorry, too many clients already", "refused"),
        ("canceling statement due to statement timeout", "timeout"),
        ("connection timeout expired", "timeout"),
        ("canceling statement due to lock timeout", "locked"),
        ("database is locked", "locked"),
        ("database or disk is full", "disk_full"),
        ("could not extend file \"base/1\": No space left on device", "disk_full"),
        ("FATAL: password authentication failed for user \"x\"", "denied"),
        ("attempt to write a readonly database", "read_only"),
        ("FATAL: database \"x\" does not exist", "missing"),
        ("something nobody thought of", "broken"),
    ],
)  # fmt: skip
def test_what_a_store_says_has_a_kind_that_names_nothing_of_this_machine(said, kind):
    assert StoreUnusable("records", said).kind == kind
