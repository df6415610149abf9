"""A worker in a process of its own whose every look kills it: `python looker_that_dies.py DATABASE`."""

import os
import sys
import time

from inspection.ports import Job
from inspection.store.engine import Database, open_engine
from inspection.store.jobs.worker import Duties, Worker


def die(*_: object) -> None:
    """As a decoder does that writes where it must not."""
    os._exit(9)


def ignore(*_: object) -> None:
    """Nothing else matters here."""


if __name__ == "__main__":
    worker = Worker(
        Database(open_engine(sys.argv[1])),
        f"dies-{os.getpid()}",
        Duties(handlers={Job.LOOK: die, Job.DELIVER: ignore}, failed=ignore, interrupted=ignore, tell=ignore),
        at_once={Job.LOOK: 1, Job.DELIVER: 2},
    )
    worker.start(lambda: None)
    time.sleep(60)
