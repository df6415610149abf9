"""The way of a return over HTTP: requested, photographed, judged, appealed, paid; on each database."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from casework.steps import ADA, BEN, SHOP, add, looked_at, review_of, shopper_of, wait


def test_a_return_goes_all_its_way(client, requested, decided):
    assert decided["state"] == "in_review"
    assert decided["answer"]["decision"]["kind"] == "review"
    line = requested["lines"][0]["id"]
    pay = f"/v1/returns/{requested['id']}/lines/{line}/payment"
    assert client.post(pay, json={"cents": 100}).status_code == 409  # not decided
    client.be(ADA)
    review = review_of(client, decided["id"])
    assert client.post(f"/v1/reviews/{review['id']}/claim").json()["claimed_by"] == "person:ada"
    client.be(BEN)
    assert client.post(f"/v1/reviews/{review['id']}/claim").status_code == 409
    client.be(ADA)
    refused = {"kind": "refuse", "reason": "Worn outside."}
    assert client.post(f"/v1/reviews/{review['id']}/verdict", json=refused).json()["decision"] == "refuse"
    client.be(SHOP)
    appealed = client.post(f"/v1/inspections/{decided['id']}/appeal", json={"why": "Never worn."})
    assert appealed.json()["state"] == "in_review"
    client.be(ADA)
    assert client.get("/v1/reviews").json()["items"] == []  # somebody else's
    client.be(BEN)
    review = review_of(client, decided["id"])
    accepted = client.post(f"/v1/reviews/{review['id']}/verdict", json={"kind": "accept", "grade": "B"})
    assert accepted.json()["grade"] == "B"
    client.be(SHOP)
    assert client.post(pay, json={"cents": 4001}).status_code == 422  # more than its price
    assert client.post(pay, json={"cents": 3000}).json()["lines"][0]["paid_cents"] == 3000
    assert client.post(pay, json={"cents": 3000}).status_code == 409  # once
    kinds = [entry["kind"] for entry in client.get(f"/v1/inspections/{decided['id']}/record").json()]
    assert kinds == ["decision", "decision", "appeal", "decision"]


def test_a_photo_is_shown_as_a_copy_and_taken_back_before_submitting(client, app, requested, coffee_jpeg):
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]}).json()
    add(app, opened["id"], coffee_jpeg)
    assert client.delete(f"/v1/inspections/{opened['id']}/photos/1").status_code == 204
    assert client.delete(f"/v1/inspections/{opened['id']}/photos/1").status_code == 404
    assert client.post(f"/v1/inspections/{opened['id']}/submit").status_code == 422  # nothing to look at
    add(app, opened["id"], coffee_jpeg)
    client.post(f"/v1/inspections/{opened['id']}/submit")
    said = wait(client, opened["id"])
    shown = client.get(said["photos"][0]["shown"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content != coffee_jpeg
    assert client.delete(f"/v1/inspections/{opened['id']}/photos/2").status_code == 409


def test_the_same_key_gets_the_first_answer_and_makes_one_thing(client):
    body = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1}]}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = client.post("/v1/returns", json=body, headers=key)
    again = client.post("/v1/returns", json=body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(client.get("/v1/returns").json()["items"]) == 1


def test_many_at_once_under_one_key_make_one_thing(client):
    body = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1}]}
    key = {"Idempotency-Key": "at-once"}
    address = str(client.base_url)

    def ask(_):
        with httpx.Client(base_url=address, timeout=60) as alone:
            return alone.post("/v1/returns", json=body, headers=key)

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(ask, range(12)))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len(client.get("/v1/returns").json()["items"]) == 1


def test_another_request_under_a_used_key_is_refused(client):
    key = {"Idempotency-Key": "one"}
    body = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1}]}
    client.post("/v1/returns", json=body, headers=key)
    other = client.post("/v1/returns", json=body | {"currency": "USD"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_a_refusal_is_kept_under_its_key_and_a_conflict_frees_it(client, app, requested, coffee_jpeg):
    wrong = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1}], "reference": "R-1"}
    taken = client.post("/v1/returns", json=wrong, headers={"Idempotency-Key": "two"})
    assert (taken.status_code, taken.json()["code"]) == (409, "reference_taken")
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][1]["id"]}).json()
    submit = f"/v1/inspections/{opened['id']}/submit"
    assert client.post(submit, headers={"Idempotency-Key": "three"}).json()["code"] == "no_photos"
    add(app, opened["id"], coffee_jpeg)
    assert client.post(submit, headers={"Idempotency-Key": "three"}).json()["code"] == "no_photos"
    assert client.post(submit, headers={"Idempotency-Key": "four"}).status_code == 200


def test_a_request_whose_process_died_before_its_answer_is_not_done_twice(
    client, app, requested, coffee_jpeg
):
    """As after a kill -9: the effect is in, the answer is not, and the lock has run out."""
    product = app.state.desk.product
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]}).json()
    add(app, opened["id"], coffee_jpeg)
    submit = f"/v1/inspections/{opened['id']}/submit"
    done = client.post(submit, headers={"Idempotency-Key": "five"})
    assert done.status_code == 200
    with product.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL,"
            " locked_until = created_at"
        )
    again = client.post(submit, headers={"Idempotency-Key": "five"})
    assert again.status_code == 200
    assert again.json()["turn"] == 1


@pytest.mark.parametrize("key", ["", "k\tk", "k" * 256, "ключ".encode()])
def test_a_key_that_no_library_would_make_is_refused(client, key):
    body = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1}]}
    answer = client.post("/v1/returns", json=body, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_unusable")


def test_who_read_another_version_is_told_so(client, app, requested, coffee_jpeg):
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]}).json()
    add(app, opened["id"], coffee_jpeg)
    submit = f"/v1/inspections/{opened['id']}/submit"
    for etag in ('"7"', "nonsense", 'W/"12"'):
        assert client.post(submit, headers={"If-Match": etag}).status_code == 412
    etag = client.get(f"/v1/inspections/{opened['id']}").headers["ETag"]
    assert client.post(submit, headers={"If-Match": etag}).status_code == 200


def test_lists_come_in_pages_that_miss_and_repeat_nothing(client):
    for number in range(7):
        body = {"reference": f"P-{number}", "currency": "EUR", "lines": [{"title": "x", "price_cents": 1}]}
        client.post("/v1/returns", json=body)
    seen, cursor = [], None
    while True:
        page = client.get("/v1/returns", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [one["reference"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"P-{number}" for number in reversed(range(7))]
    assert client.get("/v1/reviews", params={"cursor": "nonsense"}).json()["code"] == "cursor_unusable"


def test_a_shoppers_link_opens_one_return_and_no_other(client, requested):
    body = {"currency": "EUR", "lines": [{"title": "Another's", "price_cents": 1}]}
    other = client.post("/v1/returns", json=body).json()
    of_other = client.post("/v1/inspections", json={"line_id": other["lines"][0]["id"]}).json()
    alone = client.post("/v1/inspections", json={"price_cents": 5}).json()
    client.be(shopper_of(requested["id"]))
    assert client.get(f"/v1/returns/{requested['id']}").status_code == 200
    assert client.get(f"/v1/returns/{other['id']}").status_code == 403
    assert client.get("/v1/returns").status_code == 403
    for inspection in (of_other, alone):
        path = f"/v1/inspections/{inspection['id']}"
        assert client.get(path).status_code == 403
        for move in ("submit", "withdraw", "appeal"):
            assert client.post(f"{path}/{move}", json={"why": "x"}).status_code == 403
        assert client.delete(f"{path}/photos/1").status_code == 403
    assert client.post("/v1/inspections", json={"line_id": other["lines"][0]["id"]}).status_code == 403
    assert client.post("/v1/inspections", json={"price_cents": 5}).status_code == 403
    assert client.get("/v1/inspections").json()["items"] == []
    own = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]})
    assert own.status_code == 201
    assert len(client.get("/v1/inspections").json()["items"]) == 1
    assert client.get(f"/v1/inspections/{own.json()['id']}/record").status_code == 403
    assert client.get("/v1/reviews").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "accept"},
        {"kind": "refuse", "reason": "  "},
        {"kind": "refuse", "grade": "A", "reason": "x"},
        {"kind": "deny"},
        {"kind": "accept", "grade": "B", "extra": 1},
    ],
)
def test_a_verdict_that_is_none_is_refused(client, decided, body):
    client.be(ADA)
    review = review_of(client, decided["id"])
    assert client.post(f"/v1/reviews/{review['id']}/verdict", json=body).status_code == 422


def test_references_are_added_once_listed_and_removed(client, coffee_jpeg, jpeg):
    files = [("photos", ("a.jpg", coffee_jpeg)), ("photos", ("b.jpg", jpeg(2)))]
    made = client.post("/v1/references", params={"sku": "cup-1"}, files=files)
    assert made.status_code == 201, made.text
    again = client.post("/v1/references", params={"sku": "cup-1"}, files=files)
    assert [one["id"] for one in again.json()] == [one["id"] for one in made.json()]
    listed = client.get("/v1/references", params={"sku": "cup-1"}).json()["items"]
    assert {one["id"] for one in listed} == {one["id"] for one in made.json()}
    assert client.delete(f"/v1/references/{listed[0]['id']}").status_code == 204
    assert client.delete(f"/v1/references/{listed[0]['id']}").status_code == 404
    assert len(client.get("/v1/references", params={"sku": "cup-1"}).json()["items"]) == 1
    bad = [("photos", ("a.jpg", coffee_jpeg)), ("photos", ("b.txt", b"no photo"))]
    assert "photo-2" in client.post("/v1/references", params={"sku": "x"}, files=bad).json()["detail"]


def test_an_item_is_compared_with_its_references(client, app, requested, coffee_jpeg, jpeg):
    client.post("/v1/references", params={"sku": "cup-1"}, files=[("photos", ("a.jpg", jpeg(3)))])
    said = looked_at(client, app, requested["lines"][0]["id"], coffee_jpeg)
    assert said["answer"]["authenticity"]["identity"]["match"] is not None
    look = app.state.desk.product.cases.look(said["id"])
    assert len(look.compared_with) == 1
