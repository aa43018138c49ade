"""Sums of doubles without rounding, for the differences that leave no digit in any fixed precision.

An entry next to the mean of its vector, or next to the threshold of a projection, is told from it only by the
last bits of all entries together. Sums are kept here in three doubles (some 150 bits), and a difference of
such sums is handed to the arithmetic as two.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.pair import HEAD, two_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic

CANCELLED = 2.0**-18
"""Where less than that is left of what a pair, of some 80 bits, began with, the digits are taken anew."""


def times(x: Array, k: Any) -> tuple[Array, Array]:
    """Return two doubles that add up exactly to k·x for whole k."""
    head = (x.view(np.int64) & HEAD).view(np.float64)
    return head * k, (x - head) * k


def running_sums(*terms: Array) -> Array:
    """Return the running sums along the last axis, each as three doubles along a new first axis."""
    shape = terms[0].shape
    sums = np.zeros((3, *shape))
    high = middle = low = np.zeros(shape[:-1])
    for i in range(shape[-1]):
        for term in terms:
            high, e = two_sum(high, term[..., i])
            middle, e = two_sum(middle, e)
            low = low + e
        sums[:, ..., i] = high, middle, low
    return sums


def total(x: Array) -> Array:
    """Return the sum along the last axis, which is kept, as three doubles along a new first axis."""
    high, middle, low = x, np.zeros(x.shape), np.zeros(x.shape)
    while (n := high.shape[-1]) > 1:
        left, right, odd = slice(n // 2), slice(n // 2, n // 2 * 2), slice(n // 2 * 2, n)
        h, e = two_sum(high[..., left], high[..., right])
        m, f = two_sum(middle[..., left], middle[..., right])
        m, g = two_sum(m, e)
        rest = low[..., left] + low[..., right] + (f + g)
        high, middle, low = (
            np.concatenate([a, b[..., odd]], axis=-1) for a, b in ((h, high), (m, middle), (rest, low))
        )
    return np.stack([high, middle, low])


def distil(terms: list[Any]) -> tuple[Any, Any]:
    """Return the sum of arrays as two doubles, right to the last bits unless all but 2⁻¹⁵⁰ cancels."""
    parts = list(np.broadcast_arrays(*terms))
    for _ in range(4):
        for i in range(1, len(parts)):
            parts[i], parts[i - 1] = two_sum(parts[i], parts[i - 1])
    low = sum(parts[:-1])
    return two_sum(parts[-1], low)


def deviations(m: Arithmetic, x: Array, count: Array | None = None) -> Any:
    """Return each entry of vectors of n finite doubles minus their mean.

    With a `count`, a whole number for each vector that keeps its axis, the mean is the sum over that.
    """
    n: Any = x.shape[-1] if count is None else count
    return excess(m, x, n) / n


def excess(m: Arithmetic, x: Array, n: Any) -> Any:
    """Return n·x_i − Σ x for the entries of vectors of finite doubles, n whole."""
    size = np.max(np.abs(x), axis=-1, keepdims=True)
    _, exponent = np.frexp(size)
    unit = np.ldexp(1.0, np.clip(exponent - 900, -1000, 1000))  # what is 2⁻¹⁹⁰⁰ of the largest is still there
    scaled = np.ascontiguousarray(x / unit)
    high, low = distil([*times(scaled, n), *-total(scaled)])
    if (near := np.abs(high) < size / unit * 2.0**-60).any():
        counts = np.broadcast_to(n, size.shape)[..., 0]
        _anew(scaled, counts, near.any(axis=-1), high, low)
    return (m.wide(high) + low) * unit


def cancelled(m: Arithmetic, left: Any, before: Any) -> NDArray[np.bool_]:
    """Return where a difference has left too little of what it began with; the arithmetic itself compares."""
    enough = m.above(abs(left) - before * CANCELLED, 0.0)
    return np.asarray(~(enough | np.isnan(m.value(left))))


def _anew(x: Array, counts: Array, rows: Array, high: Array, low: Array) -> None:
    """Write n·x_i − Σx into the two doubles of the rows where so little is left that three lost digits."""
    size = np.abs(x)
    least = np.min(np.where(size > 0, size, np.inf), axis=-1)
    largest = np.max(size, axis=-1)
    for row in map(tuple, np.argwhere(rows & (least < largest * 2.0**-80) & (largest < np.inf)).tolist()):
        whole = [a << 1075 - b.bit_length() for a, b in map(float.as_integer_ratio, x[row].tolist())]
        mean = sum(whole)
        for i, v in enumerate(whole):
            high[row][i], low[row][i] = _two_doubles(Fraction(v * int(counts[row]) - mean, 1 << 1074))


def _two_doubles(x: Fraction) -> tuple[float, float]:
    high = float(x)
    return high, float(x - Fraction(high))


def replaced(m: Arithmetic, numbers: Any, places: NDArray[np.bool_], exact: Callable[..., Fraction]) -> Any:
    """Return numbers of the arithmetic, with fractions at some places: exact(*index), of any size."""
    if not places.any():
        return numbers
    high, low, power = (np.zeros(np.count_nonzero(places)) for _ in range(3))
    for k, index in enumerate(np.argwhere(places).tolist()):
        x = exact(*index)
        half = max(x.numerator.bit_length() - x.denominator.bit_length(), -2000) // 2
        high[k], low[k] = _two_doubles(x / Fraction(4) ** half)
        power[k] = math.ldexp(1.0, half)  # whose square may be no double
    return placed(m, numbers, places, (m.wide(high) + low) * power * power, np.arange(len(high)))


def placed(m: Arithmetic, numbers: Any, places: NDArray[np.bool_], new: Any, which: NDArray[np.intp]) -> Any:
    """Return numbers of the arithmetic with others at some places: for each, which one of a list."""
    index = np.zeros(places.shape, np.intp)
    index[places] = which
    return m.where(places, new[index], numbers)
