"""`inspection worker`: one more process that takes jobs off the queues."""

import signal
import threading

from rich.console import Console

from inspection.errors import StoreUnusable
from inspection.settings import Settings
from inspection.telemetry import log, metrics, traces
from inspection.wiring import Product

_AGAIN_SECONDS = 2.0


def run() -> None:
    """Until it is told to stop (SIGTERM, Ctrl-C); what it has begun is finished first."""
    settings = Settings.read()
    log.configure()
    traces.configure("inspection-worker")
    if settings.metrics_port is not None:
        metrics.serve(settings.metrics_port)
    product = Product(settings, keeps_features=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    console = Console(highlight=False, stderr=True)
    product.warm()
    while not stop.is_set():
        try:
            worker = product.worker()
            worker.start(product.sweep)
            break
        except StoreUnusable as error:  # a database that is not up yet
            console.print(f"{error} Trying again.", markup=False)
            stop.wait(_AGAIN_SECONDS)
    else:
        return
    console.print(f"Working as {worker.name}  (Ctrl-C ends it)", markup=False)
    stop.wait()
    worker.stop()
    product.close()
