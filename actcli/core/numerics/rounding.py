"""Ziv's test: whether all that a result may be rounds to the same number of a format.

A result is y + rest, y being the nearest double, and it may be wrong by e = r·|y|. It is decided where both
ends, y + (rest − e) and y + (rest + e), are rounded alike. `Bounded` keeps bounds of first order; `SECOND`
makes up for that, and for the rounding of both ends (the rest is at most 2⁻⁵³ of y, and exact).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.pair import ANY, Pair, two_sum
from actcli.core.numerics.scaled import Scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.numerics.bounded import Enclosed

SECOND = 1 + 1 / 16

FAR_BELOW = -900
"""2 to this power is far below all narrow formats, so that a number may stand for all that are smaller."""


def nearest(p: Pair) -> tuple[Array, Array]:
    """Return h + l as the nearest double and the rest: exact, the greater of the two being either."""
    h, low = p.terms()
    if p.rest == ANY:
        return two_sum(h, low)
    y = h + low
    return y, low - (y - h)


def ziv(number: Enclosed, out: Array, gap: Array) -> None:
    """Write results as doubles, and how far apart both ends are then: a result is decided where that is 0."""
    y, rest = nearest(number.v)
    np.copyto(out, y)
    r = number.r
    if isinstance(r, float) and r == 0:
        np.copyto(gap, 0.0)
        return
    e = r * SECOND * y
    np.subtract(y + (rest + e), y + (rest - e), out=gap)


def rounded(number: Enclosed, out: Array, dtype: DType = FLOAT64) -> NDArray[np.bool_]:
    """Write doubles that, rounded to the format, are the results; return which of them are decided.

    Where a result is not decided what is written is the nearest double of what is known. NaN without an error
    is a result: there is none at arguments outside the domain.
    """
    v = number.v
    y, rest = (np.broadcast_to(part, out.shape) for part in nearest(v.p if isinstance(v, Scaled) else v))
    with np.errstate(all="ignore"):
        e = np.abs(y) * (number.r * SECOND)
        offsets = rest - e, rest + e
        known = np.isfinite(e) | (number.r == 0) & np.isnan(y)
        if isinstance(v, Scaled):
            exponent = np.broadcast_to(v.e, out.shape)
            np.copyto(out, v.value())
            if dtype is FLOAT64:
                low, high = (Scaled(Pair(y, offset, ANY), exponent).value() for offset in offsets)
                return np.asarray((_are_one(low, high) | np.isnan(y)) & known)
            shift = np.clip(exponent, FAR_BELOW, 3000).astype(np.int32)
            y, *both = (np.ldexp(part, shift) for part in (y, *offsets))
            offsets = both[0], both[1]
        else:
            np.copyto(out, y)
        if dtype is FLOAT64:
            return np.asarray(((y + offsets[0] == y + offsets[1]) | np.isnan(y)) & known)
        low, high = (_beside(y, offset, dtype) for offset in offsets)
        np.copyto(out, np.where(np.isnan(low), y, low))
        low, high = dtype.round(low), dtype.round(high)
        return np.asarray((_are_one(low, high) | np.isnan(low) & np.isnan(high)) & known)


def _are_one(low: Array, high: Array) -> NDArray[np.bool_]:
    """Return which ends are the same number, zeros that are what is left of numbers of one sign included."""
    return np.asarray((low == high) & (np.signbit(low) == np.signbit(high)))


def _beside(y: Array, offset: Array, dtype: DType) -> Array:
    """Return y + offset as a double on the same side of every tie of a format; NaN where nobody knows."""
    total = y + offset
    side = np.where(total == y, offset, np.nan)
    tie = dtype.halfway(total)
    beside = np.where(np.isnan(side), np.nan, np.nextafter(total, np.copysign(np.inf, side)))
    return np.where(tie & (side != 0), beside, total)
