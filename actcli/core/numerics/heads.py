"""The leading bits of doubles: products of such heads are exact."""

from __future__ import annotations

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
