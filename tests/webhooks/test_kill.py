"""The worker is killed between the POST and its commit: one more delivery, under the same id."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from webhooks.receiver import status, until

from inspection.store.jobs import orphans
from inspection.webhooks.endpoint import DeliveryState

TESTS = Path(__file__).parents[1]


@pytest.fixture
def killable(outfit, receiver):
    """A worker in another process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
    url = outfit.database.engine.url.set(drivername=outfit.database.engine.dialect.name)
    told = [url.render_as_string(hide_password=False), receiver.host]
    script = Path(__file__).with_name("worker_to_kill.py")
    process = subprocess.Popen([sys.executable, str(script), *told], env=environment)
    yield process
    process.kill()
    process.wait()


def test_a_worker_killed_after_its_post_delivers_once_more_under_the_same_id(
    outfit, killable, receiver, monkeypatch
):
    def kill(handler, received):
        os.kill(killable.pid, signal.SIGKILL)
        killable.wait()
        status(204)(handler, received)  # into the void: nobody is left to commit that it arrived

    receiver.answers = [kill, status(204)]
    webhook = outfit.add(receiver.url)
    event_id = outfit.tell()
    receiver.wait(1, seconds=40)
    until(lambda: killable.poll() is not None)
    assert outfit.delivery(event_id, webhook).state is DeliveryState.WAITING
    monkeypatch.setattr(orphans, "DEAD_AFTER", timedelta(seconds=5))
    second = outfit.worker("second")
    second.start(lambda: None)
    try:
        delivered = until(lambda: outfit.delivery(event_id, webhook).delivered_at, 40)
    finally:
        second.stop(5)
    assert delivered is not None
    assert [one.headers["webhook-id"] for one in receiver.received] == [event_id] * 2
    assert outfit.delivery(event_id, webhook).tries == 1
