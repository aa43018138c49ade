"""x − tanh x about 0, where both cancel: a power series."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.pair import ANY, Pair
from actcli.core.numerics.program import empty, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array

RADIUS = 1 / 8
"""The series is taken up to here; beyond, x − tanh x loses less than 8 bits to cancellation."""


def _coefficients(count: int) -> list[Fraction]:
    """Return c₀, c₁, … of x − tanh x = x³·(c₀ + c₁x² + …), from tanh′ = 1 − tanh²."""
    tanh = [Fraction(1)]
    for k in range(1, count + 1):
        total = sum((tanh[i] * tanh[k - 1 - i] for i in range(k)), Fraction(0))
        tanh.append(-total / (2 * k + 1))
    return [-c for c in tanh[1:]]


_FIRST, *_REST = _coefficients(10)
"""The first term left out is below 2⁻⁷² of the sum."""


def within(x: Array) -> NDArray[np.bool_]:
    """Return where the series is taken."""
    return np.abs(x, out=empty(x.shape)) < RADIUS


def terms(d: Pair) -> Pair:
    """Return (x − tanh x)/x³ = c₀ + c₁x² + …, to 2⁻⁵⁹ within the radius: all but c₀ is below 2⁻⁷ of it."""
    v = d.value()
    square, tail = v * v, np.zeros(v.shape)
    for c in reversed(_REST):
        tail = (tail + float(c)) * square
    first = pair.constant(_FIRST)
    s, e = pair.two_sum(first.h + first.l, tail)
    return Pair(s, e + ((first.h - (first.h + first.l)) + first.l), ANY)


def near_0(x: Pair, value: Pair) -> Pair:
    """Return `value`, replaced by x − tanh x where x is close to 0."""
    h, low = empty(x.shape), empty(x.shape)
    step(_write_near_0, x.h, x.l, *value.terms(), h, low)
    return Pair(h, low, value.rest)


def _write_near_0(xh: Array, xl: Array, vh: Array, vl: Array, h: Array, low: Array) -> None:
    np.copyto(h, vh)
    np.copyto(low, vl)
    index = np.flatnonzero(within(xh))
    if index.size:
        d = Pair(xh.reshape(-1)[index], xl.reshape(-1)[index])
        result = terms(d) * d * d * d
        h.reshape(-1)[index], low.reshape(-1)[index] = result.h, result.l
