"""Sums of doubles without rounding, for the differences that leave no digit in any fixed precision.

An entry next to the mean of its vector, or next to the threshold of a projection, is told from it only by the
last bits of all entries together. Sums are kept here in three doubles (some 150 bits), and a difference of
such sums is handed to the arithmetic as two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.heads import HEAD, two_sum

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


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


def deviations(m: Arithmetic, x: Array) -> Any:
    """Return each entry of vectors of n finite doubles minus their mean."""
    n = x.shape[-1]
    _, exponent = np.frexp(np.max(np.abs(x), axis=-1, keepdims=True))
    unit = np.ldexp(1.0, np.clip(exponent, -1000, 1000))
    scaled = np.ascontiguousarray(x / unit)
    high, low = distil([*times(scaled, n), *-total(scaled)])
    return (m.wide(high) + low) * unit / n
