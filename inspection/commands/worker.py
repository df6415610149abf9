"""`inspection worker`: one more process that takes jobs off the queues."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from inspection.commands.seldom import Seldom
from inspection.ending import ENDING
from inspection.errors import StoreUnusable
from inspection.ports import Worker
from inspection.settings import Settings
from inspection.telemetry import log, metrics, traces
from inspection.telemetry.door import Door
from inspection.wiring import Product

_AGAIN_SECONDS = 2.0
STUCK_SECONDS = 90.0
"""Without a heartbeat that was tried, whether or not the database took it: the process hangs."""


def run() -> None:
    """Until it is told to stop (SIGTERM, Ctrl-C); what it has begun is finished first."""
    settings = Settings.read()
    ENDING.seconds = settings.stop_seconds
    log.configure()
    log.catch_all()
    traces.configure("inspection-worker")
    product = Product(settings, keeps_features=True)
    stop = threading.Event()

    def end(*_: object) -> None:
        ENDING.begin()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    console = Console(highlight=False, stderr=True)
    working: list[Worker] = []
    with _watched(product, working):
        product.warm("worker")
        _begin(product, stop, working)
        if working:
            console.print(f"Working as {working[0].name}  (Ctrl-C ends it)", markup=False)
            stop.wait()
            working[0].stop(ENDING.left())
    product.close()


def _begin(product: Product, stop: threading.Event, working: list[Worker]) -> None:
    away = Seldom()
    while not working and not stop.is_set():
        try:
            worker = product.worker()
            worker.start(product.sweep)
            working.append(worker)
        except StoreUnusable as error:  # a database that is not up yet
            away.say(f"{error} Trying again.")
            stop.wait(_AGAIN_SECONDS)


@contextmanager
def _watched(product: Product, working: list[Worker]) -> Iterator[None]:
    """What stands in the database is told by every process: one of them may be gone."""
    metrics.REGISTRY.register(metrics.Standing(product.standing, product.stores_up))
    port = product.settings.metrics_port
    door = None if port is None else Door(port, lambda: all(one.beats(STUCK_SECONDS) for one in working))
    try:
        yield
    finally:
        if door is not None:
            door.close()
