"""What no database keeps, no list gave and no shop pays is refused in one line, on each engine."""

import httpx
import pytest
from callers import come_in_as
from servers import running

from api.access.callers import Caller, Role
from api.app import create_app
from inspection.errors import ValueUnusable
from inspection.store.tables import RETURNS

RETURN = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1990}]}
ID = "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"


@pytest.fixture
def client(product):
    app = create_app(product)
    come_in_as(app, Caller("person:ada", Role.ADMINISTRATOR))
    with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def refused(answer):
    assert answer.status_code == 422, (answer.request.url, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()["code"]


def test_nul_is_refused_wherever_it_comes(client):
    for path in (
        "/v1/returns/%00", "/v1/returns?cursor=%00", "/v1/returns?reference=%00", "/v1/inspections/%00",
        "/v1/inspections?return_id=%00", "/v1/inspections?cursor=%00", "/v1/reviews/%00",
        "/v1/reviews?cursor=%00", "/v1/references?sku=a&cursor=%00", "/v1/references?sku=%00",
        "/v1/inspections/%00/record", "/v1/inspections/%00/photos/1",
    ):  # fmt: skip
        refused(client.get(path))
    refused(client.delete("/v1/references/%00"))
    for path, body in (
        ("/v1/returns/%00/lines/%00/payment", {"cents": 1}),
        ("/v1/inspections/%00/appeal", {"why": "x"}),
        (f"/v1/inspections/{ID}/appeal", {"why": "x\0"}),
        ("/v1/inspections", {"line_id": "\0" * 36}),
        ("/v1/links", {"return_id": "\0" * 36}),
        ("/v1/returns", {**RETURN, "reference": "a\0"}),
        ("/v1/returns", {**RETURN, "lines": [{"title": "\0", "price_cents": 1}]}),
        ("/v1/keys", {"name": "a\0b", "scopes": ["returns"]}),
    ):
        refused(client.post(path, json=body))


def test_what_slips_past_every_check_is_no_fault_of_the_database(product):
    if product.database.is_sqlite:
        pytest.skip("SQLite keeps NUL")
    with pytest.raises(ValueUnusable), product.database.reading() as connection:
        connection.execute(RETURNS.select().where(RETURNS.c.reference == "a\0"))


def test_a_page_of_nul_is_none(client):
    assert client.get("/inspections/%00").status_code in (404, 422)


def test_a_cursor_that_no_answer_gave_is_none_of_ours(client):
    for cursor in [
        "zzzz",
        "",
        "9999999999999999999999999_x",
        "1_x",
        f"{'9' * 25}_{ID}",
        "-1",
        ID.upper(),
        "%F0%9F",
    ]:
        for path in (
            "/v1/returns?",
            "/v1/inspections?",
            "/v1/reviews?",
            "/v1/references?sku=a&",
            "/v1/webhooks?",
        ):
            assert refused(client.get(f"{path}cursor={cursor}")) == "cursor_unusable"


def test_a_page_that_is_exactly_full_is_the_last(client):
    for _ in range(4):
        made = client.post("/v1/returns", json=RETURN).json()
        client.post("/v1/inspections", json={"line_id": made["lines"][0]["id"]})
    for path in ("/v1/returns", "/v1/inspections"):
        first = client.get(path, params={"limit": 2}).json()
        second = client.get(path, params={"limit": 2, "cursor": first["next"]}).json()
        assert len(first["items"]) == len(second["items"]) == 2
        assert second["next"] is None
        ids = [one["id"] for one in first["items"] + second["items"]]
        assert ids == sorted(set(ids), reverse=True)


def test_money_is_a_whole_number_and_nothing_that_could_be_taken_for_one(client):
    for cents in [True, "12", 1.0, 1.5, None, -1, 10**13]:
        refused(client.post("/v1/returns", json={**RETURN, "lines": [{"title": "A", "price_cents": cents}]}))
        made = client.post("/v1/returns", json=RETURN).json()
        refused(
            client.post(
                f"/v1/returns/{made['id']}/lines/{made['lines'][0]['id']}/payment", json={"cents": cents}
            )
        )
        if cents is not None:
            refused(client.post("/v1/inspections", json={"price_cents": cents}))


def test_a_currency_is_one_that_people_pay_with(client):
    for currency in ["ZZZ", "XXX", "XTS", "XAU", "eur", "EURO", "", None, 978]:
        refused(client.post("/v1/returns", json={**RETURN, "currency": currency}))


def test_the_currencies_that_people_pay_with_are_there(client):
    for currency in ["EUR", "USD", "GBP", "CHF", "JPY", "KWD", "XOF", "XCG"]:
        assert client.post("/v1/returns", json={**RETURN, "currency": currency}).status_code == 201


def test_a_title_that_nobody_sees_is_none(client):
    for title in ["", " ", "\u200b\u200b", "\u200d", "\u3164", "\u2800", "\u00a0", "\u202e"]:
        refused(client.post("/v1/returns", json={**RETURN, "lines": [{"title": title, "price_cents": 1}]}))


def test_a_title_in_any_writing_is_one(client):
    for title in ["Tasse", "杯", "کوپ‌ها", "☕", "e\u0301"]:
        made = client.post("/v1/returns", json={**RETURN, "lines": [{"title": title, "price_cents": 1}]})
        assert made.status_code == 201
        assert made.json()["lines"][0]["title"] == title


def test_a_query_parameter_that_is_misspelt_is_not_missed(client):
    for path in ("/v1/returns?referense=R-1", f"/v1/returns/{ID}?limit=1", "/v1/session?x=1"):
        assert refused(client.get(path)) == "parameter_unknown"
    assert client.get("/v1/returns?reference=R-1&limit=2").status_code == 200


def test_a_wrong_method_is_told_all_the_right_ones(client):
    for method, path, allowed in [
        ("PUT", "/v1/inspections", "GET, HEAD, POST"),
        ("PUT", f"/v1/webhooks/{ID}", "GET, HEAD, PATCH, DELETE"),
        ("GET", f"/v1/uploads/{ID}", "HEAD, POST, PATCH, DELETE, OPTIONS"),
        ("PUT", f"/v1/inspections/{ID}/photos/1", "GET, HEAD, DELETE"),
        ("GET", "/v1/classify", "POST"),
    ]:
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed


def test_what_can_be_got_can_be_asked_for_without_its_body(client):
    made = client.post("/v1/returns", json=RETURN).json()
    for path in ("/v1/returns", f"/v1/returns/{made['id']}", "/v1/session", "/healthz", "/openapi.json"):
        got, head = client.get(path), client.head(path)
        assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
        assert head.headers.get("etag") == got.headers.get("etag")
        assert head.headers["content-length"] == got.headers["content-length"]
    assert client.head("/v1/classify").status_code == 405
    assert client.head("/v1/nothing").status_code == 404


def test_an_address_has_one_spelling_and_none_leads_elsewhere(client):
    answer = client.get("/v1/returns/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_what_openapi_does_not_list_ends_in_no_5xx_either(client):
    odd = ("", "%00", "..%2f..", "x" * 5000, "isp1_AAAA", "isl1_AAAA", ID, "%F0%28%8C", "' OR 1=1 --")
    for word in odd:
        for path in (
            f"/session/login?next={word}", f"/session/callback?code={word}&state={word}",
            f"/session/enter/{word}", f"/r/{word}", f"/inspections/{word}", f"/photos/{word}.jpg",
        ):  # fmt: skip
            assert client.get(path).status_code < 500, path
        for meant in ("PATCH", "DELETE", "HEAD", "PUT", ""):
            told = {"X-HTTP-Method-Override": meant, "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
            assert 400 <= client.post(f"/v1/uploads/{word}", headers=told).status_code < 500, word
    for body in (b"", b"\0" * 100, b"x=1"):
        assert client.post("/session/logout", content=body).status_code == 200
        assert 400 <= client.post("/inspections", content=body).status_code < 500
