import time
from contextlib import contextmanager

import httpx
import pytest
from servers import running
from tiny_bundle import write_tiny_bundle

from api.app import create_app
from inspection.settings import Settings
from inspection.wiring import Product


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """The real product over a bundle whose answers are arithmetic on colours."""
    folder = tmp_path_factory.mktemp("product")
    made = Product(Settings(bundle=write_tiny_bundle(folder / "tiny"), home=folder / "home"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(product):
    return create_app(product)


@pytest.fixture(scope="module")
def address(app, ready):
    with ready(app) as address:
        yield address


@pytest.fixture(scope="session")
def ready():
    """`with ready(app) as address` runs it, from when its model is loaded."""

    @contextmanager
    def run(app):
        with running(app) as address:
            with httpx.Client(base_url=address) as client:
                until = time.monotonic() + 30
                while "model" in client.get("/readyz").json()["lacking"] and time.monotonic() < until:
                    time.sleep(0.02)
            yield address

    return run


@pytest.fixture
def inspection(product):
    """One that takes photos."""
    return product.workflow.open()


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def is_problem():
    """Checks the shape of problem details, and gives the code."""

    def check(answer: httpx.Response, status: int) -> str:
        assert answer.status_code == status, answer.text[:300]
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["type"] == f"urn:inspection:problem:{body['code']}"
        assert body["title"]
        assert body["detail"]
        return body["code"]

    return check
