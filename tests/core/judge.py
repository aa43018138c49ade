"""Whether results in a narrow format are the true values rounded once, for millions of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mpmath import mp

from actcli.core.evaluate import evaluate
from actcli.core.jets import Jet, Jets, lift
from tests.core.bounds import Longs, bounds
from tests.core.oracle import rounded

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation


def misrounded(function: Activation, order: int, x: Array, dtype: DType) -> tuple[Array, int]:
    """Return the arguments with wrong results, and how many were left to mpmath.

    x holds numbers of the format. The sign of a zero is not judged here.
    """
    x = np.unique(x)
    got = np.asarray(evaluate(function, x, order, dtype=dtype), np.float64)
    low, high = bracket(function, order, x, dtype)
    within = (x >= function.domain.low) & (x <= function.domain.high)
    expected = np.where(within, low, np.nan)
    open_ = np.flatnonzero(within & ~(low == high))
    for i in open_:
        nothing = low[i] <= 0 <= high[i] and vanishes(function, order, float(x[i]))
        expected[i] = 0.0 if nothing else rounded(function, order, float(x[i]), dtype)
    untold = within & np.isnan(expected) & ((got == low) | (got == high))
    wrong = (got != expected) & ~(np.isnan(got) & np.isnan(expected)) & ~untold
    return x[wrong], open_.size


def bracket(function: Activation, order: int, x: Array, dtype: DType) -> tuple[Array, Array]:
    """Return two numbers of the format that the rounded true value lies between, NaN for unknown."""
    low, high = bounds(function, order, x)
    with np.errstate(all="ignore"):
        return dtype.round(_double(low, -np.inf)), dtype.round(_double(high, np.inf))


def _double(bound: Longs, outwards: float) -> Array:
    near = bound.astype(np.float64)
    beyond = near > bound if outwards < 0 else near < bound
    return np.where(beyond, np.nextafter(near, outwards), near)


def vanishes(function: Activation, order: int, x: float) -> bool:
    """Return whether f, f′ or f″ is below 2^-200, by its definition with 300 bits and with 400."""
    sizes = []
    for bits in (300, 400):
        with mp.workprec(bits):
            numbers = {p.name: p.full(p.default) for p in function.params}
            full = {name: mp.mpf(n.numerator) / n.denominator for name, n in numbers.items()}
            point = Jet(mp.mpf(x), mp.mpf(1)) if order else mp.mpf(x)
            found = function.definition(Jets(mp), point, **full)
            sizes.append(abs((lift(found).a0, lift(found).a1, lift(found).a2)[order]))
    return bool(max(sizes) < mp.mpf(2) ** -200)
