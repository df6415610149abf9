"""A PostgreSQL server whose postmaster can be killed."""

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil


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
