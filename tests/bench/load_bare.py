"""What the machine can do: `Looker.look` on one photo each, in as many threads as there are cores.

python tests/bench/load_bare.py FOLDER COUNT
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import psutil
from load_photos import several

from inspection.look import SentPhoto
from inspection.machine import cores, give_memory_back
from inspection.settings import Settings
from inspection.wiring import Product


def main(folder: Path, count: int) -> None:
    """Print seconds each, how many a second, and processor milliseconds each."""
    give_memory_back()
    product = Product(Settings.read())
    product.warm()

    def look(encoded: bytes) -> float:
        began = time.perf_counter()
        product.looker.look([SentPhoto.of(encoded)])
        return time.perf_counter() - began

    photos = list(islice(several(folder), count))
    me = psutil.Process()
    began, before = time.perf_counter(), me.cpu_times()
    with ThreadPoolExecutor(cores()) as threads:
        seconds = list(threads.map(look, photos))
    took, after = time.perf_counter() - began, me.cpu_times()
    cost = after.user + after.system - before.user - before.system
    print(json.dumps({"seconds": seconds, "per_s": count / took, "cpu_ms": cost / count * 1e3}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
