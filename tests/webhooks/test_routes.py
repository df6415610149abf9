"""What owners of webhooks do over HTTP, on each database."""

from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from servers import running
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier
from webhooks.receiver import status

from api import problems
from api.access.callers import Caller, Role, the_caller
from api.routes import webhooks as routes
from inspection.store.idempotency import SqlKeys
from inspection.store.tables import IDEMPOTENCY_KEYS

URL = "https://shop.example/hooks"
SERVICE = Caller("key:1", Role.SERVICE, scopes=frozenset({"webhooks"}))


@pytest.fixture
def app(outfit):
    made = FastAPI()
    made.include_router(routes.router)
    problems.install(made)
    product = SimpleNamespace(webhooks=outfit.webhooks, idempotency=SqlKeys(outfit.database))
    made.state.desk = SimpleNamespace(product=product)
    made.dependency_overrides[the_caller] = lambda: SERVICE
    return made


@pytest.fixture
def client(app):
    with running(app) as address, httpx.Client(base_url=address) as made:
        yield made


def add(client, url=URL, **more):
    answer = client.post("/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_webhook_is_added_read_changed_and_removed(client):
    answer = client.post("/v1/webhooks", json={"url": "HTTPS://Shop.Example/hooks", "types": ["line.paid"]})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["types"], made["version"]) == (URL, ["line.paid"], 1)
    at = answer.headers["location"]
    read = client.get(at)
    assert read.headers["etag"] == '"1"'
    assert "secret" not in read.json()
    changed = client.patch(at, json={"types": ["*"]}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["types"], changed.headers["etag"]) == (200, ["*"], '"2"')
    stale = client.patch(at, json={"types": ["line.paid"]}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert client.delete(at, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(at, headers={"If-Match": '"2"'}).status_code == 204
    for gone in (
        client.get(at),
        client.delete(at),
        client.patch(at, json={"url": URL}),
        client.post(f"{at}/test"),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "webhook_not_found")


def test_a_rotated_secret_is_shown_once_and_is_another(client):
    made = add(client)
    answer = client.post(f"/v1/webhooks/{made['id']}/rotate", headers={"If-Match": '"1"'})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["secret"] not in ("", made["secret"])
    assert answer.json()["version"] == 2
    assert client.post(f"/v1/webhooks/{made['id']}/rotate", headers={"If-Match": '"1"'}).status_code == 412


def test_the_secret_shown_verifies_what_a_test_sends(client, outfit, receiver):
    made = add(client, receiver.url, types=["line.paid"])
    answer = client.post(f"/v1/webhooks/{made['id']}/test")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["type"], told["state"]) == ("webhook.ping", "waiting")
    outfit.courier.deliver(told["event_id"], made["id"], 1)
    (received,) = receiver.received
    assert Verifier(made["secret"]).verify(received.body, received.headers)["id"] == told["event_id"]
    (listed,) = client.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert (listed["event_id"], listed["state"], listed["last_status"]) == (
        told["event_id"],
        "delivered",
        204,
    )


def test_what_failed_is_listed_and_replayed(client, outfit, receiver):
    made = add(client, receiver.url)
    receiver.answers = [status(500, b"down")]
    event_id = outfit.tell()
    for number in range(1, 5):
        outfit.courier.deliver(event_id, made["id"], number)
    at = f"/v1/webhooks/{made['id']}"
    (failed,) = client.get(f"{at}/deliveries", params={"state": "given_up"}).json()["items"]
    assert (failed["event_id"], failed["tries"], failed["last_error"]) == (event_id, 4, "answered 500")
    answer = client.post(f"{at}/replay", json={"event_id": event_id})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1, "next": None})
    receiver.answers = [status(204)]
    outfit.courier.deliver(event_id, made["id"], 101)
    (done,) = client.get(f"{at}/deliveries", params={"state": "delivered"}).json()["items"]
    assert (done["tries"], done["replays"]) == (1, 1)


def test_a_replay_of_many_goes_on_by_its_cursor(client, outfit, monkeypatch):
    for _ in range(5):
        outfit.tell()
    made = add(client)
    log = outfit.kept.deliveries
    few = type(log).replay_since
    monkeypatch.setattr(log, "replay_since", lambda *a, **more: few(log, *a, **more, most=2), raising=False)
    counts, cursor = [], None
    while True:
        body = {"since": "2020-01-01T00:00:00Z", "cursor": cursor}
        told = client.post(f"/v1/webhooks/{made['id']}/replay", json=body).json()
        counts.append(told["replayed"])
        cursor = told["next"]
        if cursor is None:
            break
    assert counts == [2, 2, 1]


def test_lists_come_in_pages(client):
    made = [add(client, f"{URL}/{n}")["id"] for n in range(5)]
    found, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/webhooks", params=params).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == made


@pytest.mark.parametrize("path", ["", "/{id}/rotate", "/{id}/test", "/{id}/replay"])
def test_the_same_key_does_it_once(client, outfit, path):
    made = add(client)
    outfit.tell()
    bodies = {"": {"url": URL}, "/{id}/replay": {"since": "2020-01-01T00:00:00Z"}}
    ask = {"url": "/v1/webhooks" + path.format(**made), "json": bodies.get(path)}
    first, second = (client.post(**ask, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.status_code == second.status_code < 300
    assert first.json() == second.json()


def test_an_idempotency_key_keeps_no_secret(client, outfit):
    ask = {"json": {"url": URL}, "headers": {"Idempotency-Key": "once"}}
    first, second = client.post("/v1/webhooks", **ask), client.post("/v1/webhooks", **ask)
    assert first.json() == second.json()
    with outfit.database.reading() as connection:
        kept = list(connection.execute(select(IDEMPOTENCY_KEYS.c.body)).scalars())
    assert kept == [None]


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://u:p@shop.example/",
     "https://0x7f.1/", "https://shop.example:25/", "https://localhost/", "nonsense", "https://a\x00b.example/"],
)  # fmt: skip
def test_an_address_that_would_not_be_called_is_refused_at_once(client, url):
    made = add(client)
    for answer in (
        client.post("/v1/webhooks", json={"url": url}),
        client.patch(f"/v1/webhooks/{made['id']}", json={"url": url}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "address_refused")


@pytest.mark.parametrize(
    "body",
    [{}, {"url": ""}, {"url": URL, "types": []}, {"url": URL, "types": ["line.payed"]},
     {"url": URL, "more": 1},
     {"url": URL, "types": ["webhook.ping"]}, {"url": URL, "types": "*"}, {"url": 5}, [], None,
     {"url": "x" * 2001}],
)  # fmt: skip
def test_a_webhook_that_makes_no_sense_is_refused(client, body):
    assert client.post("/v1/webhooks", json=body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [{}, {"event_id": "x"}, {"event_id": "\x00" * 36}, {"since": "yesterday"},
     {"since": "2026-01-01T00:00:00"},
     {"since": "0001-01-01T00:00:00+14:00"}, {"since": "9999-12-31T23:59:59-14:00"},
     {"since": "2026-01-01T00:00:00Z", "event_id": "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"},
     *({"since": "2026-01-01T00:00:00Z", "cursor": cursor} for cursor in
       ["x", "!!", "MjAyNi0wMS0wMVQwMDowMDowMCB4", "ü", "AAAA", "MDAwMS0wMS0wMVQwMDowMDowMCswMDowMCB4"])],
)  # fmt: skip
def test_a_replay_that_makes_no_sense_is_refused(client, body):
    made = add(client)
    assert client.post(f"/v1/webhooks/{made['id']}/replay", json=body).status_code == 422


@pytest.mark.parametrize("query", ["cursor=x", "cursor=%00", "limit=0", "limit=201", "limit=x", "state=lost"])
def test_a_page_that_makes_no_sense_is_refused(client, query):
    made = add(client)
    assert client.get(f"/v1/webhooks/{made['id']}/deliveries?{query}").status_code == 422


@pytest.mark.parametrize("webhook_id", ["x", "%00" * 36, "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e7G"])
def test_an_id_that_is_none_is_refused(client, webhook_id):
    assert client.get(f"/v1/webhooks/{webhook_id}").status_code == 422


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (SERVICE, True),
        (Caller("person:ada", Role.ADMINISTRATOR), True),
        (Caller("key:2", Role.SERVICE, scopes=frozenset({"returns"})), False),
        (Caller("person:ben", Role.INSPECTOR), False),
        (Caller("person:cleo", Role.SCIENTIST), False),
        (Caller("link:r", Role.SHOPPER, return_id="r"), False),
    ],
)
def test_services_with_the_scope_and_administrators_alone_may(app, client, caller, allowed):
    made = add(client)["id"]
    app.dependency_overrides[the_caller] = lambda: caller
    at = f"/v1/webhooks/{made}"
    answers = [
        client.get("/v1/webhooks"),
        client.post("/v1/webhooks", json={"url": URL}),
        client.get(at),
        client.patch(at, json={"url": URL}),
        client.post(f"{at}/rotate"),
        client.get(f"{at}/deliveries"),
        client.post(f"{at}/replay", json={"since": "2026-01-01T00:00:00Z"}),
        client.post(f"{at}/test"),
        client.delete(at),
    ]
    assert {answer.status_code < 300 for answer in answers} == {allowed}
    assert allowed or {answer.status_code for answer in answers} == {403}


def test_who_is_not_known_gets_nowhere(app, client):
    app.dependency_overrides.clear()
    assert client.get("/v1/webhooks").status_code == 401


def test_there_are_not_too_many(client, monkeypatch):
    monkeypatch.setattr("inspection.store.webhooks.MOST_WEBHOOKS", 1)
    add(client)
    answer = client.post("/v1/webhooks", json={"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")
