"""The Python client against the real service; the example in docs/api.md is run as it stands."""

import re
from pathlib import Path

import pytest
from callers import come_in_as
from servers import running

from api.access.callers import Caller, Role
from api.app import create_app
from api.bodies.returns import LineIn, ReturnIn
from api.bodies.reviews import VerdictIn
from api.client import Client, Refused

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def address(product):
    app = create_app(product, works=True)
    come_in_as(app, Caller("person:ada", Role.ADMINISTRATOR))
    with running(app) as address:
        yield address


@pytest.fixture
def client(address):
    with Client(address, key="isk_test", patience=30) as client:
        yield client


def requested(client, reference="R-1"):
    lines = [LineIn(title="A cup", sku="cup-1", price_cents=1990)]
    return client.request_return(ReturnIn(reference=reference, currency="EUR", lines=lines))


def test_a_return_from_request_to_payment(client, coffee_jpeg, jpeg):
    client.add_references("cup-1", [jpeg(3)])
    made = requested(client)
    inspection = client.open(line_id=made.lines[0].id)
    assert client.add_photo(inspection.id, coffee_jpeg).position == 1
    client.submit(inspection.id)
    inspection = client.wait(inspection.id)
    assert inspection.answer is not None
    if inspection.state == "in_review":
        (review,) = client.reviews()
        client.claim(review.id)
        inspection = client.judge(review.id, VerdictIn(kind="accept", grade="B"))
    assert inspection.state == "decided"
    paid = client.pay(made.id, made.lines[0].id, 1500)
    assert paid.lines[0].paid_cents == 1500
    assert [entry.kind for entry in client.record(inspection.id)].count("decision") >= 1


def test_what_is_refused_is_raised_with_its_code(client):
    requested(client)
    with pytest.raises(Refused, match="reference_taken"):
        requested(client)
    with pytest.raises(Refused) as refused:
        client.return_("019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77")
    assert (refused.value.status, refused.value.code) == (404, "return_not_found")


def test_lists_are_read_to_their_end(client):
    for number in range(60):
        requested(client, f"R-{number}")
    assert len(list(client.returns())) == 60
    assert [one.reference for one in client.returns(reference="R-7")] == ["R-7"]


def test_the_example_in_the_docs_runs(address, tmp_path, coffee_jpeg, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[:1]
    (tmp_path / "cup.jpg").write_bytes(coffee_jpeg)
    monkeypatch.chdir(tmp_path)
    exec(compile(code.replace("http://127.0.0.1:8000", address), str(DOCS), "exec"), {})  # noqa: S102 ours
    assert re.search("^(decided accept|in_review review) ", capsys.readouterr().out, re.MULTILINE)
