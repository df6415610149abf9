"""What answers say, and to whom: a shopper reads what helps, and nothing that accuses or counts."""

import json

import pytest
import simplejpeg
from casework.steps import ADA, BEN, SHOP, looked_at, review_of, shopper_of, wait

from api.bodies.events import TOLD

NOT_FOR_SHOPPERS = (
    "probabilit", "bundle", "policy", "recaptured", "genuine", "match", "box", "came_before",
    "another return", "%", "severity",
)  # fmt: skip


def sent(client, line_id, encoded, view):
    opened = client.post("/v1/inspections", json={"line_id": line_id}).json()
    return again(client, opened["id"], encoded, view)


def again(client, inspection_id, encoded, view):
    files, path = {"photo": ("photo", encoded)}, f"/v1/inspections/{inspection_id}/photos"
    assert client.post(path, files=files, data={"view": view}).status_code == 201
    assert client.post(f"/v1/inspections/{inspection_id}/submit").status_code == 200
    return wait(client, inspection_id)


@pytest.fixture
def as_shopper(client, requested):
    def read(inspection_id):
        client.be(shopper_of(requested["id"]))
        answer = client.get(f"/v1/inspections/{inspection_id}")
        client.be(SHOP)
        assert answer.status_code == 200
        return answer.json()

    return read


def judged(client, inspection_id, verdict, by=ADA):
    client.be(by)
    review = review_of(client, inspection_id)
    answer = client.post(f"/v1/reviews/{review['id']}/verdict", json=verdict)
    client.be(SHOP)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_shopper_reads_no_number_no_model_and_no_suspicion(client, app, requested, decided, as_shopper):
    assert decided["answer"]["model"]["bundle"]  # the shop does
    seen = as_shopper(decided["id"])
    assert seen["answer"] is None
    assert (seen["state"], seen["decision"], seen["grade"]) == ("in_review", "review", None)
    for word in NOT_FOR_SHOPPERS:
        assert word not in json.dumps(seen), word


def test_every_answer_that_a_shopper_gets_is_the_shoppers(client, requested, coffee_jpeg):
    line = {"line_id": requested["lines"][0]["id"]}
    client.be(shopper_of(requested["id"]))
    opened = client.post("/v1/inspections", json=line).json()
    seen = again(client, opened["id"], coffee_jpeg, "back")
    withdrawn = client.post(f"/v1/inspections/{opened['id']}/withdraw")
    listed = client.get("/v1/inspections")
    assert seen["answer"] is None
    assert withdrawn.json()["answer"] is None
    assert "answer" not in listed.json()["items"][0]


def test_a_shopper_reads_why_a_person_refused_also_while_another_looks(client, decided, as_shopper):
    judged(client, decided["id"], {"kind": "refuse", "reason": "The sole is worn."})
    seen = as_shopper(decided["id"])
    assert (seen["decision"], seen["said"]) == ("refuse", "The sole is worn.")
    client.post(f"/v1/inspections/{decided['id']}/appeal", json={"why": "Never worn."})
    assert as_shopper(decided["id"])["said"] == "The sole is worn."
    judged(client, decided["id"], {"kind": "accept", "grade": "B"}, by=BEN)
    seen = as_shopper(decided["id"])
    assert (seen["decision"], seen["grade"], seen["said"]) == ("accept", "B", None)


def test_a_shopper_reads_which_photo_a_person_asks_for_and_why(client, decided, as_shopper):
    judged(
        client, decided["id"], {"kind": "ask_for_photo", "view": "sole", "reason": "Please show the sole."}
    )
    seen = as_shopper(decided["id"])
    assert seen["asked_for"] == {
        "view": "sole",
        "reasons": [{"code": "asked_by_person", "text": "Please show the sole."}],
    }
    assert seen["state"] == "open"


def test_a_shopper_reads_which_photo_software_asks_for_until_it_was_sent(
    client, requested, coffee_jpeg, jpeg, as_shopper
):
    said = sent(client, requested["lines"][0]["id"], coffee_jpeg, "back")
    assert said["decision"] == "ask_for_photo"
    seen = as_shopper(said["id"])
    assert seen["asked_for"]["view"] == said["answer"]["decision"]["view"]
    assert [one["code"] for one in seen["asked_for"]["reasons"]] == ["no_front"]
    again(client, said["id"], jpeg(2), "front")
    assert as_shopper(said["id"])["asked_for"] is None


def test_a_shopper_reads_what_is_wrong_with_a_photo(client, requested, coffee_jpeg, as_shopper):
    dark = simplejpeg.encode_jpeg(simplejpeg.decode_jpeg(coffee_jpeg) // 6)
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]}).json()
    path = f"/v1/inspections/{opened['id']}"
    added = client.post(f"{path}/photos", files={"photo": ("photo", dark)})
    assert added.json()["problems"] is None  # not looked at yet
    client.post(f"{path}/submit")
    wait(client, opened["id"])
    (photo,) = as_shopper(opened["id"])["photos"]
    assert [one["code"] for one in photo["problems"]] == ["dark"]
    assert "light" in photo["problems"][0]["advice"]


def test_who_listens_hears_the_persons_reason_and_the_view(client, app, requested, coffee_jpeg, decided):
    told = []
    app.state.desk.product.cases._heard = lambda type_, body: told.append((type_, body))
    judged(
        client, decided["id"], {"kind": "ask_for_photo", "view": "sole", "reason": "Please show the sole."}
    )
    sent(client, requested["lines"][1]["id"], coffee_jpeg, "back")
    heard = [(body["reason"], body["view"]) for type_, body in told if type_ == "inspection.decided"]
    assert heard == [("Please show the sole.", "sole"), (None, "front")]


def test_the_answer_to_a_verdict_is_the_inspection_as_it_stands(client, decided):
    answer = judged(client, decided["id"], {"kind": "accept", "grade": "B"})
    read = client.get(f"/v1/inspections/{decided['id']}")
    assert answer.json() == read.json()
    assert answer.json()["answer"] is not None
    assert answer.headers["ETag"] == read.headers["ETag"]
    assert answer.headers["Content-Location"] == f"/v1/inspections/{decided['id']}"


def test_lists_say_nothing_of_photos_that_they_do_not_read(client, decided):
    (listed,) = client.get("/v1/inspections").json()["items"]
    assert "photos" not in listed
    assert "answer" not in listed
    assert {name: decided[name] for name in listed} == listed


def test_whoever_judges_sees_the_photo_and_where_it_came_before(client, app, requested, decided, coffee_jpeg):
    line = {"title": "Another cup", "price_cents": 4000}
    other = client.post("/v1/returns", json={"currency": "EUR", "lines": [line]}).json()
    second = looked_at(client, app, other["lines"][0]["id"], coffee_jpeg)
    client.be(ADA)
    review = client.get(f"/v1/reviews/{review_of(client, second['id'])['id']}").json()
    (before,) = review["came_before"]
    assert (before["position"], before["kind"]) == (1, "same_file")
    (earlier,) = before["earlier"]
    assert (earlier["inspection_id"], earlier["return_id"]) == (decided["id"], requested["id"])
    copies = [client.get(link) for link in (before["shown"], earlier["shown"])]
    assert [copy.status_code for copy in copies] == [200, 200]
    assert client.post(f"/v1/reviews/{review['id']}/claim").json()["came_before"] == [before]
    first = client.get(f"/v1/reviews/{review_of(client, decided['id'])['id']}").json()
    assert first["came_before"] == []
    client.be(shopper_of(other["id"]))
    seen = client.get(f"/v1/inspections/{second['id']}").text
    assert decided["id"] not in seen
    assert "another return" not in seen


def test_references_without_a_photo_are_refused(client):
    answer = client.post("/v1/references", params={"sku": "x"}, files={"references": ("a", b"")})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_photos")


def test_a_price_beside_an_item_that_has_one_is_refused(client, requested):
    both = {"line_id": requested["lines"][0]["id"], "price_cents": 5}
    answer = client.post("/v1/inspections", json=both)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert "line_id or price_cents" in answer.json()["detail"]


def test_events_have_the_members_that_are_described(client, app, requested, coffee_jpeg, decided):
    told = {}
    app.state.desk.product.cases._heard = told.setdefault
    judged(client, decided["id"], {"kind": "refuse", "reason": "Worn."})
    client.post(f"/v1/inspections/{decided['id']}/appeal", json={"why": "Never."})
    judged(client, decided["id"], {"kind": "accept", "grade": "B"}, by=BEN)
    pay = f"/v1/returns/{requested['id']}/lines/{requested['lines'][0]['id']}/payment"
    client.post(pay, json={"cents": 5})
    client.post("/v1/returns", json={"currency": "EUR", "lines": [{"title": "x", "price_cents": 1}]})
    opened = sent(client, requested["lines"][1]["id"], coffee_jpeg, "back")
    client.post(f"/v1/inspections/{opened['id']}/withdraw")
    assert set(TOLD) - set(told) == {"inspection.expired", "review.late", "webhook.ping"}
    for type_, body in told.items():
        assert set(body) == set(TOLD[type_].model_fields), type_
        TOLD[type_].model_validate(json.loads(json.dumps(body)))


def test_a_browser_shows_the_shopper_how_each_item_stands(client, app, requested, decided):
    judged(client, decided["id"], {"kind": "refuse", "reason": "The sole is <worn>."})
    client.be(shopper_of(requested["id"]))
    page = client.get(f"/returns/{requested['id']}")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for words in ("A cup", "not accepted", "The sole is &lt;worn&gt;.", "A hat", "No photos yet."):
        assert words in page.text, words
    assert client.get("/returns/00000000-0000-0000-0000-000000000000").status_code == 403
    client.post(f"/v1/inspections/{decided['id']}/appeal", json={"why": "Never worn."})
    page = client.get(f"/returns/{requested['id']}")
    assert "A person looks at your photos." in page.text
    assert "The sole is" not in page.text  # of the decision that is looked at anew
