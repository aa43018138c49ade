"""Work on large arrays, block by block, on all cores: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

BLOCK = 1 << 16
"""Elements in a block: enough to make a call cheap, few enough that all buffers stay in the cache."""

THREADED = 1 << 17
"""Elements from which on more threads than one pay."""


@functools.cache
def _executor() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(cores() - 1, thread_name_prefix="actcli")


os.register_at_fork(after_in_child=_executor.cache_clear)  # threads do not survive a fork


@functools.cache
def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_blocks(size: int, work: Callable[[slice], Any]) -> None:
    """Call `work` with slices that cover range(size), in several threads where that pays."""
    starts = iter(range(0, size, BLOCK))
    if size < THREADED or cores() == 1:
        _run(starts, size, work)
        return
    others = [_executor().submit(_run, starts, size, work) for _ in range(cores() - 1)]
    try:
        _run(starts, size, work)
    finally:
        for _ in starts:  # nothing is left for the others if this thread was stopped
            pass
        for other in others:
            other.result()


def _run(starts: Iterator[int], size: int, work: Callable[[slice], Any]) -> None:
    for start in starts:
        work(slice(start, min(start + BLOCK, size)))
