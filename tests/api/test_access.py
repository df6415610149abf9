"""Who may, over the whole product: the shopper's way, other people's returns, and no route left open."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.access.access import Access
from api.access.asked import allowed, asks_nobody
from api.access.install import install
from api.access.settings import AccessSettings
from api.access.table import BEGIN, DOCS, END, routes, table
from api.app import create_app
from api.routes import keys, session
from inspection.access.keys import Scope, new_key
from inspection.access.secret import secret_of
from inspection.store.keys import SqlApiKeys
from inspection.wiring import new_id

OPEN_TO_ALL = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/session/login",
    "/session/callback",
    "/session/enter/{token}",
    "/session/logout",
    "/r/{token}",
}
"""Answered to anybody: health, and the doors themselves."""


@pytest.fixture(scope="module")
def app(product):
    """The product's app; behind a door that is closed to who merely sits at this machine."""
    app = create_app(product)
    secret, kept = secret_of(None, product.settings.home), SqlApiKeys(product.database)
    settings = AccessSettings(public_url="http://localhost")
    install(app, Access(settings, secret=lambda: secret, keys=lambda: kept))
    there = {getattr(route, "path", "") for route in app.routes}
    for part in (keys, session):
        if not {route.path for route in part.router.routes} <= there:
            app.include_router(part.router)
    return app


@pytest.fixture(scope="module")
def service(app):
    """`service("returns")` are the headers of a key with that scope."""

    def make(*scopes):
        key, text = new_key(new_id(), "Order system", scopes, now=datetime.now(UTC))
        app.state.access.keys.add(key)
        return {"Authorization": f"Bearer {text}"}

    return make


@pytest.fixture(scope="module")
def order_system(service):
    return service("returns", "inspections")


@pytest.fixture
def requested(client, order_system):
    """A return that the order system announced."""
    item = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1990}]}
    answer = client.post("/v1/returns", json=item, headers=order_system)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def link_of(client, order_system):
    def ask(return_id, **more):
        answer = client.post("/v1/links", json={"return_id": return_id, **more}, headers=order_system)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return ask


def as_shopper(link):
    return {"Authorization": f"Bearer {link['token']}"}


def test_a_shopper_comes_by_a_link_to_their_own_return_alone(client, requested, link_of, order_system):
    link = link_of(requested["id"], hours=2)
    assert link["url"] == f"http://localhost/r/{link['token']}"
    until = datetime.fromisoformat(link["expires_at"])
    assert timedelta(hours=1, minutes=59) < until - datetime.now(UTC) <= timedelta(hours=2)
    mine = client.get(f"/v1/returns/{requested['id']}", headers=as_shopper(link))
    assert mine.status_code == 200
    item = {"currency": "EUR", "lines": [{"title": "Another's", "price_cents": 1}]}
    others = client.post("/v1/returns", json=item, headers=order_system).json()
    assert client.get(f"/v1/returns/{others['id']}", headers=as_shopper(link)).status_code == 403
    line = {"line_id": others["lines"][0]["id"]}
    assert client.post("/v1/inspections", json=line, headers=as_shopper(link)).status_code == 403
    own = {"line_id": requested["lines"][0]["id"]}
    opened = client.post("/v1/inspections", json=own, headers=as_shopper(link))
    assert opened.status_code == 201, opened.text
    other_link = link_of(others["id"])
    seen = client.get(f"/v1/inspections/{opened.json()['id']}", headers=as_shopper(other_link))
    assert seen.status_code == 403


def test_a_shopper_is_no_service_and_no_inspector(client, requested, link_of):
    shopper = as_shopper(link_of(requested["id"]))
    for method, path in (
        ("GET", "/v1/returns"),
        ("POST", "/v1/returns"),
        ("GET", "/v1/reviews"),
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("POST", "/v1/links"),
        ("GET", "/v1/references?sku=x"),
    ):
        body = {"json": {}} if method == "POST" else {}
        assert client.request(method, path, headers=shopper, **body).status_code in (403, 422), path
        assert client.request(method, path, **body).status_code == 401, path


def test_an_opened_link_leads_to_the_return(client, requested, link_of):
    token = link_of(requested["id"])["token"]
    with httpx.Client(base_url=client.base_url) as browser:
        answer = browser.get(f"/r/{token}", follow_redirects=True)
        assert answer.status_code == 200
        assert answer.json()["id"] == requested["id"]
        assert token not in str(answer.url)


def test_an_opened_link_leads_a_browser_to_a_page(client, requested, link_of):
    token = link_of(requested["id"])["token"]
    with httpx.Client(base_url=client.base_url, headers={"Accept": "text/html,*/*;q=0.8"}) as browser:
        answer = browser.get(f"/r/{token}", follow_redirects=True)
        assert answer.status_code == 200
        assert answer.url.path == f"/returns/{requested['id']}"
        assert "A cup" in answer.text


def test_a_link_to_no_return_is_not_made(client, order_system):
    for return_id, status in ((new_id(), 404), ("x", 422), ("", 422)):
        answer = client.post("/v1/links", json={"return_id": return_id}, headers=order_system)
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("hours", [0, -1, 1e9, "NaN", "soon", None])
def test_a_link_for_a_time_that_makes_no_sense_is_not_made(client, requested, order_system, hours):
    wanted = {"return_id": requested["id"], "hours": hours}
    assert client.post("/v1/links", json=wanted, headers=order_system).status_code == 422


def test_the_same_request_for_a_key_makes_no_second_one(client, service):
    admin = service("admin")
    once = {**admin, "Idempotency-Key": new_id()}
    wanted = {"name": "Shop", "scopes": ["returns"]}
    first = client.post("/v1/keys", json=wanted, headers=once)
    again = client.post("/v1/keys", json=wanted, headers=once)
    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "key_made_before"
    assert first.json()["id"] in again.json()["detail"]
    assert first.json()["key"] not in again.text
    other = client.post(
        "/v1/keys", json=wanted, headers={**service("admin"), "Idempotency-Key": once["Idempotency-Key"]}
    )
    assert other.status_code == 201


def test_a_keys_text_is_in_no_table(client, service, product):
    admin = {**service("admin"), "Idempotency-Key": new_id()}
    made = client.post("/v1/keys", json={"name": "Shop", "scopes": ["returns"]}, headers=admin).json()
    secret = made["key"].split("_")[2]
    with product.database.engine.connect() as connection:
        for name in ("api_keys", "idempotency_keys", "events", "record"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608 names of ours
            assert secret not in str(rows)
            assert secret.encode() not in b"".join(
                cell for row in rows for cell in row if isinstance(cell, bytes)
            )


@pytest.mark.parametrize("key_id", ["x", "%00", "0" * 36, "..", "' OR 1=1 --"])
def test_what_is_no_id_of_a_key_is_no_key(client, service, key_id):
    answer = client.get(f"/v1/keys/{key_id}", headers=service("admin"))
    assert answer.status_code in (404, 422)


def test_a_key_that_holds_for_ever_and_a_day_is_not_made(client, service):
    admin = service("admin")
    for at in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2090-01-01T00:00:00Z"):
        wanted = {"name": "x", "scopes": ["returns"], "expires_at": at}
        assert client.post("/v1/keys", json=wanted, headers=admin).status_code == 422, at


def test_each_scope_opens_something_and_is_a_word_of_the_routes():
    asked = {rule.scope for route in routes() for rule in [allowed(route)] if rule is not None and rule.scope}
    assert asked | {"classify"} == {scope.value for scope in Scope}


def test_no_request_is_answered_to_just_anybody(app):
    left_open = {route.path for route in routes() if asks_nobody(route) and "OPTIONS" not in route.methods}
    assert left_open <= OPEN_TO_ALL


def test_the_documentation_says_who_may():
    said = DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert said == table(), "write it anew: python -m api.access.table"


def test_what_was_answered_to_a_key_is_not_answered_again_once_it_is_revoked(client, service, app):
    shop = service("returns")
    once = {**shop, "Idempotency-Key": new_id()}
    item = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1990}]}
    first, again = (client.post("/v1/returns", json=item, headers=once) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    access = app.state.access
    access.keys.end(
        client.get("/v1/session", headers=shop).json()["id"].removeprefix("key:"), now=access.clock()
    )
    assert client.post("/v1/returns", json=item, headers=once).status_code == 401
