"""The client on networks and services as they are: cut off, busy, away, or not there at all."""

import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import pytest
from callers import come_in_as
from fastapi import FastAPI, Response
from fault_proxy import FaultProxy
from servers import running
from uploading import large_jpeg, sha256_of

from api.access.callers import Caller, Role
from api.app import create_app
from api.client import Client, OutcomeUnknown, Refused
from api.client.patience import Patience, seconds_of

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def address(product):
    app = create_app(product)
    come_in_as(app, Caller("person:ada", Role.ADMINISTRATOR))
    with running(app) as address:
        yield address


@pytest.fixture
def shaky(address):
    """The same service over a network that cuts every connection somewhere on the way up."""
    host, _, port = address.removeprefix("http://").partition(":")
    proxy = FaultProxy([(host, int(port))], seed=7, cut_after=(60_000, 400_000), stalls=0, delay=0.01)
    yield proxy, f"http://127.0.0.1:{proxy.port}"
    proxy.close()


class Answers:
    """A service that answers in turn what it was told to, and then 200."""

    def __init__(self, *answers):
        self.left, self.asked = list(answers), []
        self.app = FastAPI()
        self.app.add_api_route("/{path:path}", self.answer, methods=["GET", "POST", "DELETE"])

    def answer(self, path: str) -> Response:
        self.asked.append(time.monotonic())
        status, headers = self.left.pop(0) if self.left else (200, {})
        body = '{"id":"x","role":"service","name":null,"return_id":null,"scopes":[],"csrf":null}'
        return Response(body, status, headers, media_type="application/json")


@pytest.mark.parametrize("size", [3_000, 1_500_000])
def test_an_upload_is_gone_on_with_wherever_it_was_cut_off(address, shaky, product, size):
    proxy, through = shaky
    photo = large_jpeg(size, size)
    with Client(address) as client:
        opened = client.open(price_cents=500)
    with Client(through, timeout=5, patience=60) as client:
        made = client.upload(opened.id, photo, view="front")
    assert (made.sha256, made.view) == (sha256_of(photo), "front")
    assert product.photos.original(made.sha256) == photo
    if size > 1_000_000:
        assert proxy.cut_up >= 2


def test_what_is_no_photo_is_refused_with_its_reason_and_not_sent_for_ever(address):
    with Client(address, patience=30) as client:
        opened = client.open(price_cents=500)
        with pytest.raises(Refused, match="not_a_photo") as refused:
            client.upload(opened.id, b"Dear shop, " * 100)
        assert refused.value.status == 422
        assert client.inspection(opened.id).photos == []


def test_a_photo_for_an_inspection_that_takes_none_is_refused_with_its_reason(address, jpeg):
    with Client(address, patience=30) as client:
        opened = client.open(price_cents=500)
        client.withdraw(opened.id)
        with pytest.raises(Refused, match="move_refused"):
            client.upload(opened.id, jpeg(1))


@pytest.mark.parametrize("address", ["localhost:8000", "inspection.example", "ftp://x", "", "https://"])
def test_an_address_that_is_none_is_refused_at_once(address):
    with pytest.raises(ValueError, match="begin it with https"):
        Client(address)


def test_a_service_that_is_away_is_asked_again_until_patience_ends():
    began = time.monotonic()
    with Client("http://127.0.0.1:9", patience=1.5) as client, pytest.raises(httpx.ConnectError):
        client.who_am_i()
    assert 0.2 < time.monotonic() - began < 5


def test_a_busy_service_is_left_alone_for_as_long_as_it_asks():
    service = Answers((429, {"Retry-After": "1"}), (503, {"Retry-After": "1"}))
    with running(service.app) as address, Client(address) as client:
        assert client.who_am_i().id == "x"
    first, second, third = service.asked
    assert second - first >= 1
    assert third - second >= 1


def test_a_service_that_asks_for_more_than_patience_has_is_not_waited_for():
    service = Answers((503, {"Retry-After": "Wed, 25 Nov 2099 12:00:00 GMT"}))
    with (
        running(service.app) as address,
        Client(address, patience=5) as client,
        pytest.raises(Refused, match="503"),
    ):
        client.who_am_i()
    assert len(service.asked) == 1


def test_what_was_removed_by_a_request_whose_answer_was_lost_is_removed():
    service = Answers((502, {}), (404, {}))
    with running(service.app) as address, Client(address) as client:
        client.revoke_key("x")
        service.left = [(404, {})]
        with pytest.raises(Refused):
            client.revoke_key("x")


def test_a_change_whose_answer_was_lost_is_not_said_to_be_somebody_elses():
    changed = (412, {})
    service = Answers((502, {}), changed)
    with running(service.app) as address, Client(address) as client:
        with pytest.raises(OutcomeUnknown):
            client.remove_webhook("x", if_version=1)
        for before in ([], [(429, {})]):
            service.left = [*before, changed]
            with pytest.raises(Refused) as refused:
                client.remove_webhook("x", if_version=1)
            assert type(refused.value) is Refused


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("Wed, 25 Nov 2026 12:00:30 GMT", 30),
        ("Wed, 25 Nov 2026 12:00:30 -0000", 30),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-3", 0),
        ("inf", 0),
        ("nan", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_how_long_a_service_asks_to_be_left_alone(said, seconds):
    assert seconds_of(said, NOW) == seconds


def test_a_pause_is_never_shorter_than_was_asked(monkeypatch):
    slept = []
    monkeypatch.setattr("api.client.patience.time.sleep", slept.append)
    patience = Patience(1000)
    for _ in range(30):
        patience.wait(2)
    assert min(slept) >= 2
    assert len(set(slept)) > 20  # spread


def test_the_client_brings_no_model_and_no_database_along():
    heavy = "{'onnxruntime', 'cv2', 'sqlalchemy', 'dbos', 'uvicorn'}"
    code = f"import sys, api.client; print(sorted(set(sys.modules) & {heavy}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
