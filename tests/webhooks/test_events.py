"""Events that are over are forgotten, and none that is still of use, on each database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from webhooks.receiver import status

from inspection.store import events
from inspection.store.events import SqlEvents
from inspection.store.tables import DELIVERIES, EVENTS
from inspection.webhooks.endpoint import KEPT, EventNotFound

LONG_AGO = KEPT + timedelta(hours=2)


def age(outfit, event_id, how_old):
    with outfit.database.writing() as connection:
        at = datetime.now(UTC) - how_old
        connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(at=at))


def kept(outfit):
    with outfit.database.reading() as connection:
        return (
            set(connection.execute(select(EVENTS.c.id)).scalars()),
            set(connection.execute(select(DELIVERIES.c.event_id)).scalars()),
        )


def test_old_events_are_forgotten_with_their_deliveries_but_none_that_waits(outfit, receiver):
    unheard = outfit.tell()
    webhook = outfit.add(receiver.url)
    arrived, given_up, waiting, young = (outfit.tell() for _ in range(4))
    for event_id in (arrived, young):
        outfit.courier.deliver(event_id, webhook.id, 1)
    receiver.answers = [status(410)]
    outfit.courier.deliver(given_up, webhook.id, 1)
    for event_id in (unheard, arrived, given_up, waiting):
        age(outfit, event_id, LONG_AGO)
    age(outfit, young, KEPT)
    assert SqlEvents(outfit.database).sweep(datetime.now(UTC)) == 3
    assert kept(outfit) == ({waiting, young}, {waiting, young})
    assert outfit.cases.audit().whole


def test_some_are_forgotten_at_a_time(outfit, monkeypatch):
    monkeypatch.setattr(events, "_AT_ONCE", 2)
    for _ in range(3):
        age(outfit, outfit.tell(), LONG_AGO)
    assert [SqlEvents(outfit.database).sweep(datetime.now(UTC)) for _ in range(3)] == [2, 1, 0]


def test_what_is_about_to_be_forgotten_is_not_replayed(outfit, receiver):
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    age(outfit, event_id, KEPT + timedelta(minutes=1))
    with pytest.raises(EventNotFound):
        outfit.kept.deliveries.replay(webhook.id, event_id)
    assert outfit.kept.deliveries.replay_since(webhook.id, datetime(2020, 1, 1, tzinfo=UTC)) == (0, None)


def test_the_product_forgets_them_by_itself(product):
    assert "events" in product.sweeps.parts
