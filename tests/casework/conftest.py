"""The whole app over real HTTP, on each database in turn."""

import time

import httpx
import pytest
from callers import come_in_as
from casework.steps import SHOP, looked_at
from described import Described
from servers import running

from api.app import create_app


@pytest.fixture
def app(product):
    return create_app(product, works=True)


@pytest.fixture
def client(app):
    """As the shop; `client.be(ADA)` is somebody else from then on. Every answer has to be as described."""
    with running(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        client.event_hooks = {"response": [Described(app.openapi()).check]}
        client.be = lambda caller: come_in_as(app, caller)
        client.be(SHOP)
        until = time.monotonic() + 30
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < until, client.get("/readyz").text
            time.sleep(0.05)
        yield client


@pytest.fixture
def requested(client):
    lines = [{"title": "A cup", "sku": "cup-1", "price_cents": 4000}, {"title": "A hat", "price_cents": 900}]
    answer = client.post("/v1/returns", json={"reference": "R-1", "currency": "EUR", "lines": lines})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def decided(client, app, requested, coffee_jpeg):
    """The first item's inspection, looked at."""
    return looked_at(client, app, requested["lines"][0]["id"], coffee_jpeg)
