"""The exponential of a pair, and what is made of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.pair import Array, Pair, cut, normal
from actcli.core.numerics.pool import give, take
from actcli.core.numerics.tabulated import MAGIC, table

LARGEST = 709.7
"""Beyond, e^x has no double; below −708 it has no normal one."""

_PER_UNIT = 1477.3197218702985  # 1024/ln 2
_STEP = float.fromhex("0x1.62e42feep-11")  # ln 2/1024 cut to 32 bits: n·_STEP is exact for |n| < 2²¹
_STEP_REST = float.fromhex("0x1.a39ef35793c76p-43")


class Parts(NamedTuple):
    """e^x = 2^k·(a + b + c): a of 26 bits, b = a·r exact with |r| < 2⁻¹¹, |c| < 2⁻²³·a; error 2⁻⁷⁵ of a."""

    a: Array
    b: Array
    c: Array
    k: NDArray[np.int64]


def parts(x: Pair, *, shift: bool) -> Parts:
    """Return e^x for |x| < 2¹⁹ in parts; with `shift`, a, b and c hold the factor 2^k (−708 ≤ x ≤ 709.7).

    n = round(x·1024/ln 2) and e^x = 2^⌊n/1024⌋·T·e^r, where T is 2^(j/1024) cut to 26 bits, j = n mod 1024,
    and r = x − n·ln 2/1024 − (ln T − j·ln 2/1024). The polynomial of e^r − 1 stops at r⁵/120: the next term
    is below 2⁻⁷⁸. r is split so that its product with T is exact.
    """
    shape = x.shape
    heads, rests = table("exponential")
    n, r, t, low, c = take(shape), take(shape), take(shape), take(shape), take(shape)
    np.multiply(x.h, _PER_UNIT, out=n)
    np.add(n, MAGIC, out=n)
    np.subtract(n, MAGIC, out=t)
    np.multiply(t, _STEP, out=r)
    np.subtract(x.h, r, out=r)  # exact
    np.multiply(t, _STEP_REST, out=t)
    np.subtract(x.l, t, out=low)
    whole = n.view(np.int64)
    index = whole & 1023
    np.take(rests, index, out=t, mode="clip")
    np.subtract(low, t, out=low)
    np.add(r, low, out=t)  # r to 53 bits
    np.multiply(t, 1 / 120, out=c)
    np.add(c, 1 / 24, out=c)
    np.multiply(c, t, out=c)
    np.add(c, 1 / 6, out=c)
    np.multiply(c, t, out=c)
    np.add(c, 0.5, out=c)
    np.multiply(c, t, out=c)
    np.multiply(c, t, out=c)
    cut(t)
    np.subtract(r, t, out=r)
    np.add(r, low, out=r)
    np.add(c, r, out=c)
    np.take(heads, index, out=r, mode="clip")
    if shift:
        np.right_shift(whole, 10, out=whole)
        np.left_shift(whole, 52, out=whole)
        exponent = r.view(np.int64)
        np.add(exponent, whole, out=exponent)
        del exponent
    else:
        whole = (whole << 13) >> 23  # n without the bits of MAGIC, over 1024
    np.multiply(t, r, out=t)
    np.multiply(c, r, out=c)
    give(low)
    return Parts(r, t, c, whole)


def gather(a: Array, b: Array, c: Array) -> Pair:
    """Return a + b + c as a pair; the parts are used up."""
    t = np.add(b, c, out=take(a.shape))
    np.add(a, t, out=t)
    cut(t)
    np.subtract(a, t, out=a)
    np.add(a, b, out=a)
    np.add(a, c, out=a)
    give(b)
    give(c)
    return Pair(t, a)


def exp(x: Pair) -> Pair:
    """Return e^x to 2⁻⁷⁴; 0 below −708 and inf above 709.7, where the caller needs unlimited exponents."""
    inside, low, high = _clipped(x)
    result = gather(*parts(inside, shift=True)[:3])
    if low is not None:
        result.h[low], result.l[low] = 0.0, 0.0
    if high is not None:
        result.h[high], result.l[high] = np.inf, 0.0
    return result


def expm1(x: Pair) -> Pair:
    """Return e^x − 1 to 2⁻⁶⁴ of itself; inf above 709.7."""
    inside, _, high = _clipped(x)
    a, b, c, _k = parts(inside, shift=True)
    s, t = take(a.shape), take(a.shape)
    np.subtract(a, 1.0, out=s)  # two-sum of a and −1
    np.subtract(s, a, out=t)
    e = np.subtract(s, t, out=take(a.shape))
    np.subtract(a, e, out=e)
    np.add(t, 1.0, out=t)
    np.subtract(e, t, out=e)
    np.add(c, e, out=c)
    np.add(s, b, out=t)  # |a − 1| > |b| unless a = 1: the step of the table is twice the largest r
    np.subtract(s, t, out=s)
    np.add(s, b, out=s)
    np.add(s, c, out=s)
    give(c)
    give(e)
    result = normal(t, s, b)
    if high is not None:
        result.h[high], result.l[high] = np.inf, 0.0
    return result


def _clipped(x: Pair) -> tuple[Pair, Any, Any]:
    """Return x within the range of `parts`, and masks of what lay below and above it (None: nothing)."""
    if x.h.size == 0 or (x.h.min() >= -708.0 and x.h.max() <= LARGEST):
        return x, None, None
    low, high = x.h < -708.0, ~(x.h <= LARGEST)
    outside = low | high
    return Pair(np.where(outside, 0.0, x.h), np.where(outside, 0.0, x.l)), low, high
