"""What this machine gives us, and how we take it."""

import ctypes
import math
import os
from collections.abc import Iterator
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE_BYTES = 8 << 20  # a 2 MP picture stays under it: at 1 MB, its pages' faults cost some 8 % of a request
_HEAPS = 1  # more keep some 40 MB that nobody uses; eight clients on two cores are served as fast by one


def cores() -> int:
    """Those that this process may use, where the system says so: of its container, not of the host."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = quota()
    return here if given is None else max(1, min(here, math.ceil(given)))


def quota(cgroups: Path = Path("/sys/fs/cgroup"), mine: Path = Path("/proc/self/cgroup")) -> float | None:
    """Cores that the control groups give, the least on the way up; `None` where they set no bound."""
    bounds = [one for folder in _groups(cgroups, mine) if (one := _bound(folder)) is not None]
    return min(bounds, default=None)


def _groups(cgroups: Path, mine: Path) -> Iterator[Path]:
    """Version 2 lies at the top, version 1 in a folder a controller; in a container both begin at its own."""
    lines = _read(mine).splitlines()
    paths = [
        line.split(":", 2)[2] for line in lines if line.startswith("0::") or ",cpu" in line or ":cpu" in line
    ]
    for top in (cgroups, cgroups / "cpu", cgroups / "cpu,cpuacct"):
        yield top
        for path in paths:
            folder = top / path.lstrip("/")
            while folder != top and top in folder.parents:
                yield folder
                folder = folder.parent


def _bound(folder: Path) -> float | None:
    told = _read(folder / "cpu.max").split()  # "150000 100000", or "max 100000"
    if not told:
        told = [_read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip()]
    try:
        most, period = (float(one) for one in told)
    except ValueError:
        return None
    return most / period if most > 0 and period > 0 else None  # -1 is no bound


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def give_memory_back() -> None:
    """From now on, what a large picture took goes back to the system as soon as the picture does.

    glibc's allocator learns from freed large blocks to keep the next ones, in one heap a thread:
    after a few requests with large photos, some 200 MB that nobody used. A page fault a new page
    is what it costs. One heap for all threads keeps the rest together. Elsewhere this does nothing.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    for parameter in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
        mallopt(parameter, _LARGE_BYTES)
    mallopt(_M_ARENA_MAX, _HEAPS)
