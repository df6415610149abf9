"""A whole installation as an operator runs it: API, workers, database, each a process that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from e2e.postgres import Postgres

SERVE = (
    "import sys; from datetime import timedelta; from api import once; "
    "once._HELD_FOR = timedelta(seconds=float([*sys.argv, 30][2])); "
    "from inspection.commands.serve import run; run(demo=False, host='127.0.0.1', port=int(sys.argv[1]))"
)
WORK = "from inspection.commands.worker import run; run()"


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Process:
    """Started again as soon as it has ended, as an operator's supervisor does: killed, or by itself."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    kills: int = 0
    freezes: int = 0
    changing: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """In a session of its own."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """As the kernel does it: nothing is said, nothing is finished."""
        with self.changing:
            assert self.running is not None
            self.running.kill()
            self.running.wait()
            self.kills += 1
            self.start()

    def revive(self) -> None:
        """One that came up while its database was away has ended by itself."""
        with self.changing:
            if self.running is not None and self.running.poll() is not None:
                self.start()

    def freeze(self, seconds: float) -> None:
        """Not dead, yet others take it for dead; then it goes on as if nothing had happened."""
        frozen = self.running
        assert frozen is not None
        self.freezes += 1
        frozen.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        frozen.send_signal(signal.SIGCONT)  # says nothing to one that was killed meanwhile

    def end(self) -> None:
        """Ask it to stop, and wait."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            try:
                self.running.wait(40)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()


@dataclass
class House:
    """API, one more worker, and the database where it is a process."""

    port: int
    processes: list[Process]
    postgres: Postgres | None

    @property
    def address(self) -> str:
        """Of the API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def kills(self) -> dict[str, int]:
        """How often each was killed."""
        told = {process.name: process.kills for process in self.processes}
        return told | ({"postgres": self.postgres.kills} if self.postgres else {})

    def wait(self, seconds: float = 90) -> None:
        """Until `/readyz` says that it can work."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        logs = "\n".join(process.log.read_text()[-2000:] for process in self.processes)
        raise AssertionError(f"the house did not become ready\n{logs}")


def _supervise(processes: list[Process], over: threading.Event) -> None:
    while not over.wait(1.0):
        for process in processes:
            process.revive()


@contextmanager
def house(
    folder: Path, bundle: Path, postgres: Postgres | None = None, *, locked: float = 30, **settings: str
) -> Iterator[House]:
    """Everything is started, and ended when the block is left.

    `locked` is how long a request that died keeps its key, in seconds: a short storm waits no half a minute.
    """
    port = free_port()
    environment = {
        **os.environ,
        "INSPECTION_BUNDLE": str(bundle),
        "INSPECTION_HOME": str(folder / "home"),
        **settings,
    }
    if postgres is not None:
        postgres.make()
        postgres.start()
        environment["INSPECTION_DATABASE"] = postgres.url
    processes = [
        Process(
            "api", [sys.executable, "-c", SERVE, str(port), str(locked)], environment, folder / "api.log"
        ),
        Process("worker", [sys.executable, "-c", WORK], environment, folder / "worker.log"),
    ]
    built = House(port=port, processes=processes, postgres=postgres)
    over = threading.Event()
    supervisor = threading.Thread(target=_supervise, args=(processes, over), daemon=True)
    try:
        for process in processes:
            process.start()
        supervisor.start()
        built.wait()
        yield built
    finally:
        over.set()
        supervisor.join()
        for process in processes:
            process.end()
        if postgres is not None:
            postgres.end()
