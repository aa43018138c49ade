"""Memory for large results: that of results which nobody holds any more is used again.

The system hands out memory page by page, each cleared as it is first touched; for a cheap function that takes
as long as the function does.

A result is laid in a view of the memory made for it alone, which NumPy keeps as the result's base: every
view of the result, and all that any library makes of it without a copy, keeps that base alive. Its finalizer
runs once the last of them is gone, and hands the memory back. The collector cannot run it before: it does not
look into arrays, so that to it whatever an array holds is in use.
"""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST, LARGEST = 1 << 22, 1 << 27
"""Bytes of a result whose memory is kept: less is cheap, and more is too much to hold on to."""

KEPT = 2
"""So many are kept: where y = f(x) is computed over and over, the last y is held until the next is done."""


class _Memory(np.ndarray[Any, Any]):
    """Bytes: of a type of its own, since NumPy would take the base of a base of the result's type instead."""


_free: list[_Memory] = []
"""Memory that nobody holds. Its methods are atomic: a finalizer may run at any place, so that no lock can be
held; two at once may keep one more than `KEPT`, no more."""


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array with anything in it, as `numpy.empty`, in memory of an earlier one if that is free."""
    size = math.prod(shape) * dtype.itemsize
    if not SMALLEST <= size <= LARGEST:
        return np.empty(shape, dtype)
    memory = _taken(size)
    base = memory.view()
    weakref.finalize(base, _give_back, memory).atexit = False
    return np.ndarray(shape, dtype, base)


def _taken(size: int) -> _Memory:
    """Return free memory of that size, or up to twice as much; else new. What is too small or large goes."""
    while _free:
        try:
            memory = _free.pop()
        except IndexError:  # another thread was faster
            break
        if size <= memory.size <= 2 * size:
            return memory
    return _Memory(size, np.uint8)


def _give_back(memory: _Memory) -> None:
    if len(_free) < KEPT:
        _free.append(memory)
