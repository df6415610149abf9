"""Each request has an id, is counted by its route, and logs say what happened without saying secrets."""

import io
import json
import logging
import re
import subprocess
import sys
import time
from datetime import UTC, datetime

import httpx
import pytest
import structlog
from callers import come_in_as
from e2e.house import free_port
from prometheus_client import generate_latest
from servers import running

from api import outage
from api.access.access import Access
from api.access.callers import Caller, Role
from api.access.limits import Rate
from api.app import create_app
from inspection.access.keys import new_key
from inspection.errors import AddressUnusable, StoreUnusable
from inspection.look import SentPhoto
from inspection.ports import Outcome, Tried
from inspection.telemetry import log, metrics
from inspection.telemetry.door import Door
from inspection.wiring import Product, new_id


@pytest.fixture
def client(product):
    app = create_app(product)

    @app.get("/fault/{inspection_id}")
    def fault(inspection_id: str) -> None:
        raise RuntimeError("isk_" + "a" * 32 + "_" + "b" * 8 + " is no key")

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


def line_of(logged, **wanted):
    """The one with these; it is written once the answer is out."""
    until = time.monotonic() + 10
    while not (lines := [one for one in logged() if wanted.items() <= one.items()]):
        assert time.monotonic() < until
        time.sleep(0.01)
    return lines[0]


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
    product.looking.keep_now(looked, sent, [])
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
    product.looking.keep_now(looked, sent, [])
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


def test_a_fault_of_ours_is_one_line_with_the_id_that_the_answer_has_and_no_secret(client, logged):
    answer = client.get("/fault/i-1", headers={"X-Request-ID": "of-the-caller"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "of-the-caller")
    assert answer.json()["code"] == "unexpected"
    line = line_of(logged, event="failed")
    assert (line["request_id"], line["inspection_id"]) == ("of-the-caller", "i-1")
    assert "RuntimeError" in line["exception"]
    assert "isk_aaaa" not in line["exception"]
    assert line_of(logged, event="answered", status=500)["request_id"] == "of-the-caller"


def test_a_requests_line_says_who_asked_for_what(product, logged):
    with running(create_app(product)) as address:
        httpx.get(f"{address}/v1/returns/r-7", timeout=30)
        line = line_of(logged, event="answered", route="/v1/returns/{return_id}")
    assert (line["return_id"], line["caller"]) == ("r-7", "local:administrator")


def test_made_up_methods_make_no_series(client):
    before = value("inspection_requests_total", route="unknown", method="other", status="404")
    for number in range(3):
        client.request(f"MADEUP{number}", "/v1/nowhere")
    assert "MADEUP" not in client.get("/metrics").text
    assert value("inspection_requests_total", route="unknown", method="other", status="404") >= before + 3


def test_what_is_decided_is_in_the_log(product, logged, jpeg):
    sent = [SentPhoto.of(jpeg(3))]
    looked = product.looker.look(sent)
    product.looking.keep_now(looked, sent, [])
    line = line_of(logged, event="decided", inspection_id=looked.inspection.id)
    assert (line["decision"], line["actor"]) == ("review", "software")


@pytest.mark.parametrize("name", ["uvicorn.error", "uvicorn.access", "dbos"])
def test_servers_and_libraries_write_through_our_log(logged, name):
    theirs = logging.getLogger(name)
    theirs.addHandler(logging.StreamHandler(io.StringIO()))
    theirs.propagate = False
    written = io.StringIO()
    log.configure(stream=written)
    theirs.error("it says Authorization: Bearer abcdefghijklmn")
    (line,) = [json.loads(one) for one in written.getvalue().splitlines()]
    assert line["logger"] == name
    assert "abcdefghijklmn" not in line["event"]


def test_what_nobody_caught_is_a_line_in_any_thread():
    dies = (
        "import threading; from inspection.telemetry import log; log.configure(); log.catch_all()\n"
        "thread = threading.Thread(target=lambda: 1 / 0, name='t-1'); thread.start(); thread.join()\n"
        "raise RuntimeError('at last')"
    )
    done = subprocess.run([sys.executable, "-c", dies], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    thread, process = [json.loads(line) for line in done.stderr.splitlines()]
    assert thread["event"] == "thread t-1 died"
    assert "ZeroDivisionError" in thread["exception"]
    assert "at last" in process["exception"]


def test_looks_are_counted_by_what_became_of_them_and_timed_where_they_ended(logged):
    begun = {one.value: value("inspection_looks_total", outcome=one.value) for one in Outcome}
    timed = value("inspection_look_seconds_count")
    with metrics.looking("i-1", 1) as became:
        became(Tried(Outcome.DECIDED))
    with metrics.looking("i-2", 3) as became:
        became(Tried(Outcome.AGAIN, "the bucket is away"))
    with pytest.raises(KeyError), metrics.looking("i-3", 1):
        raise KeyError("x")
    for outcome in ("decided", "again", "failed"):
        assert value("inspection_looks_total", outcome=outcome) == begun[outcome] + 1
    assert value("inspection_look_seconds_count") == timed + 1
    line = line_of(logged, event="looked in vain", outcome="again")
    assert (line["inspection_id"], line["attempt"], line["why"]) == ("i-2", 3, "the bucket is away")


def test_a_port_of_its_own_has_the_metrics_and_says_whether_the_process_hangs():
    alive = [True]
    door = Door(0, lambda: alive[0], host="127.0.0.1")
    try:
        at = f"http://127.0.0.1:{door.port}"
        assert "inspection_model_info" in httpx.get(f"{at}/metrics").text
        assert httpx.get(f"{at}/healthz").text == "ok"
        alive[0] = False
        assert httpx.get(f"{at}/healthz").status_code == 503
        assert httpx.get(f"{at}/v1/returns").status_code == 404
        with pytest.raises(AddressUnusable):
            Door(door.port, lambda: True, host="127.0.0.1")
    finally:
        door.close()


def test_with_a_port_of_their_own_metrics_are_not_on_the_public_one(product):
    settings = product.settings.model_copy(update={"metrics_port": free_port()})
    with running(create_app(Product(settings))) as address:
        assert httpx.get(f"{address}/metrics").status_code == 404


def test_the_log_names_whom_it_was_too_often(product, logged):
    app = create_app(product)
    key, text = new_key(new_id(), "Order system", ["returns"], now=datetime.now(UTC))
    product.keys.add(key)
    settings, rates = app.state.access.settings, {Role.SERVICE: Rate("service", 1)}
    app.state.access = Access(settings, secret=lambda: product.secret, keys=lambda: product.keys, rates=rates)
    with running(app) as address:
        said = [
            httpx.get(f"{address}/v1/returns", headers={"Authorization": f"Bearer {text}"}).status_code
            for _ in range(2)
        ]
    assert said == [200, 429]
    assert line_of(logged, event="answered", status=429)["caller"] == f"key:{key.id}"


def test_an_outage_is_told_again_after_a_while_and_when_it_comes_back(monkeypatch, logged):
    error = StoreUnusable("records", "connection refused by outage-1")
    for _ in range(3):
        said = outage.said_outside(error)
    assert said == "This service needs its operator (store_unusable, refused). Its log says why."
    told = lambda: [one for one in logged() if "outage-1" in one["event"]]  # noqa: E731
    assert len(told()) == 1
    monkeypatch.setattr(outage, "AGAIN_SECONDS", 0.0)
    outage.said_outside(error)
    assert len(told()) == 2
    monkeypatch.undo()
    outage.is_over("records")
    outage.said_outside(error)
    assert len(told()) == 3
