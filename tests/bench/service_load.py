"""How many inspections the service decides, and how soon, against the bare reading: not a timed test.

    python tests/bench/service_load.py [--inspections 40] [--most 60] [--engines sqlite postgresql]

(bare)     `Looker.look` on one photo in as many threads as there are cores: what the machine can do
(service)  the durable path on each database: submitted, looked at by the worker of the same process,
           decided and recorded. First all at once, for how many a second; then at half that pace, for how
           long one takes from submit to decision
(overload) submitted at ten times that pace: beyond `MOST_SUBMITTED` it is refused with `Overloaded`; once
           the worker has caught up, what was refused is taken. `--most` lowers the bound, for a short run

Each part runs in a fresh process. Photos are of 2 megapixels, no two alike, uploaded beforehand. Memory
and disk are those of this machine; processor time an inspection says what it costs on a busy one.
"""

# ruff: noqa: PLC0415 each part loads only what it measures
import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own databases

SIZE = (1632, 1224)
TIMES = 10
SUBMITTERS = 4


def main() -> None:
    """Measure everything, or one part of it in this process."""
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments)))
        return
    began, figures = time.perf_counter(), {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _make_photos(folder / "photos", max(2 * arguments.inspections, int(1.5 * _most(arguments))))
        figures["bare"] = _part("bare", folder, arguments)
        for engine in arguments.engines:
            for part in ("service", "overload"):
                url = stack.enter_context(_database(engine, folder))
                rate = figures.get(engine, {}).get("per_s", 0.0)
                figures[f"{engine} overload" if part == "overload" else engine] = _part(
                    part, folder, arguments, url=url, rate=rate
                )
    _print(figures, arguments)
    print(f"\nin {time.perf_counter() - began:.0f} s\n{json.dumps(figures)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inspections", type=int, default=40, help="of each measurement")
    parser.add_argument("--most", type=int, default=60, help="MOST_SUBMITTED in the overload; 0: as it is")
    parser.add_argument(
        "--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _part(
    name: str, folder: Path, arguments: argparse.Namespace, url: str = "", rate: float = 0.0
) -> dict[str, Any]:
    command = [sys.executable, __file__, "--part", name, "--folder", str(folder), "--url", url]
    numbers = ["--inspections", arguments.inspections, "--most", arguments.most, "--rate", rate]
    done = subprocess.run(
        [*command, *map(str, numbers)], stdout=subprocess.PIPE, check=True, text=True, timeout=1200
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    """A fresh one; PostgreSQL is started once."""
    from databases import postgres_database, postgres_server

    with ExitStack() as stack:
        if engine == "sqlite":
            yield f"sqlite:///{tempfile.mkdtemp(dir=folder)}/inspection.db"
            return
        server = stack.enter_context(postgres_server())
        made = stack.enter_context(postgres_database(server))
        yield made.render_as_string(hide_password=False)


def _bare(arguments: argparse.Namespace) -> dict[str, Any]:
    from inspection.look import SentPhoto
    from inspection.machine import cores

    product = _product(arguments)
    product.warm()
    look = lambda encoded: product.looker.look([SentPhoto.of(encoded)])  # noqa: E731
    photos = list(_photos(arguments, arguments.inspections))
    with _costing(arguments.inspections) as figures, ThreadPoolExecutor(cores()) as threads:
        took = list(threads.map(_timed(look), photos))
    return figures | _quantiles(took)


def _service(arguments: argparse.Namespace) -> dict[str, Any]:
    product = _product(arguments)
    product.warm()
    count = arguments.inspections
    first, second = (_opened(product, arguments, count, begin) for begin in (0, count))
    with _working(product):
        submit = product.workflow.submit
        with _costing(count) as figures, ThreadPoolExecutor(SUBMITTERS) as threads:
            submitting = list(threads.map(_timed(submit), first))
            _drained(product)
        _paced(second, figures["per_s"] / 2, submit)
        _drained(product)
    figures |= _quantiles(_waits(product, second)) | _named("submit", submitting)
    return figures | _whole(product, [*first, *second])


def _overload(arguments: argparse.Namespace) -> dict[str, Any]:
    """At ten times the pace until as many were refused as are taken at most."""
    from inspection import workflow
    from inspection.errors import Overloaded

    workflow.MOST_SUBMITTED = most = _most(arguments)
    product = _product(arguments)
    product.warm()
    ids = _opened(product, arguments, int(most * 1.5), 0)
    refused: list[str] = []
    backlog: list[int] = []
    told: set[float] = set()

    def submit(inspection_id: str) -> None:
        try:
            product.workflow.submit(inspection_id)
        except Overloaded as error:
            refused.append(inspection_id)
            told.add(error.retry_after)
        backlog.append(product.cases.submitted())

    with _working(product):
        began = time.perf_counter()
        took = _paced(ids, arguments.rate * TIMES, submit)
        offered = len(ids) / (time.perf_counter() - began)
        shed = list(refused)
        _drained(product)
        drained = (len(ids) - len(shed)) / (time.perf_counter() - began)
        refused.clear()
        _paced(shed, arguments.rate * TIMES, submit)
        again = len(refused)
        _drained(product)
    figures = {"most": most, "offered_per_s": offered, "shed": len(shed), "taken": len(ids) - len(shed)}
    figures |= {"most_waiting": max(backlog), "per_s": drained, "retry_after_s": sorted(told)}
    figures |= {"refused_after_recovery": again} | _named("submit", took)
    return figures | _whole(product, ids)


def _most(arguments: argparse.Namespace) -> int:
    from inspection.workflow import MOST_SUBMITTED

    return arguments.most or MOST_SUBMITTED


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "bare": _bare,
    "service": _service,
    "overload": _overload,
}


def _product(arguments: argparse.Namespace) -> Any:
    from inspection.machine import give_memory_back
    from inspection.settings import Settings
    from inspection.wiring import Product

    give_memory_back()
    home = Path(tempfile.mkdtemp(dir=arguments.folder))
    return Product(Settings(home=home, database=arguments.url or None))


@contextmanager
def _working(product: Any) -> Iterator[None]:
    worker = product.worker()
    worker.start(lambda: None)
    try:
        yield
    finally:
        worker.stop(5)


def _make_photos(folder: Path, count: int) -> None:
    """No two alike: what looks like a photo of another inspection is compared with it, which takes time."""
    import cv2
    import numpy as np

    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        blocks = random.integers(0, 256, (18, 24, 3), np.uint8)
        picture = cv2.resize(blocks, SIZE, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        picture += 6 * random.standard_normal((SIZE[1], SIZE[0], 1), np.float32)
        encoded = cv2.imencode(".jpg", picture.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])[
            1
        ]
        (folder / f"{number:05}.jpg").write_bytes(encoded.tobytes())


def _photos(arguments: argparse.Namespace, count: int, begin: int = 0) -> Iterator[bytes]:
    for path in sorted((arguments.folder / "photos").glob("*.jpg"))[begin : begin + count]:
        yield path.read_bytes()


def _opened(product: Any, arguments: argparse.Namespace, count: int, begin: int) -> list[str]:
    """Inspections with their photo, ready to be submitted."""
    ids = []
    for encoded in _photos(arguments, count, begin):
        sha256 = hashlib.sha256(encoded).hexdigest()
        product.photos.put_original(sha256, encoded)
        case = product.workflow.open(line_id=_requested(product))
        product.workflow.add_photo(case.id, sha256, len(encoded))
        ids.append(case.id)
    return ids


def _requested(product: Any) -> str:
    """A return of one item, as shops ask for it."""
    from datetime import UTC, datetime

    from inspection.returns.case import Line, Return

    id_, line_id = product.terms.new_id(), product.terms.new_id()
    line = Line(id=line_id, return_id=id_, position=1, title="A cup", sku="cup-1", price_cents=4000)
    made = Return(id=id_, created_at=datetime.now(UTC), currency="EUR", reference=id_, lines=(line,))
    product.workflow.request_return(made)
    return line_id


def _timed(once: Callable[[Any], object]) -> Callable[[Any], float]:
    def timed(one: Any) -> float:
        began = time.perf_counter()
        once(one)
        return time.perf_counter() - began

    return timed


def _paced(ids: Iterable[str], rate: float, once: Callable[[str], object]) -> list[float]:
    """That many a second, whether or not those before have ended; seconds each took."""
    began = time.perf_counter()
    with ThreadPoolExecutor(SUBMITTERS) as threads:
        ended = []
        for number, one in enumerate(ids):
            time.sleep(max(0.0, began + number / rate - time.perf_counter()))
            ended.append(threads.submit(_timed(once), one))
        return [one.result() for one in ended]


def _drained(product: Any) -> None:
    while product.cases.submitted():
        time.sleep(0.1)


def _waits(product: Any, ids: Iterable[str]) -> list[float]:
    """From submit to decision, by the rows."""
    cases = [product.lists.inspection(one)[0] for one in ids]
    return [(case.decided_at - case.submitted_at).total_seconds() for case in cases]


def _whole(product: Any, ids: list[str]) -> dict[str, Any]:
    """Each was decided once, and the record is whole."""
    decided = [len(product.cases.entries(one)) for one in ids]
    audit = product.cases.audit()
    assert set(decided) == {1}, f"decided {sorted(set(decided))} times"
    assert audit.whole
    product.close()
    return {"decided_once": len(ids)}


@contextmanager
def _costing(count: int) -> Iterator[dict[str, Any]]:
    """How many a second, and processor milliseconds each."""
    me, figures = psutil.Process(), {}
    began, before = time.perf_counter(), me.cpu_times()
    yield figures
    after = me.cpu_times()
    cost = after.user + after.system - before.user - before.system
    figures |= {"per_s": count / (time.perf_counter() - began), "cpu_ms": cost / count * 1e3}


def _quantiles(seconds: list[float]) -> dict[str, float]:
    cut = statistics.quantiles(seconds, n=100)
    return {"p50_ms": cut[49] * 1e3, "p99_ms": cut[98] * 1e3}


def _named(name: str, seconds: list[float]) -> dict[str, float]:
    return {f"{name}_{key}": value for key, value in _quantiles(seconds).items()}


def _print(figures: dict[str, dict[str, Any]], arguments: argparse.Namespace) -> None:
    from inspection.machine import cores

    memory, load = psutil.virtual_memory().total / 2**30, os.getloadavg()[0]
    print(f"{platform.machine()}, {cores()} cores, {memory:.0f} GiB, load {load:.1f} (others' work included)")
    print(f"{arguments.inspections} inspections of one photo of {SIZE[0]} × {SIZE[1]} each\n")
    bare = figures["bare"]
    _row("", "per s", "of bare", "p50 ms", "p99 ms", "cpu ms", "bare/cpu", "submit p99")
    for name in ("bare", *arguments.engines):
        one = figures[name]
        _row(
            name, one["per_s"], one["per_s"] / bare["per_s"], one["p50_ms"], one["p99_ms"], one["cpu_ms"],
            bare["cpu_ms"] / one["cpu_ms"], one.get("submit_p99_ms", ""),
        )  # fmt: skip
    print("\np50 and p99: of one look; of submit to decision, at half the pace\n")
    _row(
        "overload", "offered/s", "taken", "refused", "at most", "waiting", "decided/s", "again", "submit p99"
    )
    for name in arguments.engines:
        one = figures[f"{name} overload"]
        _row(
            name, one["offered_per_s"], one["taken"], one["shed"], one["most"], one["most_waiting"],
            one["per_s"], one["refused_after_recovery"], one["submit_p99_ms"],
        )  # fmt: skip


def _row(*cells: str | float) -> None:
    first, *others = (f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells)
    print(f"{first:12}" + "".join(f"{cell:>12}" for cell in others))


if __name__ == "__main__":
    main()
