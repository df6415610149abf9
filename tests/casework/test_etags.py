"""Who has read a state is spared it, and who has read another one is told so; on each database."""

import pytest
from casework.steps import ADA, SHOP, add, review_of

from api.etags import version_of
from inspection.errors import ChangedMeanwhile


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"0", W/"{}"', "*", '"a,b","{}"'])
def test_who_has_that_state_already_gets_no_body(client, decided, requested, known):
    for path in (f"/v1/inspections/{decided['id']}", f"/v1/returns/{requested['id']}"):
        first = client.get(path)
        told = known.format(first.headers["ETag"].strip('"'))
        again = client.get(path, headers={"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert client.get(path, headers={"If-None-Match": '"999"'}).status_code == 200


def test_a_photo_more_or_less_is_another_state(client, app, requested, coffee_jpeg):
    opened = client.post("/v1/inspections", json={"line_id": requested["lines"][0]["id"]})
    path, tags = f"/v1/inspections/{opened.json()['id']}", [opened.headers["ETag"]]
    add(app, opened.json()["id"], coffee_jpeg)
    tags.append(client.get(path).headers["ETag"])
    add(app, opened.json()["id"], coffee_jpeg)  # the same one
    assert client.get(path).headers["ETag"] == tags[-1]
    assert client.delete(f"{path}/photos/1", headers={"If-Match": tags[0]}).status_code == 412
    assert client.delete(f"{path}/photos/1", headers={"If-Match": tags[1]}).status_code == 204
    tags.append(client.get(path).headers["ETag"])
    assert len(set(tags)) == 3


def test_every_change_can_be_bound_to_what_was_read(client, requested, decided):
    inspection, back = f"/v1/inspections/{decided['id']}", f"/v1/returns/{requested['id']}"
    client.be(ADA)
    review = f"/v1/reviews/{review_of(client, decided['id'])['id']}"
    steps = [
        (ADA, f"{review}/claim", review, None),
        (ADA, f"{review}/release", review, None),
        (ADA, f"{review}/verdict", review, {"kind": "accept", "grade": "B"}),
        (SHOP, f"{inspection}/appeal", inspection, {"why": "A"}),
    ]
    for who, step, read, body in steps:
        bound(client, who, step, read, body)
    client.be(ADA)
    assert client.post(f"{inspection}/withdraw", headers={"If-Match": '"1"'}).status_code == 412
    pay = f"{back}/lines/{requested['lines'][0]['id']}/payment"
    client.be(SHOP)
    assert client.post(pay, json={"cents": 5}, headers={"If-Match": '"99"'}).status_code == 412


def bound(client, who, step, read, body):
    client.be(who)
    tag = client.get(read).headers["ETag"]
    stale, weak = '"99"', f"W/{tag}"
    for other in (stale, weak, "nonsense", '"98", "99"'):
        answer = client.post(step, json=body, headers={"If-Match": other})
        assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile"), (step, other)
    done = client.post(step, json=body, headers={"If-Match": f"{stale}, {tag}"})
    assert done.status_code == 200, (step, done.text)
    assert done.headers["ETag"]


def test_a_payment_is_bound_to_the_return_and_says_its_new_state(client, requested, decided):
    client.be(ADA)
    review = review_of(client, decided["id"])
    client.post(f"/v1/reviews/{review['id']}/verdict", json={"kind": "accept", "grade": "B"})
    client.be(SHOP)
    back = f"/v1/returns/{requested['id']}"
    pay = f"{back}/lines/{requested['lines'][0]['id']}/payment"
    tag = client.get(back).headers["ETag"]
    paid = client.post(pay, json={"cents": 5}, headers={"If-Match": tag})
    assert paid.status_code == 200
    assert paid.headers["ETag"] == client.get(back).headers["ETag"] != tag


@pytest.mark.parametrize("said", ['W/"3"', '"x"', "3", "", '"03"', '"1234567890"', '"٣"'])
def test_what_is_none_of_our_etags_matches_nothing(said):
    with pytest.raises(ChangedMeanwhile):
        version_of(said, lambda: 3)


def test_of_several_etags_the_one_that_stands_counts():
    assert version_of('"2", "3"', lambda: 3) == 3
    assert version_of('W/"2", "3"', lambda: 2) == 3
    assert version_of("*", lambda: 3) is None
    with pytest.raises(ChangedMeanwhile):
        version_of('"1", "2"', lambda: 3)
