"""Logarithms of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.pair import ANY, Pair, head
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.tabulated import MAGIC, entries, table

if TYPE_CHECKING:
    from actcli.core.arrays import Array

LN2 = float.fromhex("0x1.62e42fefap-1")  # 37 bits: its product with an exponent is exact
LN2_REST = float.fromhex("0x1.cf79abc9e3b3ap-40")
_NEAR_ONE = (-0.29, 1.0)
"""Above the first and up to the second, `near_one` takes a number as it is."""
_SERIES = (-1 / 8, 1 / 7, -1 / 6, 1 / 5, -1 / 4, 1 / 3)


def near_one(e: Pair) -> Pair:
    """Return ln(1 + e) for −0.3 ≤ e ≤ 1 to 2⁻⁶⁸ of itself.

    With c ≈ 1/(1 + e) of 14 bits from the table, r = (c − 1) + c·e is exact in the heads and |r| < 2⁻⁹, and
    ln(1 + e) = −ln c + r − r²/2 + …; the term r⁹/9, the first left out, is below 2⁻⁷⁸ of r. About e = 0, c
    is 1 and r is e. The square is taken from a head and a rest, so that doubles begin with r³/3.
    """
    reciprocal, less_one, logs, rests = table("logarithm")
    index = (e.h * 512.0 + (MAGIC + 160)).view(np.int64) & 1023
    c = entries(reciprocal, index)
    high = e.h * c + entries(less_one, index)
    low = e.l * c
    r = high + low
    low = low + (high - r)  # e.l is not small beside e.h just below 1
    low = low - r * low  # r is r + low: −r·low
    series = r * _SERIES[0]
    for term in _SERIES[1:]:
        series = (series + term) * r
    low = low + series * r * r
    h = head(r)
    low = low + ((r - h) * (r + h)) * -0.5  # r² − h² = (r − h)·(r + h)
    square = h * h * -0.5  # exact
    s = r + square
    low = low + ((r - s) + square)
    log = entries(logs, index)
    total = log + s  # |−ln c| > |r| or ln c = 0
    return Pair(total, (low + entries(rests, index)) + ((log - total) + s), ANY)


def _scaled(h: Array, one_more: Array) -> tuple[Array, Array]:
    """Return the whole k with √½ ≤ one_more/2^k < √2, and h/2^k."""
    mantissa, k = np.frexp(one_more)
    k -= mantissa < np.sqrt(0.5)
    return k.astype(np.float64), np.ldexp(h, -k)


def _with_powers(k: Array, h: Array, low: Array) -> Pair:
    """Return k·ln 2 + ln(1 + h + low)."""
    upper = head(h)
    return near_one(Pair(upper, (h - upper) + low)) + Pair(k * LN2, k * LN2_REST)


def log(x: Pair) -> Pair:
    """Return ln x to 2⁻⁶² of itself; ln 0 = −inf, NaN below."""
    k, h = _scaled(x.h, x.h)
    result = _with_powers(k, h - 1.0, np.ldexp(x.l, -k.astype(np.int32)))
    return _ended(result, x.h, 0.0)


def log1p(e: Pair) -> Pair:
    """Return ln(1 + e) to 2⁻⁶² of itself for e > −1; −inf at −1, NaN below."""
    h, low = empty(e.shape), empty(e.shape)
    step(_write_log1p, e.h, e.l, h, low)
    return Pair(h, low, ANY)


def _write_log1p(h: Array, low: Array, *out: Array) -> None:
    """Write ln(1 + h + low) to two arrays; every number goes its own way, whatever stands beside it."""
    head, rest = h.reshape(-1), low.reshape(-1)
    near = (head > _NEAR_ONE[0]) & (head <= _NEAR_ONE[1])
    for where, function in ((near, near_one), (~near, _far_from_one)):
        if where.any():
            index: Any = slice(None) if where.all() else where
            result = function(Pair(head[index], rest[index]))
            for to, term in zip(out, result.terms(), strict=True):
                to.reshape(-1)[index] = term


def _far_from_one(e: Pair) -> Pair:
    k, h = _scaled(e.h, 1.0 + e.h)
    shift = -k.astype(np.int32)
    power = np.ldexp(1.0, shift)
    less_one = power - 1.0
    h += less_one  # (1 + e)/2^k − 1
    result = _with_powers(k, h, np.ldexp(e.l, shift) + (power - (less_one + 1.0)))
    return _ended(result, e.h, -1.0)


def _ended(result: Pair, x: Array, end: float) -> Pair:
    """Return the result with −inf where x is the end of the domain, NaN below."""
    outside = ~(x > end)
    if outside.any():
        h, low = result.terms()
        h[outside] = np.where(x[outside] == end, -np.inf, np.nan)
        low[outside] = 0.0
    return result
