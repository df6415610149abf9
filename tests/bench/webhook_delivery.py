"""How many events a second one endpoint gets, by how many a worker sends it at a time: not a timed test.

    PYTHONPATH=tests python -m bench.webhook_delivery [--events 200] [--latency 0.0] [--each 2 8]

On each engine, a real receiver that answers after `--latency` seconds, and one worker. Each figure is of a
fresh process and a fresh database; the ratio is to the first of `--each`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from databases import postgres_database, postgres_server, sqlite_copy, sqlite_template
from webhooks.outfit import Outfit
from webhooks.receiver import receiving, status

from inspection.store.engine import Database, open_engine
from inspection.store.jobs import worker as worker_module


def measured(engine: str, each: int, events: int, latency: float) -> float:
    """Events a second, all told before the worker begins."""
    worker_module.AT_ONCE = each  # type: ignore[attr-defined]

    def answer(handler, received):
        time.sleep(latency)
        status(204)(handler, received)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        if engine == "sqlite":
            url = sqlite_copy(sqlite_template(folder), folder / "home" / "inspection.db")
        else:
            url = stack.enter_context(postgres_database(stack.enter_context(postgres_server())))
        receiver = stack.enter_context(receiving())
        receiver.answers = [answer]
        outfit = Outfit.on(Database(open_engine(url)), {receiver.host})
        outfit.add(receiver.url)
        for _ in range(events):
            outfit.tell()
        worker = outfit.worker("bench")
        worker.start(lambda: None)
        receiver.wait(1)
        begun = time.monotonic()
        receiver.wait(events, seconds=600)
        took = time.monotonic() - begun
        worker.stop(5)
        outfit.close()
        outfit.database.engine.dispose()
    return events / took


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--each", type=int, nargs="+", default=[2, 8])
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--one", nargs=2)
    asked = parser.parse_args()
    if asked.one:
        print(measured(asked.one[0], int(asked.one[1]), asked.events, asked.latency))
        return
    for engine in asked.engines:
        first = None
        for each in asked.each:
            told = [
                "--events",
                str(asked.events),
                "--latency",
                str(asked.latency),
                "--one",
                engine,
                str(each),
            ]
            command = [sys.executable, "-m", "bench.webhook_delivery", *told]
            rate = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            first = first or rate
            print(f"{engine}: {each} at a time, {rate:.0f} events/s, {rate / first:.1f} times")


if __name__ == "__main__":
    main()
