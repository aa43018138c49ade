"""What exact arithmetic is made of: heads of doubles, whose products are exact, and sums with their error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from fractions import Fraction

    from actcli.core.arrays import Array

HEAD = np.int64(-(1 << 27))
"""The mask that leaves a double its 26 leading significant bits."""

SIGN = np.int64(-(1 << 63))


def cut(t: Array) -> None:
    """Cut an array of doubles to heads, in place."""
    bits = t.view(np.int64)
    np.bitwise_and(bits, HEAD, out=bits)


def nearest(number: Fraction) -> float:
    """Return the nearest double, ±inf beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the rounded sum and its error: together exactly a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def difference(a: Array, b: Array | float, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return a − b and its rounding error, in new buffers."""
    s, t, u = empty(shape), empty(shape), empty(shape)
    np.subtract(a, b, out=s)
    np.subtract(a, s, out=t)  # what was taken off
    np.subtract(t, b, out=u)
    np.add(s, t, out=t)
    np.subtract(a, t, out=t)
    np.add(t, u, out=t)
    return s, t
