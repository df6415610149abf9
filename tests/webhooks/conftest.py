"""A receiver, and webhooks on each database."""

import pytest
from webhooks.outfit import Outfit
from webhooks.receiver import receiving


@pytest.fixture
def receiver():
    """A server that answers 204."""
    with receiving() as there:
        yield there


@pytest.fixture
def outfit(database, receiver):
    """Webhooks on each engine in turn, allowed to call the receiver; nobody is at work yet."""
    made = Outfit.on(database, {receiver.host})
    yield made
    made.close()


@pytest.fixture
def working(outfit):
    """A worker that delivers until the test ends."""
    worker = outfit.worker("worker")
    worker.start(lambda: None)
    yield worker
    worker.stop(5)
