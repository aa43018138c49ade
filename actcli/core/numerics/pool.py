"""Buffers that are used again: fresh memory costs more than the arithmetic done in it."""

from __future__ import annotations

import math
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array
    from actcli.core.numerics.tape import Tape


KEPT_BUFFERS = 64
SMALLEST, LARGEST = 1 << 12, 1 << 20
"""Elements of a buffer worth keeping."""


class _Buffer(np.ndarray[Any, Any]):
    """Memory for as many doubles as a power of two; arrays of the pool lie in it from `start` bytes on."""

    start: int

    def __array_finalize__(self, whole: Any) -> None:
        self.start = getattr(whole, "start", 0)


class _Pool(threading.local):
    """The free arrays of one thread, by the size of their memory, and the tape that it records on."""

    def __init__(self) -> None:
        self.free: dict[int, list[Array]] = {}
        self.tape: Tape | None = None
        self.kind: type[Array] = np.ndarray


_pool = _Pool()


def take(shape: tuple[int, ...]) -> Array:
    """Return an array of that shape with anything in it, on a cache line: that doubles the speed.

    The last blocks of arrays come in every size, so memory is shared by all shapes that fit it.
    """
    size = math.prod(shape)
    if size < SMALLEST and _pool.tape is None:
        return np.empty(shape)
    free = _pool.free.get(_room(size))
    if free:
        array = free.pop()
        return array if array.shape == shape else _laid(array.base, shape)  # type: ignore[arg-type]
    buffer = _Buffer(_room(size) + 8, np.float64)
    buffer.start = -buffer.ctypes.data & 63
    return _laid(buffer if _pool.tape is None else buffer.view(), shape)  # what a tape holds does not count


def _room(size: int) -> int:
    return 1 << max(size - 1, 0).bit_length()


def _laid(buffer: _Buffer, shape: tuple[int, ...]) -> Array:
    return _pool.kind(shape, np.float64, buffer, buffer.start)


def give(array: Array) -> None:
    """Take back an array from `take` that nobody will touch any more."""
    if is_pooled(array):
        free = _pool.free.setdefault(_room(array.size), [])
        if len(free) < KEPT_BUFFERS:
            free.append(array)


def is_pooled(array: Array) -> bool:
    """Return whether an array is one of `take`, whole: the base of a part of it is that array."""
    return type(array.base) is _Buffer and type(array) is _pool.kind and array.size <= LARGEST


def recording() -> Tape | None:
    """Return the tape that this thread records on, if it does."""
    return _pool.tape


@contextmanager
def recorded(tape: Tape | None, kind: type[Array]) -> Iterator[None]:
    """Have `take` give arrays of a kind that record on the tape, from buffers that nobody else gets."""
    before = _pool.free, _pool.tape, _pool.kind
    _pool.free, _pool.tape, _pool.kind = {}, tape, kind
    try:
        yield
    finally:
        _pool.free, _pool.tape, _pool.kind = before


def recover(array: Array) -> None:
    """Take back an array if the caller, in one name, is the last to hold it or a part of it."""
    if sys.getrefcount(array) <= 3 and array.base is not None and sys.getrefcount(array.base) <= 2:
        give(array)
