"""The API is what its OpenAPI says, whatever is sent to it: schemathesis over all of it, and no 5xx."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from callers import come_in_as
from databases import ENGINES, postgres_database
from tiny_bundle import write_tiny_bundle

from api.access.callers import Caller, Role
from api.app import create_app
from inspection.settings import Settings
from inspection.wiring import Product

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module", params=ENGINES)
def address(request, tmp_path_factory, ready):
    """Of a house of its own on each engine, whose door is open: what is sent comes past the doorman."""
    folder = tmp_path_factory.mktemp("open")
    settings = {"bundle": write_tiny_bundle(folder / "tiny"), "home": folder / "home"}
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(postgres_database(request.getfixturevalue("postgres")))
            settings["database"] = url.render_as_string(hide_password=False)
        app = create_app(Product(Settings(**settings)), works=True)
        come_in_as(app, Caller("person:ada", Role.ADMINISTRATOR))
        yield stack.enter_context(ready(app))


@pytest.fixture
def description(address):
    return httpx.get(f"{address}/openapi.json").json()


def test_nothing_that_can_be_sent_ends_in_a_5xx_or_an_answer_that_is_not_described(address, tmp_path):
    program = str(Path(sys.executable).with_name("schemathesis"))
    terms = [
        "--checks", CHECKS, "-n", "6", "--seed", "1", "--mode", "all",
        "--phases", "examples,coverage,fuzzing",
    ]  # fmt: skip
    command = [program, "run", f"{address}/openapi.json", *terms]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": "offset_stream", "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=300, env=hooks
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_every_post_takes_an_idempotency_key_and_says_so(description):
    for path, methods in description["paths"].items():
        if "post" in methods and path.startswith("/v1/"):
            names = {one["name"] for one in methods["post"].get("parameters", ())}
            assert "Idempotency-Key" in names or "Tus-Resumable" in names, path


def test_every_route_has_a_summary_and_a_description_and_its_problems(description):
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            assert route.get("summary"), (method, path)
            assert route.get("description"), (method, path)
            if path.startswith("/v1/"):
                assert {"404", "422", "429"} & set(route["responses"]), (method, path)


def test_requests_and_answers_have_examples(description):
    schemas = description["components"]["schemas"]
    for name in ("ReturnIn", "ReturnOut", "InspectionOut", "ReviewOut", "VerdictIn"):
        told = schemas[name]
        assert "examples" in told or any("examples" in one for one in told["properties"].values()), name
