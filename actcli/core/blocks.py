"""Work on large arrays, block by block, on all cores: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import functools
import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

BLOCK = 1 << 16
"""Elements in a block: enough to make a call cheap, few enough that all buffers stay in the cache."""

SPAN = 1 << 19
"""Elements that a thread takes at once, where there are many: two threads in one page hinder each other."""

NARROW = 1 << 14
"""Elements in a block of a thread that is alone: its buffers lie nearer, and no other waits for its calls."""

THREADED = 1 << 17
"""Elements from which on more threads than one pay."""


class _Local(threading.local):
    """Whether this thread computes while no other does."""

    alone = False


_local = _Local()
_turn = threading.RLock()


def is_alone() -> bool:
    """Return whether this thread computes while no other does."""
    return _local.alone


def block() -> int:
    """Return how many elements make a block in this thread."""
    return NARROW if _local.alone else BLOCK


@contextmanager
def alone() -> Iterator[None]:
    """Compute in this thread alone; threads that want the same take turns, and read or write meanwhile.

    Two threads that call NumPy on small blocks wait for the interpreter at every call.
    """
    with _turn:
        before, _local.alone = _local.alone, True
        try:
            yield
        finally:
            _local.alone = before


@functools.cache
def _executor() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(cores() - 1, thread_name_prefix="actcli")


def _forked() -> None:
    global _turn
    _executor.cache_clear()  # threads do not survive a fork
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_forked)


@functools.cache
def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_blocks(size: int, work: Callable[[slice], Any], width: int = 1) -> None:
    """Call `work` with slices that cover range(size), in several threads where that pays.

    `width` tells how many elements each of what is counted has: 1, or the length of a row.
    """
    if size * width < THREADED or _local.alone or cores() == 1:
        _run(deque([(0, size)]), work, width)
        return
    spans = deque(_spans(size, max(1, BLOCK // width)))
    others = [_executor().submit(_run, spans, work, width) for _ in range(cores() - 1)]
    try:
        _run(spans, work, width)
    finally:
        spans.clear()  # nothing is left for the others if this thread was stopped
        for other in others:
            other.result()


def _spans(size: int, step: int) -> list[tuple[int, int]]:
    """Return the ends of what a thread takes at once: less and less, so that all threads end together."""
    spans, start = [], 0
    while start < size:
        share = (size - start) // (4 * cores() * step) * step
        end = min(start + min(SPAN // BLOCK * step, max(step, share)), size)
        spans.append((start, end))
        start = end
    return spans


def _run(spans: deque[tuple[int, int]], work: Callable[[slice], Any], width: int) -> None:
    while True:
        try:
            first, last = spans.popleft()  # in one step, whatever other threads do
        except IndexError:
            return
        step = max(1, block() // width)
        for start in range(first, last, step):
            work(slice(start, min(start + step, last)))
