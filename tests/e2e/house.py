"""A whole installation as an operator runs it: API, workers, database, each a process that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import psutil

SERVE = (
    "import sys; from inspection.commands.serve import run; "
    "run(demo=False, host='127.0.0.1', port=int(sys.argv[1]))"
)
WORK = "from inspection.commands.worker import run; run()"


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Process:
    """Started again as soon as it has been killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def start(self) -> None:
        """In a session of its own."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """As the kernel does it: nothing is said, nothing is finished."""
        assert self.running is not None
        self.running.kill()
        self.running.wait()
        self.kills += 1
        self.start()

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
class Postgres:
    """A server whose postmaster can be killed; `binaries` are those of the wheel."""

    folder: Path
    binaries: Path
    port: int
    running: subprocess.Popen[bytes] | None = None
    kills: int = 0
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder.with_suffix(".log")

    @property
    def url(self) -> str:
        """Of its own database, over TCP."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """`initdb`, as the user that may."""
        self.folder.mkdir(parents=True)
        self._own(self.folder)
        self._as_user(
            [str(self.binaries / "initdb"), "-D", str(self.folder), "-U", "postgres", "-A", "trust"]
        )

    def start(self) -> None:
        """Until it answers."""
        options = ["-D", str(self.folder), "-p", str(self.port), "-k", "", "-h", "127.0.0.1"]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [str(self.binaries / "postgres"), *options],
                stdout=log, stderr=log, start_new_session=True, **self._user(),
            )  # fmt: skip

    def kill(self) -> None:
        """The postmaster and all its children, at once."""
        assert self.running is not None
        # each backend has a session of its own, and one that lives on would keep it from starting
        family = psutil.Process(self.running.pid).children(recursive=True)
        self.running.kill()
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, 10)
        self.running.wait()
        self.kills += 1
        self.start()

    def end(self) -> None:
        """At once; what is committed is on the disk."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGINT)
            self.running.wait(30)

    def _user(self) -> dict[str, object]:
        """PostgreSQL refuses to run as root."""
        return {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
            for parent in path.parents:
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)

    def _as_user(self, command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True, **self._user())  # type: ignore[call-overload]


class Receiver:
    """A webhook's other end: notes every delivery, and fails each fourth event's first one."""

    def __init__(self) -> None:
        self.heard: dict[str, int] = {}
        self._failed: set[str] = set()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(receiver.note(self.headers["webhook-id"]))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def note(self, event_id: str) -> int:
        """204, or 500 the first time."""
        with self._lock:
            if event_id[-1] in "048c" and event_id not in self._failed:
                self._failed.add(event_id)
                return 500
            self.heard[event_id] = self.heard.get(event_id, 0) + 1
            return 204

    def close(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()


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


@contextmanager
def house(folder: Path, bundle: Path, postgres: Postgres | None = None, **settings: str) -> Iterator[House]:
    """Everything is started, and ended when the block is left."""
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
        Process("api", [sys.executable, "-c", SERVE, str(port)], environment, folder / "api.log"),
        Process("worker", [sys.executable, "-c", WORK], environment, folder / "worker.log"),
    ]
    built = House(port=port, processes=processes, postgres=postgres)
    try:
        for process in processes:
            process.start()
        built.wait()
        yield built
    finally:
        for process in processes:
            process.end()
        if postgres is not None:
            postgres.end()
