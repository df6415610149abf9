"""An issuer that says nothing keeps nobody but those who sign in waiting."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from api.access.issuer import Issuer, IssuerUnusable
from api.access.remembered import Remembered
from inspection.access.keys import new_key
from inspection.wiring import new_id


@pytest.fixture
def silent():
    """Takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_crowd_at_a_silent_issuer_stops_nobody_else(at_the, door, oidc, silent, no_keys, monkeypatch):
    monkeypatch.setattr("api.access.issuer.SECONDS", 3)
    here = at_the(door(public_url="http://localhost", oidc=oidc(issuer=silent)))
    key, text = new_key(new_id(), "Order system", ["returns"], now=datetime.now(UTC))
    no_keys.add(key)

    def login(_):
        return httpx.get(f"{here.address}/session/login", timeout=30)

    with ThreadPoolExecutor(60) as crowd:
        waiting = [crowd.submit(login, number) for number in range(60)]
        time.sleep(0.5)  # they have come, and some of them wait
        begun = time.monotonic()
        asked = here.client.get("/v1/session", headers={"Authorization": f"Bearer {text}"})
        took = time.monotonic() - begun
        assert asked.status_code == 200
        answers = [one.result() for one in waiting]
    assert took < 2.5
    assert {answer.status_code for answer in answers} == {503}
    codes = [answer.json()["code"] for answer in answers]
    assert codes.count("issuer_unusable") <= 4 < codes.count("too_many_logins")


def test_a_failure_is_remembered_for_a_while_and_an_answer_for_long():
    now, asked = [0.0], []

    def ask():
        asked.append(1)
        if len(asked) == 1:
            raise IssuerUnusable("away")
        return "here"

    remembered = Remembered(ask, lambda: now[0])
    for _ in range(3):
        with pytest.raises(IssuerUnusable, match="away"):
            remembered.get(3600)
    assert len(asked) == 1
    now[0] = 10.0
    assert [remembered.get(3600) for _ in range(3)] == ["here"] * 3
    now[0] = 3610.0
    assert remembered.get(3600) == "here"
    assert len(asked) == 2
    now[0] = 3611.0
    assert remembered.get(3600) == "here"
    assert len(asked) == 3


def test_only_one_asks_at_a_time_and_whoever_knows_waits_for_nobody():
    going_on, may_end = threading.Event(), threading.Event()
    asked = []

    def ask():
        asked.append(1)
        going_on.set()
        assert may_end.wait(10)
        return len(asked)

    remembered = Remembered(ask, lambda: 0.0)
    with ThreadPoolExecutor(5) as threads:
        waiting = [threads.submit(remembered.get, 1) for _ in range(5)]
        assert going_on.wait(10)
        may_end.set()
        assert [one.result() for one in waiting] == [1] * 5
        may_end.clear()
        other = threads.submit(remembered.get, -1)  # for whom nothing is new enough
        while len(asked) < 2:
            time.sleep(0.01)
        assert remembered.get(1) == 1
        may_end.set()
        assert other.result() == 2


def test_keys_are_not_asked_for_while_others_wait(oidc, silent, monkeypatch):
    monkeypatch.setattr("api.access.issuer.SECONDS", 0.3)
    issuer = Issuer(oidc(issuer=silent))
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(IssuerUnusable):
            issuer.described()
    assert time.monotonic() - begun < 3
