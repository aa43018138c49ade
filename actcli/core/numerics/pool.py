"""Buffers that are used again: fresh memory costs more than the arithmetic done in it."""

from __future__ import annotations

import math
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.numerics.tape import Tape

Array = NDArray[np.float64]

KEPT_SHAPES = 4
KEPT_BUFFERS = 64
SMALLEST, LARGEST = 1 << 12, 1 << 20
"""Elements of a buffer worth keeping: the smaller ones are cheap, and parts of blocks come in every size."""


class _Pool(threading.local):
    """The free buffers of one thread, by shape, and the tape that it records on."""

    def __init__(self) -> None:
        self.free: dict[tuple[int, ...], list[Array]] = {}
        self.tape: Tape | None = None
        self.kind: type[Array] = np.ndarray


_pool = _Pool()


def take(shape: tuple[int, ...]) -> Array:
    """Return an array of that shape with anything in it, on a cache line: that doubles the speed."""
    free = _pool.free.get(shape)
    if free:
        return free.pop()
    size = math.prod(shape)
    if size < SMALLEST and _pool.tape is None:
        return np.empty(shape)
    raw = np.empty(size + 8)
    start = -(raw.ctypes.data >> 3) & 7
    if _pool.tape is None:
        return raw[start : start + size].reshape(shape)
    return _pool.kind(shape, np.float64, raw.view(), start * 8)


def give(array: Array) -> None:
    """Take back an array from `take` that nobody will touch any more."""
    if not is_pooled(array):
        return
    free = _pool.free.get(array.shape)
    if free is None:
        if len(_pool.free) >= KEPT_SHAPES:
            del _pool.free[next(iter(_pool.free))]
        free = _pool.free[array.shape] = []
    if len(free) < KEPT_BUFFERS:
        free.append(array)


def is_pooled(array: Array) -> bool:
    """Return whether an array is one of `take`, whole."""
    base = array.base
    return base is not None and base.size == array.size + 8 and array.size <= LARGEST


def recording() -> Tape | None:
    """Return the tape that this thread records on, if it does."""
    return _pool.tape


@contextmanager
def recorded(tape: Tape, kind: type[Array]) -> Iterator[None]:
    """Have `take` give arrays of a kind that record on the tape, from buffers that nobody else gets."""
    free, _pool.free = _pool.free, {}
    _pool.tape, _pool.kind = tape, kind
    try:
        yield
    finally:
        _pool.free, _pool.tape = free, None


def recover(array: Array) -> None:
    """Take back an array if the caller, in one name, is the last to hold it or a part of it."""
    if sys.getrefcount(array) <= 3 and array.base is not None and sys.getrefcount(array.base) <= 2:
        give(array)
