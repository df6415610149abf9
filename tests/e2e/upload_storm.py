"""A hundred uploads over a bad network while servers are killed: run by hand, some minutes.

    python tests/e2e/upload_storm.py [--uploads 100] [--servers 2] [--seed 1]

Two server processes share one home folder (records: INSPECTION_DATABASE, else SQLite in it). Clients reach
them over a proxy that cuts each connection after 0.2 to 0.9 MB, stalls some, leaves some half-open and delays
each differently. Each time a client is told that its photo is complete, it is looked for at once, byte for
byte. Prints one line of figures; ends with 1 if a photo was lost, changed or said to be complete too early.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from fault_proxy import fault_proxy, free_port, wait_for  # noqa: E402
from sqlalchemy import select  # noqa: E402
from tiny_bundle import write_tiny_bundle  # noqa: E402
from tus_client import TusClient  # noqa: E402
from uploading import large_jpeg, photos_of, sha256_of  # noqa: E402

from inspection.settings import Settings  # noqa: E402
from inspection.store.tables import UPLOADS  # noqa: E402
from inspection.wiring import Product  # noqa: E402

A_PLACE = 10
"""Uploads of one inspection."""


class Servers:
    """Processes that die and come back."""

    def __init__(self, count, bundle, home):
        self.ports = [free_port() for _ in range(count)]
        self.kills = 0
        program = [sys.executable, str(TESTS / "upload_server.py"), str(bundle), str(home)]
        self._commands = [[*program, str(port)] for port in self.ports]
        self._running = [self._begin(number) for number in range(count)]
        for port in self.ports:
            wait_for(port)

    def kill_one(self, number):
        self._running[number].send_signal(signal.SIGKILL)
        self._running[number].wait()
        self.kills += 1
        self._running[number] = self._begin(number)
        wait_for(self.ports[number])

    def close(self):
        for server in self._running:
            server.kill()
            server.wait()

    def _begin(self, number):
        environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
        return subprocess.Popen(self._commands[number], env=environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return storm(asked, Path(folder))


def storm(asked, folder):
    chance = random.Random(asked.seed)
    bundle, home = write_tiny_bundle(folder / "tiny"), folder / "home"
    product = Product(Settings(bundle=bundle, home=home))
    places = [product.workflow.open().id for _ in range(-(-asked.uploads // A_PLACE))]
    wanted = [(places[n // A_PLACE], n, chance.randint(1_000_000, 5_000_000)) for n in range(asked.uploads)]
    over, wrong, began = threading.Event(), [], time.monotonic()
    with ExitStack() as stack:
        stack.callback(product.close)
        servers = Servers(asked.servers, bundle, home)
        stack.callback(servers.close)
        behind = [("127.0.0.1", port) for port in servers.ports]
        proxy = stack.enter_context(fault_proxy(behind, seed=asked.seed, stalls=0.3))
        clients = [TusClient(f"http://127.0.0.1:{proxy.port}", "service") for _ in wanted]

        def upload(number):
            place, seed, size = wanted[number]
            encoded = large_jpeg(seed, size)
            clients[number].upload(place, encoded)
            if not here(product, place, encoded):
                wrong.append(f"upload {number} was falsely complete")

        stack.enter_context(killing(servers, over, chance))
        with ThreadPoolExecutor(asked.at_once) as threads:
            failed = [one.exception() for one in [threads.submit(upload, n) for n in range(len(wanted))]]
        wrong += [f"upload {n} failed: {error!r}" for n, error in enumerate(failed) if error]
        over.set()
        took = time.monotonic() - began
        wrong += audit(product, wanted)
    resumed = sum(1 for client in clients for offset in client.resumed if offset)
    told = {
        "uploads": asked.uploads,
        "MB": round(sum(size for _, _, size in wanted) / 1e6),
        "seconds": round(took),
        "kills of one of the servers": servers.kills,
        "connections": proxy.connections,
        "cut": proxy.cuts,
        "stalled": proxy.stalled,
        "requests": sum(client.tries for client in clients),
        "resumed past 0": resumed,
        "wrong": len(wrong),
    }
    print(", ".join(f"{count} {what}" for what, count in told.items()))
    print("\n".join(wrong[:20]))
    return 1 if wrong else 0


def here(product, place, encoded):
    sha256 = sha256_of(encoded)
    kept = {photo.sha256 for photo in photos_of(product, place)}
    return sha256 in kept and product.photos.original(sha256) == encoded


def audit(product, wanted):
    """After all is over, from the rows and the files alone."""
    wrong = []
    for place, seed, size in wanted:
        if not here(product, place, large_jpeg(seed, size)):
            wrong.append(f"photo {seed} is not there, or not the same")
    for place in {place for place, _, _ in wanted}:
        if len(photos_of(product, place)) != sum(1 for one, _, _ in wanted if one == place):
            wrong.append(f"{place} has other photos than were sent")
    with product.database.reading() as connection:
        finished = connection.execute(select(UPLOADS).where(UPLOADS.c.finished_at.is_not(None))).all()
    for row in finished:
        if row.sha256 not in {photo.sha256 for photo in photos_of(product, row.inspection_id)}:
            wrong.append(f"{row.id} is finished without a photo")
    product.uploads.sweep(datetime.now(UTC) + timedelta(days=30))
    left = list((product.settings.home / "uploads").iterdir())
    return wrong + [f"{len(left)} files are left after the sweep"] * bool(left)


class killing:  # noqa: N801 read as a word of the `with`
    """One server after the other, every second or two."""

    def __init__(self, servers, over, chance):
        self._thread = threading.Thread(target=self._run, args=(servers, over, chance))
        self._over = over

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self, servers, over, chance):
        while not over.wait(chance.uniform(0.5, 2.5)):
            servers.kill_one(chance.randrange(len(servers.ports)))


if __name__ == "__main__":
    sys.exit(main())
