"""Endpoints that only fail are paused, and what an operator is told of them clears, on each database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs
from webhooks.receiver import status

from inspection.store.lists import SqlLists
from inspection.store.tables import EVENTS, WEBHOOKS
from inspection.webhooks.endpoint import FAILING_FOR, DeliveryState


def failing_for(outfit, webhook, how_long):
    with outfit.database.writing() as connection:
        since = datetime.now(UTC) - how_long
        connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == webhook.id).values(failing_since=since))


def backlog(outfit):
    found = SqlLists(outfit.database).backlog(datetime.now(UTC))
    return found.undelivered, found.undelivered_oldest


def test_since_when_it_fails_is_known_until_something_arrives(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    receiver.answers = [status(500), status(500), status(204)]
    outfit.courier.deliver(event_id, webhook.id, 1)
    since = outfit.kept.get(webhook.id).failing_since
    assert since is not None
    outfit.courier.deliver(event_id, webhook.id, 2)
    assert outfit.kept.get(webhook.id).failing_since == since
    outfit.courier.deliver(event_id, webhook.id, 3)
    assert outfit.kept.get(webhook.id).failing_since is None


def test_after_days_of_nothing_but_failures_it_is_paused_and_told(outfit, receiver):
    webhook = outfit.add(receiver.url, "line.paid")
    receiver.answers = [status(500)]
    event_id = outfit.tell()
    outfit.courier.deliver(event_id, webhook.id, 1)
    failing_for(outfit, webhook, FAILING_FOR - timedelta(minutes=1))
    outfit.courier.deliver(event_id, webhook.id, 2)
    assert outfit.kept.get(webhook.id).types == ("line.paid",)
    failing_for(outfit, webhook, FAILING_FOR)
    with capture_logs() as logged:
        outfit.courier.deliver(event_id, webhook.id, 3)
    paused = outfit.kept.get(webhook.id)
    assert (paused.types, paused.version) == ((), webhook.version + 2)  # failing since, and paused
    entry = outfit.cases.entries(webhook.id)[-1]
    assert (entry.kind, entry.actor, entry.body["types"]) == ("webhook.paused", "software", ["line.paid"])
    assert [one["webhook_id"] for one in logged if one.get("why") == "webhook.paused"] == [webhook.id]
    called = len(receiver.received)
    outfit.courier.deliver(event_id, webhook.id, 4)  # what was under way ends, too
    assert (len(receiver.received), outfit.delivery(event_id, webhook).state) == (called, "given_up")
    assert outfit.cases.audit().whole


def test_its_owner_revives_a_paused_one_and_it_has_all_its_time_again(outfit, receiver):
    webhook = outfit.add(receiver.url)
    receiver.answers = [status(500)]
    failing_for(outfit, webhook, FAILING_FOR)
    outfit.courier.deliver(outfit.tell(), webhook.id, 1)
    revived = outfit.webhooks.change(webhook.id, by="key:1", types=["*"])
    assert (revived.types, revived.failing_since) == (("*",), None)
    outfit.courier.deliver(outfit.tell(), webhook.id, 1)
    assert outfit.kept.get(webhook.id).types == ("*",)


def test_a_test_that_arrives_ends_the_failing(outfit, receiver):
    webhook = outfit.add(receiver.url)
    failing_for(outfit, webhook, FAILING_FOR)
    pinged = outfit.kept.deliveries.ping(webhook.id, by="key:1")
    outfit.courier.deliver(pinged.event.id, webhook.id, 1)
    assert outfit.kept.get(webhook.id).failing_since is None


def test_what_is_given_up_or_of_a_removed_webhook_is_no_backlog(outfit, receiver):
    receiver.answers = [status(500)]
    webhook, removed = outfit.add(receiver.url), outfit.add(receiver.url)
    event_id = outfit.tell()
    assert backlog(outfit)[0] == 2
    outfit.kept.remove(removed.id, by="key:1")
    assert backlog(outfit)[0] == 1
    for number in range(1, 5):
        outfit.courier.deliver(event_id, webhook.id, number)
    assert outfit.delivery(event_id, webhook).state is DeliveryState.GIVEN_UP
    assert backlog(outfit) == (0, 0.0)


def test_the_oldest_undelivered_event_is_told_by_its_age_replays_aside(outfit, receiver):
    webhook = outfit.add(receiver.url)
    first, _ = outfit.tell(), outfit.tell()
    with outfit.database.writing() as connection:
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(update(EVENTS).where(EVENTS.c.id == first).values(at=hour_ago))
    assert backlog(outfit) == (2, pytest.approx(3600, abs=60))
    outfit.kept.deliveries.replay(webhook.id, first)
    assert backlog(outfit) == (2, pytest.approx(0, abs=60))
