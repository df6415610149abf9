"""How fast the product reads photos on this machine, and where the time goes: not a timed test.

    python tests/bench/serving.py [--seconds 8] [--rounds 3] [--json FILE]

(a) a bare loop: decode at reduced scale, letterbox, `session.run` of the served graph (1 view, 3 crops)
(b) the full reading called in process: `Looker.look` on one photo
(c) the same over HTTP: uvicorn in a process of its own, 8 keep-alive clients in another

Each keeps all cores busy. Every measurement runs in a fresh process, the three by turns, and the
median of the rounds counts: other work on the machine then weighs on all of them alike.
"""

# ruff: noqa: PLC0415 each part loads only what it measures
import argparse
import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from phone_photos import make_photos

SIZES = {"2 MP": (1632, 1224), "12 MP": (4032, 3024)}
CLIENTS = 8


def main() -> None:
    """Measure everything, or one part of it in this process."""
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            make_photos(Path(folder) / name, size)
        figures = {name: _measure(Path(folder) / name, arguments) for name in SIZES}
    _print(figures)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="write the figures here too")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--photos", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(photos: Path, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    rounds: dict[str, list[dict[str, float]]] = {"bare": [], "reading": [], "http": []}
    for _ in range(arguments.rounds):
        rounds["bare"].append(_part("bare", photos, arguments))
        rounds["reading"].append(_part("reading", photos, arguments))
        with _server() as (port, server, ready_s):
            before = _cpu_s(server)
            figures = _part("clients", photos, arguments, port=port)
            cost = (_cpu_s(server) - before) / figures.pop("photos") * 1e3
            figures |= {"cpu_ms": cost, "peak_mb": _peak_mb(server.pid), "ready_s": ready_s}
            rounds["http"].append(figures)
    return {
        part: {key: round(statistics.median(one[key] for one in many), 2) for key in many[0]}
        for part, many in rounds.items()
    }


def _part(name: str, photos: Path, arguments: argparse.Namespace, port: int = 0) -> dict[str, float]:
    command = [sys.executable, __file__, "--part", name, "--photos", str(photos), "--port", str(port)]
    done = subprocess.run(
        [*command, "--seconds", str(arguments.seconds)], stdout=subprocess.PIPE, check=True, text=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _bare(arguments: argparse.Namespace) -> dict[str, float]:
    import numpy as np
    import simplejpeg

    from inspection.vision.preprocess import letterbox
    from inspection.vision.runtime import open_runtime

    product = _product()
    card, runtime = product.bundle.card, open_runtime(product.bundle, device="cpu")
    crops = np.random.default_rng(0).integers(
        0, 256, (card.crops, card.crop_side, card.crop_side, 3), np.uint8
    )

    def once(encoded: bytes) -> None:
        picture = simplejpeg.decode_jpeg(encoded, min_height=card.view_side, min_width=card.view_side)
        runtime.run(letterbox(picture, card.view_side)[0][None], crops)

    return _in_process(once, arguments)


def _reading(arguments: argparse.Namespace) -> dict[str, float]:
    from inspection.look import SentPhoto

    product = _product()
    product.warm()
    once = lambda encoded: product.looker.look([SentPhoto.of(encoded)])  # noqa: E731
    return _in_process(once, arguments)


def _in_process(once: Callable[[bytes], object], arguments: argparse.Namespace) -> dict[str, float]:
    me = psutil.Process()
    before = _cpu_s(me)
    figures = _busy(once, arguments, threads=_cores())
    cost = (_cpu_s(me) - before) / figures.pop("photos") * 1e3
    return {**figures, "cpu_ms": cost, "peak_mb": _peak_mb(me.pid)}


def _clients(arguments: argparse.Namespace) -> dict[str, float]:
    local = threading.local()

    def once(encoded: bytes) -> None:
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection("127.0.0.1", arguments.port, timeout=60)
        headers = {"Content-Type": "multipart/form-data; boundary=bench"}
        local.connection.request("POST", "/v1/classify", _form(encoded), headers)
        answer = local.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:300]!r}")

    return _busy(once, arguments, threads=CLIENTS)


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "bare": _bare,
    "reading": _reading,
    "clients": _clients,
}


def _busy(
    once: Callable[[bytes], object], arguments: argparse.Namespace, *, threads: int
) -> dict[str, float]:
    """Photos a second and milliseconds each, by that many threads, after a second to warm up."""
    encoded = [path.read_bytes() for path in sorted(arguments.photos.glob("*.jpg"))]
    began = time.perf_counter() + 1
    ends = began + arguments.seconds
    took: list[float] = []
    asked = itertools.count()

    def work() -> None:
        while (start := time.perf_counter()) < ends:
            once(encoded[next(asked) % len(encoded)])
            if start >= began:
                took.append(time.perf_counter() - start)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    elapsed = time.perf_counter() - began
    quantiles = statistics.quantiles(took, n=100)
    return {
        "photos": next(asked),  # those of the first second too
        "photos_s": len(took) / elapsed,
        "p50_ms": quantiles[49] * 1e3,
        "p99_ms": quantiles[98] * 1e3,
    }


@contextmanager
def _server() -> Iterator[tuple[int, psutil.Process, float]]:
    """As `inspection serve` starts it, with a home of its own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        server = psutil.Popen(
            [sys.executable, "-m", "inspection", "serve", "--port", str(port)],
            env={**os.environ, "INSPECTION_HOME": home},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(port)
            yield port, server, time.perf_counter() - began
        finally:
            server.terminate()
            server.wait(10)


def _wait_until_ready(port: int) -> None:
    for _ in range(3000):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.01)
    raise RuntimeError("the server did not become ready")


def _form(encoded: bytes) -> bytes:
    head = b'--bench\r\nContent-Disposition: form-data; name="photos"; filename="image.jpg"\r\n'
    return head + b"Content-Type: image/jpeg\r\n\r\n" + encoded + b"\r\n--bench--\r\n"


def _product():  # type: ignore[no-untyped-def]
    from inspection.settings import Settings
    from inspection.wiring import Product

    return Product(Settings.read())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_s(process: psutil.Process) -> float:
    """Processor seconds so far: what a photo costs, however busy the machine is."""
    times = process.cpu_times()
    return times.user + times.system


def _peak_mb(pid: int) -> float:
    """The most that was resident; Linux remembers it, elsewhere what is resident now must do."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return psutil.Process(pid).memory_info().rss / 1e6


def _print(figures: dict[str, dict[str, dict[str, float]]]) -> None:
    names = {"bare": "a bare loop", "reading": "b in process", "http": "c over HTTP"}
    print(f"{_cores()} cores, {CLIENTS} HTTP clients\n")
    print(f"{'':8}{'':14}{'photos/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'peak MB':>9}{'ready s':>9}")
    for size, parts in figures.items():
        for part, said in parts.items():
            ready = f"{said['ready_s']:9.2f}" if "ready_s" in said else ""
            print(
                f"{size:8}{names[part]:14}{said['photos_s']:10.1f}{said['p50_ms']:9.0f}"
                f"{said['p99_ms']:9.0f}{said['cpu_ms']:9.1f}{said['peak_mb']:9.0f}{ready}"
            )
        a, b, c = (parts[part]["photos_s"] for part in ("bare", "reading", "http"))
        print(f"{size:8}photos/s: b/a = {b / a:.2f}   c/b = {c / b:.2f}")
        a, b, c = (parts[part]["cpu_ms"] for part in ("bare", "reading", "http"))
        print(f"{size:8}cpu cost: a/b = {a / b:.2f}   b/c = {b / c:.2f} (the clients' own cost left out)\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
