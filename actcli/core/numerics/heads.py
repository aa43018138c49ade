"""What exact arithmetic is made of: heads of doubles, whose products are exact, and sums with their error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HEAD = np.int64(-(1 << 27))
"""The mask that leaves a double its 26 leading significant bits."""

SIGN = np.int64(-(1 << 63))


def cut(t: Array) -> None:
    """Cut an array of doubles to heads, in place."""
    bits = t.view(np.int64)
    np.bitwise_and(bits, HEAD, out=bits)


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the rounded sum and its error: together exactly a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)
