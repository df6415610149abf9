"""Events reach their endpoints, at least once and under one id, on each database."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from owner import by_its_owner
from sqlalchemy import select, text, update
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from structlog.testing import capture_logs
from webhooks.outfit import SECRET
from webhooks.receiver import receiving, status, until

from inspection.store.tables import DELIVERIES, RECORD
from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.delivery import LONGEST_ASKED, SCHEDULE, pause
from inspection.webhooks.endpoint import DeliveryState, EventNotFound, WebhookNotFound
from inspection.webhooks.sender import Sender


def settled(outfit, event_id, webhook, state=DeliveryState.DELIVERED):
    def there():
        found = outfit.delivery(event_id, webhook)
        return found if found.state is state else None

    return until(there)


ID = "workflow_uuid"


def table(outfit):
    """Where DBOS keeps its jobs."""
    return "workflow_status" if outfit.database.is_sqlite else "dbos.workflow_status"


def jobs(outfit):
    """Names of all deliveries ever enqueued."""
    with outfit.database.reading() as connection:
        told = connection.execute(text(f"SELECT {ID} FROM {table(outfit)} WHERE name = 'deliver'"))  # noqa: S608
        return sorted(told.scalars())


def test_an_event_arrives_signed_and_only_where_it_is_listened_to(outfit, working, receiver):
    with receiving() as other:
        webhook = outfit.add(receiver.url, "line.paid", "review.late")
        deaf = outfit.webhooks.kept.add(other.url, ["inspection.decided"], by="key:1")
        event_id = outfit.tell("line.paid", cents=4000, said="Größe 38")
        done = settled(outfit, event_id, webhook)
        assert other.received == []
    (received,) = receiver.received
    told = Verifier(outfit.webhooks.secret_of(webhook)).verify(received.body, received.headers)
    assert told["id"] == received.headers["webhook-id"] == event_id
    assert told["type"] == "line.paid"
    assert told["subject"] == "subject"
    assert told["data"] == {"cents": 4000, "said": "Größe 38"}
    assert datetime.fromisoformat(told["at"]) == done.event.at
    assert received.headers["content-type"] == "application/json"
    assert (done.tries, done.replays, done.last_status, done.last_error) == (1, 0, 204, None)
    with pytest.raises(EventNotFound):
        outfit.delivery(event_id, deaf)


def test_what_fails_is_tried_again_under_the_same_id_until_it_arrives(outfit, working, receiver):
    receiver.answers = [status(500, b"down"), status(429), status(204)]
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    done = settled(outfit, event_id, webhook)
    assert [one.headers["webhook-id"] for one in receiver.received] == [event_id] * 3
    assert len({one.body for one in receiver.received}) == 1
    assert done.tries == 3


def test_what_never_arrives_is_given_up_logged_and_listed(outfit, working, receiver):
    receiver.answers = [status(500)]
    webhook = outfit.add(receiver.url)
    with capture_logs() as logged:
        event_id = outfit.tell()
        failed = settled(outfit, event_id, webhook, DeliveryState.GIVEN_UP)
        (line,) = until(lambda: [one for one in logged if one["event"] == "delivery given up"])
    assert len(receiver.received) == failed.tries == line["tries"] == 4
    assert (failed.last_status, failed.last_error) == (500, "answered 500")
    assert (line["event_id"], line["webhook_id"]) == (event_id, webhook.id)
    assert (line["log_level"], line["why"]) == ("warning", failed.last_error)
    listed, _ = outfit.kept.deliveries.list(webhook.id, state=DeliveryState.GIVEN_UP)
    assert [one.event.id for one in listed] == [event_id]
    for state in (DeliveryState.WAITING, DeliveryState.DELIVERED):
        assert outfit.kept.deliveries.list(webhook.id, state=state) == ((), None)


def test_what_was_given_up_is_sent_again_when_asked_for(outfit, working, receiver):
    receiver.answers = [*[status(500)] * 5, status(204)]
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    settled(outfit, event_id, webhook, DeliveryState.GIVEN_UP)
    outfit.kept.deliveries.replay(webhook.id, event_id)
    done = settled(outfit, event_id, webhook)
    assert (done.tries, done.replays) == (2, 1)
    outfit.kept.deliveries.replay(webhook.id, event_id)  # what arrived can be wanted once more, too
    receiver.wait(7)
    assert settled(outfit, event_id, webhook).replays == 2
    assert {one.headers["webhook-id"] for one in receiver.received} == {event_id}


def test_who_answers_gone_is_told_nothing_more_until_revived(outfit, working, receiver):
    receiver.answers = [status(410)]
    webhook = outfit.add(receiver.url)
    first = outfit.tell()
    settled(outfit, first, webhook, DeliveryState.GIVEN_UP)
    assert outfit.kept.get(webhook.id).types == ()
    missed = outfit.tell()
    with pytest.raises(EventNotFound):
        outfit.delivery(missed, webhook)
    assert outfit.cases.entries(webhook.id)[-1].kind == "webhook.gone"
    receiver.answers = [status(204)]
    outfit.webhooks.change(webhook.id, by="key:1", types=["*"])
    assert outfit.kept.deliveries.replay_since(webhook.id, webhook.created_at, undelivered=True) == (2, None)
    settled(outfit, first, webhook)
    settled(outfit, missed, webhook)


def test_a_ping_goes_to_one_endpoint_whatever_it_listens_to(outfit, working, receiver):
    webhook = outfit.add(receiver.url, "line.paid")
    outfit.add(receiver.url, "*")
    pinged = outfit.kept.deliveries.ping(webhook.id, by="key:1")
    settled(outfit, pinged.event.id, webhook)
    (received,) = receiver.received
    assert received.told["type"] == "webhook.ping"
    assert received.told["data"] == {"webhook_id": webhook.id, "asked_by": "key:1"}


def test_a_removed_endpoint_is_not_called(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    outfit.kept.remove(webhook.id, by="key:1")
    outfit.courier.deliver(event_id, webhook.id, 1)
    assert receiver.received == []
    assert outfit.delivery(event_id, webhook).state is DeliveryState.GIVEN_UP
    for refused in (
        lambda: outfit.kept.get(webhook.id),
        lambda: outfit.kept.deliveries.ping(webhook.id, by="key:1"),
        lambda: outfit.kept.deliveries.replay(webhook.id, event_id),
        lambda: outfit.kept.deliveries.replay_since(webhook.id, webhook.created_at),
        lambda: outfit.kept.rotate(webhook.id, by="key:1"),
        lambda: outfit.kept.remove(webhook.id, by="key:1"),
    ):
        with pytest.raises(WebhookNotFound):
            refused()


def test_an_attempt_that_is_not_the_one_due_does_nothing(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    for number in (0, 2, 101):
        outfit.courier.deliver(event_id, webhook.id, number)
    assert receiver.received == []
    outfit.courier.deliver(event_id, webhook.id, 1)
    outfit.courier.deliver(event_id, webhook.id, 1)
    assert len(receiver.received) == 1


def test_two_workers_at_one_attempt_note_it_once(outfit, receiver):
    """One was thought dead, and another took its job over: two POSTs under one id, one chain of attempts."""
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()

    def meanwhile(handler, received):
        receiver.answers = [status(500)]
        outfit.courier.deliver(event_id, webhook.id, 1)
        status(500)(handler, received)

    receiver.answers = [meanwhile]
    outfit.courier.deliver(event_id, webhook.id, 1)
    assert len(receiver.received) == 2
    assert outfit.delivery(event_id, webhook).tries == 1
    assert jobs(outfit) == [f"deliver:{event_id}:{webhook.id}:{n}" for n in (1, 2)]


def test_a_replay_takes_over_from_an_attempt_under_way(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()

    def meanwhile(handler, received):
        outfit.kept.deliveries.replay(webhook.id, event_id)
        status(500)(handler, received)

    receiver.answers = [meanwhile]
    outfit.courier.deliver(event_id, webhook.id, 1)
    assert outfit.delivery(event_id, webhook).number == 100
    assert jobs(outfit) == [f"deliver:{event_id}:{webhook.id}:{n}" for n in (1, 101)]


def test_the_job_that_goes_on_and_the_note_of_the_failure_come_together_or_not_at_all(outfit, receiver):
    """Without a job that comes next, a delivery would be forgotten."""
    receiver.answers = [status(500)]
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    real = outfit.kept.deliveries._cases._queue.later

    def broken(*arguments, **more):
        real(*arguments, **more)
        raise RuntimeError("killed before the commit")

    outfit.kept.deliveries._cases._queue.later = broken
    with pytest.raises(RuntimeError):
        outfit.courier.deliver(event_id, webhook.id, 1)
    assert outfit.delivery(event_id, webhook).number == 0
    assert len(jobs(outfit)) == 1


def test_how_every_attempt_ended_is_told_to_whoever_counts(outfit, receiver):
    heard = []
    courier = replace(outfit.courier, heard=heard.append, schedule=(1,))
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    receiver.answers = [status(500), status(500), status(204)]
    for number in (1, 2):
        courier.deliver(event_id, webhook.id, number)
    courier.deliver(outfit.tell(), webhook.id, 1)
    assert heard == ["failed", "given_up", "delivered"]


def test_a_job_that_fails_on_our_side_goes_on_as_if_nobody_had_answered(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    outfit.courier.missed(event_id, webhook.id, 1)
    assert outfit.delivery(event_id, webhook).last_error == "the attempt failed on our side"
    assert jobs(outfit) == [f"deliver:{event_id}:{webhook.id}:{n}" for n in (1, 2)]


@pytest.mark.parametrize("value", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "soon", "\xff"])
def test_a_retry_after_that_means_nothing_is_one_failed_attempt(outfit, receiver, value):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    receiver.answers = [status(503, Retry_After=value)]
    outfit.courier.deliver(event_id, webhook.id, 1)
    assert (outfit.delivery(event_id, webhook).tries, len(receiver.received)) == (1, 1)
    assert outfit.delivery(event_id, webhook).last_error == "answered 503"


def test_a_fault_of_ours_around_the_post_is_one_failed_attempt(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()

    def broken():
        raise RuntimeError("of no concern to the endpoint's owner")

    with capture_logs() as logged:
        replace(outfit.courier, clock=broken).deliver(event_id, webhook.id, 1)
    failed = outfit.delivery(event_id, webhook)
    assert (failed.tries, failed.last_error) == (1, "the attempt failed on our side")
    assert logged[0]["exc_info"]
    assert jobs(outfit) == [f"deliver:{event_id}:{webhook.id}:{n}" for n in (1, 2)]


def test_a_retry_waits_as_long_as_the_schedule_or_the_receiver_says(outfit, receiver):
    patient = replace(outfit.courier, schedule=SCHEDULE)
    webhook = outfit.add(receiver.url)
    for answer, seconds in ((status(500), 5), (status(503, Retry_After="90"), 90)):
        receiver.answers = [answer]
        event_id = outfit.tell()
        patient.deliver(event_id, webhook.id, 1)
        waits = text(f"SELECT status, created_at, delay_until_epoch_ms FROM {table(outfit)} WHERE {ID} = :id")  # noqa: S608
        with outfit.database.reading() as connection:
            row = connection.execute(waits, {"id": f"deliver:{event_id}:{webhook.id}:2"}).one()
        assert row.status == "DELAYED"
        assert (row.delay_until_epoch_ms - row.created_at) / 1000 == pytest.approx(seconds, abs=1)


def test_for_a_day_after_a_rotation_both_secrets_sign(outfit, receiver):
    webhook = outfit.add(receiver.url)
    old = outfit.webhooks.secret_of(webhook)
    new = outfit.webhooks.secret_of(outfit.kept.rotate(webhook.id, by="person:ada"))
    assert old != new

    def told():
        outfit.courier.deliver(outfit.tell(), webhook.id, 1)
        return receiver.received[-1]

    received = told()
    for secret in (old, new):
        Verifier(secret).verify(received.body, received.headers)
    entry = outfit.cases.entries(webhook.id)[-1]
    assert (entry.kind, entry.actor) == ("webhook.rotated", "person:ada")
    by_its_owner(outfit.database)
    with outfit.database.writing() as connection:  # as if it had been yesterday
        yesterday = datetime.now(UTC) - timedelta(hours=24, seconds=1)
        connection.execute(update(RECORD).where(RECORD.c.seq == entry.seq).values(at=yesterday))
    received = told()
    Verifier(new).verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(received.body, received.headers)


def test_no_secret_is_in_the_database(outfit, receiver):
    webhook = outfit.add(receiver.url)
    outfit.courier.deliver(outfit.tell(), webhook.id, 1)
    secret = outfit.webhooks.secret_of(webhook).removeprefix("whsec_")
    with outfit.database.reading() as connection:
        kept = [
            str(row)
            for table in RECORD.metadata.sorted_tables
            for row in connection.execute(select(table)).all()
        ]
    assert any(webhook.id in row for row in kept)
    assert not any(secret in row or SECRET.decode() in row for row in kept)


def test_all_since_a_time_are_sent_again_in_pages_also_those_from_before_it_was_added(outfit, receiver):
    before = [outfit.tell("line.paid", n=n) for n in range(5)]
    outfit.tell("review.late")
    since = datetime.now(UTC) - timedelta(minutes=1)
    webhook = outfit.add(receiver.url, "line.paid")
    arrived = outfit.tell("line.paid")
    outfit.courier.deliver(arrived, webhook.id, 1)
    log = outfit.kept.deliveries
    count, after = log.replay_since(webhook.id, since, undelivered=True, most=3)
    assert count == 3
    assert log.replay_since(webhook.id, since, undelivered=True, after=after, most=3) == (2, None)
    assert log.replay_since(webhook.id, since) == (6, None)
    assert log.replay_since(webhook.id, datetime.now(UTC)) == (0, None)
    again = [f"deliver:{event_id}:{webhook.id}:{n}" for event_id in before for n in (101, 201)]
    first = [f"deliver:{arrived}:{webhook.id}:{n}" for n in (1, 101)]
    assert jobs(outfit) == sorted([*again, *first])


def test_nobody_else_s_ping_and_no_event_that_never_was_can_be_replayed(outfit, receiver):
    webhook, other = outfit.add(receiver.url), outfit.add(receiver.url)
    pinged = outfit.kept.deliveries.ping(other.id, by="key:1").event.id
    for event_id in (pinged, webhook.id):
        with pytest.raises(EventNotFound):
            outfit.kept.deliveries.replay(webhook.id, event_id)


def test_deliveries_are_listed_in_pages_the_newest_first(outfit, receiver):
    webhook = outfit.add(receiver.url)
    told = [outfit.tell() for _ in range(5)]
    found, after = [], None
    while True:
        page, after = outfit.kept.deliveries.list(webhook.id, after=after, limit=2)
        found += [one.event.id for one in page]
        if after is None:
            break
    assert found == told[::-1]


def test_a_row_cannot_be_both_delivered_and_given_up(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    outfit.courier.deliver(event_id, webhook.id, 1)
    due_again = outfit.kept.deliveries.due(event_id, webhook.id, 2)
    assert due_again is None
    with outfit.database.reading() as connection:
        row = connection.execute(select(DELIVERIES)).mappings().one()
    assert row["delivered_at"] is not None
    assert row["given_up_at"] is None


@given(st.integers(1, 20), st.floats(0, 0.999), st.none() | st.floats(0, 1e9))
def test_a_pause_is_never_shorter_than_planned_nor_much_longer_than_asked(tries, jitter, asked):
    wait = pause(tries, SCHEDULE, jitter, asked)
    if tries > len(SCHEDULE):
        assert wait is None
        return
    planned = SCHEDULE[tries - 1]
    assert 0.8 * planned <= wait
    assert wait <= max(1.2 * planned, min(asked or 0, LONGEST_ASKED))


def test_every_try_of_a_day_fits_into_the_numbers_of_one_replay():
    assert len(SCHEDULE) + 1 < 100
    assert sum(SCHEDULE) > timedelta(days=1).total_seconds()


def hang(handler, _):
    time.sleep(3)


def test_many_slow_endpoints_keep_no_other_waiting(outfit, working, receiver):
    """Nothing tells them from others before they have answered: all of them are held here until the end."""
    ended = threading.Event()

    def take_time(handler, received):
        ended.wait(90)
        status(204)(handler, received)

    with receiving() as slow:
        slow.answers = [take_time]
        rules = AddressRules(frozenset({receiver.host, slow.host}))
        object.__setattr__(outfit.courier, "sender", Sender(rules=rules, seconds=90))
        outfit.kept.add(receiver.url, ["line.paid"], by="key:1")
        for _ in range(20):
            outfit.kept.add(slow.url, ["review.late"], by="key:1")
        for _ in range(2):
            outfit.tell("review.late")
        try:
            slow.wait(32, seconds=30)
            outfit.tell("line.paid")
            receiver.wait(1, seconds=30)
        finally:
            ended.set()


def test_an_endpoint_that_hangs_keeps_no_other_waiting(outfit, working, receiver):
    with receiving() as slow:
        slow.answers = [hang]
        outfit.kept.add(receiver.url, ["line.paid"], by="key:1")
        hanging = outfit.kept.add(slow.url, ["review.late"], by="key:1")
        rules = AddressRules(frozenset({receiver.host, slow.host}))
        object.__setattr__(outfit.courier, "sender", replace(outfit.courier.sender, rules=rules))
        for _ in range(40):
            outfit.tell("review.late")
        slow.wait(1)
        outfit.tell("line.paid")
        receiver.wait(1, seconds=3)
        outfit.kept.remove(hanging.id, by="key:1")
