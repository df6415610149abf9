"""One request under a key, whatever is sent again, by whom, and when."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from callers import come_in_as
from servers import running

from api.access.callers import Caller, Role
from api.app import create_app
from inspection.errors import KeyReused, StillRunning
from inspection.ports import KeptAnswer
from inspection.store.idempotency import SqlKeys
from inspection.store.tables import RETURNS

ADA = Caller("person:ada", Role.ADMINISTRATOR)
ANSWER = KeptAnswer(status=201, headers={}, body=b"{}")
RETURN = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1990}]}


@pytest.fixture
def app(product):
    made = create_app(product)
    come_in_as(made, ADA)
    return made


@pytest.fixture
def client(app):
    with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def opened(client):
    return client.post("/v1/inspections", json={"price_cents": 100}).json()["id"]


def add(client, inspection_id, photo, key, **more):
    files = {"photo": ("a.jpg", photo, "image/jpeg")}
    path = f"/v1/inspections/{inspection_id}/photos"
    return client.post(path, files=files, headers={"Idempotency-Key": key}, **more)


def photos_of(client, inspection_id):
    return client.get(f"/v1/inspections/{inspection_id}").json()["photos"]


def test_another_photo_of_the_same_length_under_a_used_key_is_refused_and_not_lost(client, opened, jpeg):
    one = jpeg(1)
    other = jpeg(2)
    other += b"\0" * (len(one) - len(other))
    one += b"\0" * (len(other) - len(one))
    first = add(client, opened, one, "k")
    assert first.status_code == 201, first.text
    again = add(client, opened, other, "k")
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
    assert len(photos_of(client, opened)) == 1
    assert add(client, opened, other, "another").status_code == 201
    assert len(photos_of(client, opened)) == 2


def test_the_same_photo_under_its_key_gets_the_first_answer_whatever_the_boundary(client, opened, jpeg):
    first, again = (add(client, opened, jpeg(1), "k") for _ in range(2))  # httpx draws a boundary each time
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.json()) == (201, first.json())


def test_a_form_in_pieces_of_unknown_length_is_known_again_too(client, opened, jpeg):
    def form(photo, boundary):
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'.encode()
        yield photo
        yield f"\r\n--{boundary}--\r\n".encode()

    def send(photo, boundary):
        told = {"Content-Type": f"Multipart/Form-Data; boundary={boundary}", "Idempotency-Key": "k"}
        path = f"/v1/inspections/{opened}/photos"
        return client.post(path, content=form(photo, boundary), headers=told)

    assert send(jpeg(1), "one").status_code == 201
    assert send(jpeg(1), "two").headers["Idempotent-Replayed"] == "true"
    assert send(jpeg(2), "one").json()["code"] == "key_reused"


def test_the_same_photo_with_another_word_beside_it_is_another_request(client, opened, jpeg):
    assert add(client, opened, jpeg(1), "k", data={"view": "front"}).status_code == 201
    assert add(client, opened, jpeg(1), "k", data={"view": "label"}).json()["code"] == "key_reused"


def test_a_form_that_was_cut_off_leaves_its_key_free(client, opened, jpeg):
    path = f"/v1/inspections/{opened}/photos"
    told = {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": "k"}
    cut = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + jpeg(1)[:500]
    answer = client.post(path, content=cut, headers=told)
    assert answer.status_code in (400, 422), answer.text
    assert add(client, opened, jpeg(1), "k").status_code == 201


def test_a_photo_that_is_refused_is_refused_the_same_way_again(client, opened):
    first, again = (add(client, opened, b"no photo", "k") for _ in range(2))
    assert first.status_code == again.status_code == 422
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_request_that_came_too_late_is_tried_again_under_its_key_with_what_stands_now(client, opened):
    path, key = f"/v1/inspections/{opened}/withdraw", {"Idempotency-Key": "k"}
    assert client.post(path, headers={**key, "If-Match": '"99"'}).status_code == 412
    tag = client.get(f"/v1/inspections/{opened}").headers["ETag"]
    answer = client.post(path, headers={**key, "If-Match": tag})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


def test_what_was_answered_to_an_administrator_is_not_answered_again_to_the_same_person_in_another_role(
    app, client
):
    key = {"Idempotency-Key": "k"}
    assert client.post("/v1/returns", json=RETURN, headers=key).status_code == 201
    come_in_as(app, Caller(ADA.id, Role.SCIENTIST))
    again = client.post("/v1/returns", json=RETURN, headers=key)
    assert (again.status_code, again.json()["code"]) == (403, "not_allowed")
    come_in_as(app, ADA)
    assert client.post("/v1/returns", json=RETURN, headers=key).headers["Idempotent-Replayed"] == "true"


@contextmanager
def behind_the_door(product):
    """The app with nobody let in who shows nothing: a key was made."""
    app = create_app(product)
    with running(app) as address, httpx.Client(base_url=address, timeout=60) as client:
        made = client.post("/v1/keys", json={"name": "Shop", "scopes": ["admin"]})
        assert made.status_code == 201, made.text
        client.headers["Authorization"] = f"Bearer {made.json()['key']}"
        yield client, made.json()["id"]


def test_a_key_of_the_api_that_was_replaced_leaves_its_requests_to_the_one_in_its_place(product):
    with behind_the_door(product) as (client, first_id):
        id_, once = first_id, {"Idempotency-Key": "k"}
        first = client.post("/v1/returns", json=RETURN, headers=once)
        for _ in range(2):
            new = client.post(f"/v1/keys/{id_}/rotate", json={"overlap_hours": 0}).json()
            client.headers["Authorization"], id_ = f"Bearer {new['key']}", new["id"]
            again = client.post("/v1/returns", json=RETURN, headers=once)
            assert again.json() == first.json()
        assert len(client.get("/v1/returns").json()["items"]) == 1
        assert client.get("/v1/session").json()["id"] == f"key:{id_}"  # the record names the key that asked


def test_another_key_of_the_api_under_a_used_key_is_refused(product):
    with behind_the_door(product) as (client, id_):
        for path, one, other in (
            ("/v1/keys", {"name": "A", "scopes": ["returns"]}, {"name": "B", "scopes": ["returns"]}),
            (f"/v1/keys/{id_}/rotate", {"overlap_hours": 2}, {"overlap_hours": 3}),
        ):
            key = {"Idempotency-Key": path}
            assert client.post(path, json=one, headers=key).status_code == 201
            assert client.post(path, json=one, headers=key).json()["code"] == "key_made_before"
            assert client.post(path, json=other, headers=key).json()["code"] == "key_reused"


def test_a_link_asked_for_again_under_its_key_is_the_same_and_is_kept_nowhere(product):
    with behind_the_door(product) as (client, _):
        made = client.post("/v1/returns", json=RETURN).json()["id"]
        key, wanted = {"Idempotency-Key": "k"}, {"return_id": made, "hours": 2}
        first = client.post("/v1/links", json=wanted, headers=key)
        time.sleep(1.1)  # a link made now would end later
        again = client.post("/v1/links", json=wanted, headers=key)
        assert (first.status_code, again.json()) == (201, first.json())
        other = client.post("/v1/links", json={**wanted, "hours": 3}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
        with product.database.engine.connect() as connection:
            kept = str(connection.exec_driver_sql("SELECT * FROM idempotency_keys").all())
        assert first.json()["token"] not in kept


@pytest.mark.parametrize(
    ("content_type", "most"), [("image/jpeg", 11), ("Multipart/Form-Data; boundary=b", 0), ("text/plain", 11)]
)
def test_of_what_somebody_unknown_sends_little_is_read_and_of_a_form_nothing(product, content_type, most):
    app, read = create_app(product), []

    async def endless():
        for _ in range(400):
            read.append(1)
            yield b"x" * 100_000

    async def ask():
        told = {"Content-Type": content_type, "Idempotency-Key": "k", "Authorization": "Bearer x"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/v1/classify", content=endless(), headers=told)

    assert asyncio.run(ask()).status_code in (401, 413)
    assert len(read) <= most


def test_a_turn_that_was_taken_over_changes_nothing_any_more(database):
    keys = SqlKeys(database)
    slow = keys.begin("me", "k", "0" * 64, held_for=timedelta(0))
    quick = keys.begin("me", "k", "0" * 64, held_for=timedelta(minutes=1))
    assert (slow.made_id, slow.begun_at) == (quick.made_id, quick.begun_at)
    keys.release(slow)  # no more its own
    with pytest.raises(StillRunning):
        keys.begin("me", "k", "0" * 64, held_for=timedelta(minutes=1))
    keys.answer(quick, ANSWER)
    keys.answer(slow, KeptAnswer(status=422, headers={}, body=b"late"))
    assert keys.begin("me", "k", "0" * 64, held_for=timedelta(minutes=1)) == ANSWER
    with pytest.raises(KeyReused):
        keys.begin("me", "k", "1" * 64, held_for=timedelta(minutes=1))


def test_the_effect_of_a_turn_that_was_taken_over_is_undone(product):
    keys = product.idempotency
    slow = keys.begin("me", "k", "0" * 64, held_for=timedelta(0))
    keys.begin("me", "k", "0" * 64, held_for=timedelta(minutes=1))
    with pytest.raises(StillRunning), keys.noted(slow), product.cases.change() as change:
        change.connection.execute(
            RETURNS.insert().values(id=slow.made_id, created_at=change.now, currency="EUR")
        )
    assert product.lists.returns(after=None, limit=5) == ()


def test_of_many_photos_at_once_under_one_key_one_is_added(client, opened, jpeg):
    begun = threading.Barrier(6)

    def send(number):
        begun.wait()
        return add(client, opened, jpeg(number), "k")

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert sorted({answer.status_code for answer in answers})[0] == 201
    assert {answer.status_code for answer in answers} <= {201, 409, 422}
    assert len(photos_of(client, opened)) == 1
