"""How many inspections the service decides, and how soon, against the bare reading: not a timed test.

    python tests/bench/service_load.py [--quick] [--engines sqlite postgresql] [--json FILE]

(bare)     `Looker.look` on one photo in as many threads as there are cores: what the machine can do
(capacity) `inspection serve`, on PostgreSQL with `inspection worker` beside it, over HTTP: returns, photos by
           tus, submit, as fast as they are taken, until all are decided
(paced)    the same at 0.6 of that: how long one takes from its photo's first byte to the decision
(overload) inspections whose photos are there are submitted at ten times the capacity: beyond MOST_SUBMITTED
           each is refused with 429 and Retry-After; who waits as told is taken in the end. Afterwards the
           capacity is measured again

What must hold is checked: each is decided once, the record is whole, refusals say when to come back, the
queue empties, and as many a second are decided as before. `--most` lowers MOST_SUBMITTED, which is printed;
without it the overload takes some 2,600 photos, 4 GB in the folder for temporary files, and as long as
2,600 looks. `--quick` is for trying this file: few inspections, a low bound, no percentile that few can give.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own installation

from load_installation import Installation, installation
from load_photos import SIZE, make, several
from load_shoppers import Sent, Shoppers, paced, together

from inspection.machine import cores
from inspection.workflow import MOST_SUBMITTED

TIMES = 10
PACE = 0.6
BEYOND, BEYOND_LOW = 1.3, 2.5
"""How many times the bound are offered: a tenth is decided meanwhile, so two tenths of it are refused. Of a
low bound more, as what is decided while the storm begins counts."""
LOW = 500
RECOVERED = 0.6
"""Of the rate before: the same work is measured on a machine that does other things, too."""
FEW = 100
"""Below, the 99th percentile is nothing but the slowest."""
Figures = dict[str, Any]


def main() -> None:
    """Measure everything, print a table, write the figures."""
    arguments = _arguments()
    most = arguments.most or MOST_SUBMITTED
    counts = {"capacity": max(20, arguments.inspections // 5), "paced": arguments.inspections}
    beyond = BEYOND if most >= LOW else BEYOND_LOW
    counts |= {"overload": int(most * beyond), "again": counts["capacity"]}
    figures: Figures = {"machine": _machine(), "most_submitted": most, "inspections": counts}
    with tempfile.TemporaryDirectory(prefix="inspection-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        figures["photos"] = make(folder / "photos", sum(counts.values()))
        figures["bare"] = _bare(folder / "photos", counts["capacity"])
        for engine in arguments.engines:
            figures[engine] = _service(folder, engine, arguments.most, counts)
    _print(figures, arguments.engines, lowered=arguments.most is not None)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"\nwritten to {arguments.json}")
    for engine in arguments.engines:
        before, after = figures[engine]["per_s"], figures[engine]["overload"]["per_s_after"]
        if after < RECOVERED * before:
            sys.exit(f"{engine} has not recovered: {after:.2f} a second after the storm, {before:.2f} before")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inspections", type=int, help="of the paced part; 500, or 30 with --quick")
    parser.add_argument("--most", type=int, help="MOST_SUBMITTED lowered to this; 40 with --quick")
    parser.add_argument("--quick", action="store_true", help="to try this file")
    parser.add_argument(
        "--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--json", type=Path, default=Path("runs/service_load.json"))
    arguments = parser.parse_args()
    arguments.inspections = arguments.inspections or (30 if arguments.quick else 500)
    arguments.most = arguments.most or (40 if arguments.quick else None)
    return arguments


def _machine() -> str:
    memory, load = psutil.virtual_memory().total / 2**30, os.getloadavg()[0]
    return f"{platform.machine()}, {cores()} cores, {memory:.0f} GiB, load before {load:.1f}"


def _bare(photos: Path, count: int) -> Figures:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, str(Path(__file__).with_name("load_bare.py")), str(photos), str(count)]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, check=True, text=True, timeout=3600
    )
    told: Figures = json.loads(done.stdout.splitlines()[-1])
    return told | _quantiles(told.pop("seconds"))


def _service(folder: Path, engine: str, most: int | None, counts: dict[str, int]) -> Figures:
    photos = several(folder / "photos")
    with installation(folder / engine, engine, most) as running:
        shoppers = Shoppers(running.address, running.keys)
        sent, figures = _capacity(running, shoppers, list(islice(photos, counts["capacity"])))
        rate = figures["per_s"]
        timed, offered = paced(shoppers.whole, islice(photos, counts["paced"]), rate * PACE)
        running.drained(3600)
        waits = [shoppers.decided(one) - one.began for one in timed]
        figures |= _quantiles(waits) | {"paced_at_per_s": offered}
        stormed, figures["overload"] = _overload(
            running, shoppers, islice(photos, counts["overload"]), rate=rate
        )
        later, after = _capacity(running, shoppers, list(islice(photos, counts["again"])))
        figures["overload"] |= {"per_s_after": after["per_s"], "cpu_ms_after": after["cpu_ms"]}
        assert not [one for one in later if one.refused], "still turned away after the storm"
        _whole(running, [*sent, *timed, *stormed, *later])
    return figures


def _capacity(
    running: Installation, shoppers: Shoppers, photos: Sequence[bytes]
) -> tuple[list[Sent], Figures]:
    """As fast as they are taken, from the first byte to the last decision."""
    before = running.cpu_seconds()
    sent: list[Sent] = together(shoppers.whole, photos, 4 * cores())
    running.drained(3600)
    cost = running.cpu_seconds() - before
    took = max(map(shoppers.decided, sent)) - min(one.began for one in sent)
    return sent, {"per_s": len(sent) / took, "cpu_ms": cost / len(sent) * 1e3}


def _overload(
    running: Installation, shoppers: Shoppers, photos: Iterator[bytes], *, rate: float
) -> tuple[list[Sent], Figures]:
    """Ten times the capacity until more were offered than are held; then whoever was refused comes back."""
    sent: list[Sent] = together(shoppers.upload, photos)
    with _watched(running) as most_waiting:
        began = time.monotonic()
        taken, offered = paced(shoppers.submit, sent, rate * TIMES)
        refused = [one for one, held in zip(sent, taken, strict=True) if not held]
        assert refused, f"nothing was refused of {len(sent)} at {offered:.1f} a second"
        together(shoppers.submit_until_taken, refused, len(refused))
        running.drained(3600)
        took = time.monotonic() - began
    told = sorted({after for one in sent for after in one.refused})
    return sent, {
        "offered_per_s": offered,
        "offered": len(sent),
        "taken_at_once": len(sent) - len(refused),
        "refused": len(refused),
        "answers_429": sum(len(one.refused) for one in sent),
        "retry_after_s": told,
        "most_waiting": max(most_waiting),
        "emptied_after_s": took,
    }


@contextmanager
def _watched(running: Installation) -> Iterator[list[int]]:
    """How many wait, about once a second."""
    seen, over = [0], threading.Event()

    def look_on() -> None:
        while not over.wait(0.5):
            seen.append(running.waiting())

    watching = threading.Thread(target=look_on)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _whole(running: Installation, sent: Sequence[Sent]) -> None:
    """Each was decided once, and the record says so."""
    shoppers = Shoppers(running.address, running.keys)
    together(shoppers.decided, sent, 4)
    audit = running.audit()
    assert audit["whole"], audit
    assert audit["entries"] == len(sent), f"{audit['entries']} entries of {len(sent)} inspections"


def _quantiles(seconds: Sequence[float]) -> Figures:
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    told = {
        "of": len(seconds),
        "p50_ms": cut[49] * 1e3,
        "p95_ms": cut[94] * 1e3,
        "max_ms": max(seconds) * 1e3,
    }
    return told if len(seconds) < FEW else told | {"p99_ms": cut[98] * 1e3}


def _print(figures: Figures, engines: Sequence[str], *, lowered: bool) -> None:
    bare = figures["bare"]
    print(f"{figures['machine']}; others' work included")
    print(f"one photo of {SIZE[0]} × {SIZE[1]} an inspection: {figures['photos']}\n")
    _row("", "per s", "of bare", "p50 ms", "p95 ms", "p99 ms", "max ms", "of", "cpu ms")
    for name in ("bare", *engines):
        one = figures[name]
        _row(
            name, one["per_s"], one["per_s"] / bare["per_s"], one["p50_ms"], one["p95_ms"],
            one.get("p99_ms", "few"), one["max_ms"], one["of"], one["cpu_ms"],
        )  # fmt: skip
    print(f"\ntimes: of one look; from the photo's first byte to the decision, at {PACE} of what is decided")
    bound = f"{figures['most_submitted']}{', LOWERED by --most' if lowered else ', as it ships'}"
    print(f"\noverload, ten times as many as are decided; MOST_SUBMITTED is {bound}")
    _row("", "offered/s", "taken", "refused", "429s", "waiting", "empty s", "after/s", "cpu ms", "retry s")
    for name in engines:
        one = figures[name]["overload"]
        _row(
            name, one["offered_per_s"], one["taken_at_once"], one["refused"], one["answers_429"],
            one["most_waiting"], one["emptied_after_s"], one["per_s_after"], one["cpu_ms_after"],
            "/".join(f"{after:.0f}" for after in one["retry_after_s"]),
        )  # fmt: skip
    print("\nafter/s and cpu ms: the first measurement once more, when the storm is over")
    print("nothing lost, each decided once, the record whole, every 429 with a Retry-After: checked")


def _row(*cells: str | float) -> None:
    first, *others = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells)
    print(f"{first:12}" + "".join(f"{cell:>11}" for cell in others))


if __name__ == "__main__":
    main()
