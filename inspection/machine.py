"""What this machine gives us, and how we take it."""

import ctypes
import os

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_LARGE_BYTES = 8 << 20  # a 2 MP picture stays under it: at 1 MB, its pages' faults cost some 8 % of a request
_HEAPS = 1  # more keep some 40 MB that nobody uses; eight clients on two cores are served as fast by one


def cores() -> int:
    """Those that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
