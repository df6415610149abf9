"""Each request has an id, is counted by its route, and logs say what happened without saying secrets."""

import io
import json
import logging
import re
import time

import httpx
import pytest
import structlog
from callers import come_in_as
from prometheus_client import generate_latest
from servers import running

from api.access.callers import Caller, Role
from api.app import create_app
from inspection.look import SentPhoto
from inspection.telemetry import log, metrics


@pytest.fixture
def client(product):
    app = create_app(product)
    come_in_as(app, Caller("person:ada", Role.ADMINISTRATOR))
    with running(app) as address, httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def logged():
    """`logged()` is what the log holds, line by line."""
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    written = io.StringIO()
    log.configure(stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().handlers[:], level = kept
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def test_requests_are_counted_by_route_and_not_by_id(client):
    labels = {"route": "/v1/returns/{return_id}", "method": "GET", "status": "404"}
    before = value("inspection_requests_total", **labels)
    for number in range(3):
        client.get(f"/v1/returns/019a3f6e-5a1c-7c3e-9d53-{number:012x}")
    until = time.monotonic() + 5  # it is counted once the answer is out
    while value("inspection_requests_total", **labels) < before + 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert value("inspection_requests_total", **labels) == before + 3
    assert "/v1/returns/019a" not in client.get("/metrics").text


def test_what_stands_in_the_database_is_read_when_it_is_asked_for(client, product, jpeg):
    sent = [SentPhoto.of(jpeg())]
    looked = product.looker.look(sent)
    before = value("inspection_decisions_total", decision="review", actor="software")
    product.workflow.keep_now(looked, sent, [])
    told = client.get("/metrics").text
    assert "inspection_reviews_open 1.0" in told
    assert "inspection_submitted 0.0" in told
    assert 'inspection_store_up{store="records"} 1.0' in told
    assert value("inspection_decisions_total", decision="review", actor="software") == before + 1


def test_a_store_that_is_down_says_so_and_leaves_its_gauges_out():
    down = metrics.Standing(lambda: 1 / 0, lambda: {"records": False, "photos": True})
    metrics.REGISTRY.register(down)
    try:
        told = generate_latest(metrics.REGISTRY).decode()
    finally:
        metrics.REGISTRY.unregister(down)
    assert 'inspection_store_up{store="records"} 0.0' in told
    assert "inspection_reviews_open" not in told


@pytest.mark.parametrize(
    ("sent", "kept"), [("a-callers-own-id", True), ("x" * 65, False), ('"; DROP', False)]
)
def test_a_request_keeps_its_callers_id_where_that_is_one(client, logged, sent, kept):
    answer = client.get("/v1/returns/019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77", headers={"X-Request-ID": sent})
    assert (answer.headers["X-Request-ID"] == sent) is kept
    until = time.monotonic() + 5  # it is written once the answer is out
    while not (lines := [one for one in logged() if one.get("route") == "/v1/returns/{return_id}"]):
        assert time.monotonic() < until
        time.sleep(0.01)
    (line,) = lines
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["status"] == 404


def test_what_is_bound_is_in_every_line_and_secrets_in_none(logged):
    with log.doing("look", inspection_id="i-1"):
        structlog.get_logger("inspection").info("looking", authorization="Bearer x", nested=1)
        logging.getLogger("some.library").warning("it says %s", "so")
    ours, theirs = logged()
    assert (ours["job"], ours["inspection_id"], ours["authorization"]) == ("look", "i-1", "…")
    assert theirs["inspection_id"] == "i-1"
    assert theirs["event"] == "it says so"


def test_no_original_is_read_unseen(product, logged, jpeg):
    sent = [SentPhoto.of(jpeg(5))]
    looked = product.looker.look(sent)
    product.workflow.keep_now(looked, sent, [])
    sha256 = looked.inspection.photos[0].sha256
    with log.doing("replay", inspection_id=looked.inspection.id):
        product.photos.original(sha256)
    (line,) = [one for one in logged() if one["event"] == "original read"]
    assert (line["sha256"], line["job"]) == (sha256, "replay")
    assert line["inspection_id"] == looked.inspection.id


def test_every_metric_has_its_name_and_help(client):
    told = client.get("/metrics").text
    for name in re.findall(r"^inspection_\w+", told, re.MULTILINE):
        assert f"# HELP {re.sub('_(total|bucket|count|sum|created)$', '', name)}" in told
