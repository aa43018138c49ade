"""Memory for large results: that of results which nobody holds any more is used again.

The system hands out memory page by page, each cleared as it is first touched; for a cheap function that takes
as long as the function does.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST, LARGEST = 1 << 22, 1 << 27
"""Bytes of a result whose memory is kept: less is cheap, and more is too much to hold on to."""

KEPT = 2
"""So many are kept: where y = f(x) is computed over and over, the last y is held until the next is done."""

_kept: list[NDArray[np.uint8]] = []
_lock = threading.Lock()


def _forked() -> None:
    global _lock
    _lock = threading.Lock()  # the thread that may have held it is not here


os.register_at_fork(after_in_child=_forked)


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array with anything in it, as `numpy.empty`, in memory of an earlier one if that is free."""
    size = math.prod(shape) * dtype.itemsize
    if not SMALLEST <= size <= LARGEST:
        return np.empty(shape, dtype)
    with _lock:
        free = [i for i in range(len(_kept)) if sys.getrefcount(_kept[i]) <= 2]  # the list, and the call
        for i in free:
            if size <= _kept[i].size <= 2 * size:
                return np.ndarray(shape, dtype, _kept[i])
        memory = np.empty(size, np.uint8)
        if len(_kept) == KEPT:
            del _kept[free[0] if free else 0]
        _kept.append(memory)
    return np.ndarray(shape, dtype, memory)
