"""The Python client against the real service, on each database."""

from datetime import UTC, datetime, timedelta

import pytest
from callers import come_in_as
from servers import running

from api.access.callers import Caller, Role
from api.app import create_app
from api.bodies.returns import LineIn, ReturnIn
from api.bodies.reviews import VerdictIn
from api.client import Client, Refused


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


def test_what_was_read_can_be_asked_for_again_as_it_was(client, coffee_jpeg):
    made = requested(client)
    opened = client.open(line_id=made.lines[0].id)
    first, second = (client.upload(opened.id, photo, view="back") for photo in (coffee_jpeg, coffee_jpeg))
    assert (first, first.view) == (second, "back")  # the same photo is one photo
    assert client.inspection(opened.id).photos == [first]
    with pytest.raises(Refused, match="changed_meanwhile"):
        client.remove_photo(opened.id, 1, if_version=opened.version)
    client.remove_photo(opened.id, 1, if_version=client.inspection(opened.id).version)
    with pytest.raises(Refused, match="changed_meanwhile"):
        client.withdraw(opened.id, if_version=99)
    withdrawn = client.withdraw(opened.id)
    assert [one.id for one in client.inspections(state="withdrawn")] == [withdrawn.id]
    assert list(client.inspections(return_id=made.id, state="open")) == []


def test_a_review_is_read_claimed_and_given_back(client, coffee_jpeg):
    opened = client.open(line_id=requested(client).lines[0].id)
    client.upload(opened.id, coffee_jpeg)
    client.submit(opened.id)
    assert client.wait(opened.id).state == "in_review"
    assert client.photo(opened.id, 1).startswith(b"\xff\xd8")
    (queued,) = client.reviews()
    review = client.review(queued.id)
    assert (review.inspection_id, review.came_before) == (opened.id, [])
    claimed = client.claim(review.id, if_version=review.version)
    with pytest.raises(Refused, match="changed_meanwhile"):
        client.judge(review.id, VerdictIn(kind="accept", grade="B"), if_version=review.version)
    assert client.release(review.id, if_version=claimed.version).claimed_by is None
    judged = client.judge(review.id, VerdictIn(kind="refuse", reason="It is worn."))
    assert judged.said == "It is worn."
    assert client.appeal(opened.id, "It is not.", if_version=judged.version).state == "in_review"


def test_references_are_listed_and_removed(client, jpeg):
    first, second = client.add_references("cup-1", [jpeg(1), jpeg(2)])
    assert {one.id for one in client.references("cup-1")} == {first.id, second.id}
    client.remove_reference(first.id)
    assert [one.id for one in client.references("cup-1")] == [second.id]


def test_webhooks_are_added_changed_tried_and_removed(client):
    made = client.add_webhook("https://shop.example/hooks", ["line.paid"])
    assert made.secret.startswith("whsec_")
    changed = client.change_webhook(made.id, types=["*"], if_version=made.version)
    with pytest.raises(Refused, match="changed_meanwhile"):
        client.change_webhook(made.id, url="https://shop.example/other", if_version=made.version)
    assert client.rotate_webhook(made.id, if_version=changed.version).secret != made.secret
    event = client.test_webhook(made.id).event_id
    client.replay(made.id, event)
    assert [one.event_id for one in client.deliveries(made.id)] == [event]
    assert (
        client.replay_since(made.id, datetime.now(UTC) - timedelta(hours=1)) == 0
    )  # a ping is no event of theirs
    assert [one.id for one in client.webhooks()] == [made.id]
    assert "*" in client.webhook(made.id).types
    client.remove_webhook(made.id)
    assert list(client.webhooks()) == []


def test_keys_and_links_are_made_and_do_what_they_say(client, address):
    key = client.make_key("Shop", ["returns"])
    assert client.rotate_key(key.id, overlap_hours=1).key != key.key
    assert len(client.keys()) == 2
    client.revoke_key(key.id)
    assert client.key(key.id).revoked_at is not None
    made = requested(client)
    link = client.make_link(made.id, hours=1)
    assert link.url == f"{address}/r/{link.token}"
    assert client.who_am_i().id == "person:ada"
