"""The OpenAPI description can be built on: whole, valid, with examples that are what they say."""

import json
import re

import pytest
from described import Described
from jsonschema import Draft202012Validator

from api.bodies.events import TOLD
from inspection.webhooks.endpoint import PING, TYPES


@pytest.fixture(scope="module")
def description(app):
    return json.loads(json.dumps(app.openapi()))


@pytest.fixture(scope="module")
def described(description):
    return Described(description)


def operations(description):
    for part in ("paths", "webhooks"):
        for path, item in description[part].items():
            for method, operation in item.items():
                yield f"{method} {path}", operation


def bodies(operation):
    for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
        yield from part.get("content", {}).items()


def test_the_description_is_openapi_3_1(description):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(description)


def test_every_schema_has_an_example_and_each_is_one(description, described):
    for name, schema in description["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["examples"], name
        for example in schema["examples"]:
            assert example is not None, name
            described.valid({"$ref": f"#/components/schemas/{name}"}, example)


def test_every_request_and_answer_has_an_example_and_each_is_one(description, described):
    for name, operation in operations(description):
        assert operation["summary"], name
        for kind, media in bodies(operation):
            if "json" in kind or "form" in kind:
                assert "example" in media, (name, kind)
                described.valid(media["schema"], media["example"])
        good = [one for status, one in operation["responses"].items() if status.startswith("2")]
        assert good, name


def test_names_are_ours_and_each_schema_is_used(description):
    text = json.dumps(description)
    for name in description["components"]["schemas"]:
        assert "__" not in name
        assert not name.startswith("HTTPValidation")
        assert f'"#/components/schemas/{name}"' in text, name
    ids = [operation["operationId"] for _, operation in operations(description)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", one) for one in ids), ids


def test_problems_are_one_schema_and_every_operation_names_its_own(description):
    lists = {}
    for name, operation in operations({**description, "webhooks": {}}):
        refused = [status for status in operation["responses"] if int(status) >= 400]
        lists[name] = tuple(refused)
        for status in refused:
            media = operation["responses"][status].get("content", {}).get("application/problem+json")
            if media is not None:
                assert media["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
        if "security" in operation:
            assert {"401", "403", "429", "500", "503"} <= set(refused), name
    assert len(set(lists.values())) > 8
    assert "412" in lists["post /v1/returns/{return_id}/lines/{line_id}/payment"]
    assert "404" not in lists["get /v1/returns"]


def test_headers_that_clients_act_on_are_described(description):
    paths = description["paths"]
    read = paths["/v1/inspections/{inspection_id}"]["get"]["responses"]
    assert {"ETag", "RateLimit", "X-Request-ID"} <= set(read["200"]["headers"])
    assert "ETag" in read["304"]["headers"]
    assert "Retry-After" in read["429"]["headers"]
    assert "Retry-After" in read["503"]["headers"]
    assert "Location" in paths["/v1/returns"]["post"]["responses"]["201"]["headers"]
    assert "Upload-Offset" in paths["/v1/uploads/{upload_id}"]["patch"]["responses"]["204"]["headers"]
    for name, header in description["components"]["headers"].items():
        assert header["description"], name


def test_who_may_is_said_with_every_way_to_show_it(description):
    schemes = description["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}
    read = description["paths"]["/v1/returns/{return_id}"]["get"]
    assert {name for one in read["security"] for name in one} == set(schemes)
    assert "the shopper of that return" in read["description"]
    judge = description["paths"]["/v1/reviews/{review_id}/verdict"]["post"]
    assert judge["security"] == [{"SessionCookie": []}]  # a key is never a person
    assert description["servers"] == [{"url": "/"}]


def test_every_event_is_a_webhook_with_its_payload(description):
    assert set(description["webhooks"]) == set(TOLD) == {*TYPES, PING}
    for type_, item in description["webhooks"].items():
        media = item["post"]["requestBody"]["content"]["application/json"]
        assert media["example"]["type"] == type_
        names = {one["name"] for one in item["post"]["parameters"]}
        assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}


def test_real_answers_are_as_described(client, described, jpeg):
    client.event_hooks = {"response": [described.check]}
    image = ("photos", ("a.jpg", jpeg(), "image/jpeg"))
    answers = [
        client.post("/v1/classify", files=[image]),
        client.post("/v1/classify", files={"other": b"x"}),
        client.post("/v1/returns", json={"currency": "euro", "lines": []}),
        client.get("/v1/returns", params={"cursor": "x" * 300}),
        client.post("/v1/keys", json={"name": "Shop", "scopes": []}),
        client.get("/v1/session"),
        client.get("/healthz"),
        client.get("/readyz"),
        client.get("/v1/inspections/none"),
        client.get("/v1/reviews/none"),
        client.post("/v1/references", params={"sku": "cup-1"}, files=[image]),
        client.get("/v1/references", params={"sku": "cup-1"}),
        client.post("/v1/inspections", json={"price_cents": 5}),
        client.post("/v1/webhooks", json={"url": "https://shop.example/hooks"}),
    ]
    assert described.checked == len(answers)
