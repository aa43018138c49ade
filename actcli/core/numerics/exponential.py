"""The exponential of a pair, and what is made of it."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.numerics.pair import ANY, HEAD, SMALL, Pair, head, two_difference, two_sum
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.tabulated import MAGIC, entries, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask

LEAST, LARGEST = -690.0, 709.7
"""Below, the tail of e^x is no normal double; beyond, e^x has none."""

_NO_TAIL, _TO = 2.0**-1000, 693.0
"""e^−693 is the last but a fraction whose tail as a pair has all the digits that count."""

_PER_UNIT = 2954.639443740597  # 2048/ln 2
_STEP = float.fromhex("0x1.62e42fecp-12")  # ln 2/2048 cut to 31 bits: n·_STEP is exact for |n| < 2²²
_STEP_REST = float.fromhex("0x1.d1cf79abc9e3bp-43")


class Parts(NamedTuple):
    """e^x = (a + b + c)·2^k: a of 22 bits, b = a·r exact, |r| < 2⁻¹², |c| < 2⁻²¹·a; to 2⁻⁷³ + 2⁻⁷⁷·|x|."""

    a: Array
    b: Array
    c: Array
    k: Any


def parts(x: Pair, *, scale: bool = True) -> Parts:
    """Return e^x in parts, for |x| < 1400; with `scale` they hold the factor 2^k (−708 ≤ x ≤ 709.7).

    n = round(x·2048/ln 2) and e^x = 2^⌊n/2048⌋·T·e^(r + s), where T is 2^(j/2048) cut to 22 bits, j = n mod
    2048, r = x.h − n·K with K of 31 bits, and s the rest of the exponent: x.l, what K lacks of ln 2/2048, and
    j·ln 2/2048 − ln T. r is exact and has 31 bits, so that T·r is exact too. The sixth power, the first left
    out, is below 2⁻⁸¹ of e^x. The rest x.l, 2⁻²⁵ of x, is rounded once with what n·K lacks.
    """
    heads, rests = table("exponential")
    n = x.h * _PER_UNIT + MAGIC
    whole = n.view(np.int64)
    j = whole & 2047
    steps = n - MAGIC
    r = x.h - steps * _STEP
    s = x.l - steps * _STEP_REST - entries(rests, j)
    t = r + s
    c = (((t * (1 / 120) + 1 / 24) * t + 1 / 6) * t + 0.5) * t * t + s
    a = entries(heads, j)
    k = None
    if scale:  # n − j is 2048·k; the bits of MAGIC above it are shifted out
        a = (a.view(np.int64) + (whole - j << 41)).view(np.float64)
    else:
        k = (whole << 13) >> 24
    return Parts(a, r * a, c * a, k)


def gather(a: Array, b: Array, c: Array) -> Pair:
    """Return a + b + c as a pair."""
    h = head(a + (b + c))
    return Pair(h, ((a - h) + b) + c)


def exp(x: Pair, *, moderate: bool = False) -> Pair:
    """Return e^x to 2⁻⁷³ + 2⁻⁷⁷·|x| of itself.

    It is 0 below −690 and inf above 709.7, where the caller needs unlimited exponents.
    """
    inside, low, high = _clipped(x, moderate=moderate)
    h, rest = gather(*parts(inside)[:3]).terms()
    _put(h, rest, low, 0.0)
    _put(h, rest, high, np.inf)
    return Pair(h, rest)


def _put(h: Array, rest: Array, where: Mask | None, value: float) -> None:
    """Write a number to the places of a mask (None: nowhere)."""
    if where is not None:
        h[where], rest[where] = value, 0.0


def logistic(x: Pair, *, moderate: bool = False) -> tuple[Pair, Pair]:
    """Return σ(x) = 1/(1 + E) and σ(−x) = E·σ(x), right as E = e^{−x} is; NaN or 0 where that has no double.

    E is a + b + c; 1 + a and that plus b are added with their errors, and the rest is below 2⁻²¹.
    """
    inside, low, high = _clipped(-x, moderate=moderate, most=_TO)
    a, b, c, _k = parts(inside)
    s, e = two_sum(a, 1.0)
    t = s + b  # |b| < s
    d = Pair(t, (((s - t) + b) + e) + c, ANY)
    sigma = 1.0 / d
    _put(sigma.h, sigma.l, low, 1.0)
    _put(sigma.h, sigma.l, high, np.nan)

    h, rest = (gather(a, b, c) * sigma).terms()
    _put(h, rest, low, 0.0)
    if not moderate and (huge := sigma.h < _NO_TAIL).any():
        _put(h, rest, huge, 1.0)
    return sigma, Pair(h, rest, SMALL)


def expm1(x: Pair, *, moderate: bool = False) -> Pair:
    """Return e^x − 1 to 2⁻⁶⁸ of itself; inf above 709.7.

    From e^x in parts the error is some 2⁻⁷⁷, which is much beside what is small; there the series is taken.
    """
    inside, low, high = _clipped(x, moderate=moderate)
    a, b, c, _k = parts(inside)
    s, e = two_difference(a, 1.0)
    t = np.asanyarray(s + b)  # |a − 1| > |b| unless a = 1: the step of the table is twice the largest r
    s = np.asanyarray(((s - t) + b) + (c + e))
    _put(t, s, low, -1.0)
    _put(t, s, high, np.inf)
    step(_small_expm1, x.h, x.l, t, s)
    return Pair(t, s, ANY)


SMALL_EXPONENT = 2.0**-7
_INVERSE_FACTORIALS = [1 / math.factorial(n) for n in range(9, 3, -1)]


def _small_expm1(h: Array, low: Array, out: Array, rest: Array) -> None:
    """Write x + x²/2 + x³/6 + … where x is small; the term x¹⁰/10! is below 2⁻⁸⁴ of x.

    The square of the head is exact. Of the cube, 2⁻¹⁶ of x, the first term left to doubles, 2⁻⁶⁹ is lost.
    """
    index = np.flatnonzero(np.abs(h) < SMALL_EXPONENT)
    if not index.size:
        return
    x, more = h.reshape(-1)[index], low.reshape(-1)[index]
    v = x + more
    tail = np.full(x.shape, _INVERSE_FACTORIALS[0])
    for c in _INVERSE_FACTORIALS[1:]:
        tail = tail * v + c
    tail = (tail * v + 1 / 6) * (v * v * v) + more * (x + more * 0.5)
    square = x * x * 0.5
    s, e = two_sum(x, square)
    out.reshape(-1)[index] = s
    rest.reshape(-1)[index] = (tail + e) + more


def _clipped(x: Pair, *, moderate: bool, most: float = LARGEST) -> tuple[Pair, Any, Any]:
    """Return x within the range of `parts`, and masks of what lay below and above it (None: nothing).

    Where all is `moderate`, what lies outside does not matter: it is moved inside, and that is all.
    """
    if moderate:
        return Pair(np.clip(x.h, LEAST, most, out=empty(x.shape)), x.l), None, None
    if x.h.size == 0 or (x.h.min() >= LEAST and x.h.max() <= LARGEST):
        return x, None, None
    low, high = x.h < LEAST, ~(x.h <= LARGEST)
    outside = low | high
    return Pair(np.where(outside, 0.0, x.h), np.where(outside, 0.0, x.l)), low, high


NEAR, FAR = 1400.0, 2.0**59
"""From where `parts` is not enough to where an exponent has all its digits, and fits an int64, after this:"""

_LN2_PARTS = tuple(
    map(
        float.fromhex,
        ("0x1.62e430p-1", "-0x1.05c611p-29", "0x1.abc9e38p-56", "0x1.9cc01f8p-83", "0x1.7b57a08p-111"),
    )
)
"""ln 2 in parts of 26 bits, to 2⁻¹⁴⁰: their products with either half of a double are exact."""


def less_powers(u: Pair) -> tuple[NDArray[np.int64], Pair]:
    """Return a whole k and u − k·ln 2 for |u| ≤ FAR: at most 2⁸ from 0, and right to 2⁻⁷⁹.

    The quotient u/ln 2 is right to 2⁻⁵¹ of itself, so to 2⁸ where it is largest. From there on nothing is
    rounded: the products are exact, and their sum is kept in three doubles.
    """
    high, middle = u.h, u.l
    k = np.asarray(np.rint((high + middle) / math.log(2)))
    low = np.zeros(k.shape)
    head = (k.view(np.int64) & HEAD).view(np.float64)
    halves = (head, k - head) if np.any(head != k) else (head,)
    for part in _LN2_PARTS:
        for half in halves:
            high, e = two_sum(high, half * -part)
            middle, e = two_sum(middle, e)
            low = low + e
    high, middle = two_sum(high, middle)  # most of either may have cancelled
    return k.astype(np.int64), Pair(np.asarray(high), np.asarray(middle + low), ANY)


@functools.cache
def _heads_less_index() -> Array:
    """Return T as in `parts`, less the bits that j adds to it where n is shifted into the exponent."""
    heads = table("exponential")[0]
    less: Array = (heads.view(np.int64) - (np.arange(2048, dtype=np.int64) << 41)).view(np.float64)
    return less


def powers_for(top: Array) -> Array:
    """Return the whole k for which e^top/2^k is next to 1, as `scaled_exp` takes it."""
    return np.asarray(np.rint(top * (_PER_UNIT / 2048)))


def scaled_exp(x: Array, low: Array | None, k: Array | float, room: list[Array]) -> tuple[Array, Array]:
    """Return e^(x + low)/2^k as a of 22 bits and b, below 2⁻¹²·a, in sum right to 2⁻⁶⁴.

    As `parts`, but for doubles: r need not be cut, since T·r is small beside T. The exponent of the result
    must be that of a normal double.

    Args:
        x: doubles below 1,400.
        low: what is to be added to them, less than 2⁻¹⁶; None: nothing.
        k: whole numbers.
        room: four arrays of the shape of x, of which the second and the third hold the result.
    """
    n, a, b, y = room
    bias = MAGIC - 2048.0 * k
    np.multiply(x, _PER_UNIT, out=n)
    np.add(n, bias, out=n)
    np.subtract(n, bias, out=a)
    np.multiply(a, _STEP, out=y)
    np.subtract(x, y, out=y)  # exact
    np.multiply(a, _STEP_REST, out=a)
    np.subtract(y, a, out=y)
    if low is not None:
        np.add(y, low, out=y)
    whole, j, bits = n.view(np.int64), b.view(np.int64), a.view(np.int64)
    np.bitwise_and(whole, 2047, out=j)
    np.take(table("exponential")[1], j, out=a, mode="wrap")
    np.subtract(y, a, out=y)
    np.take(_heads_less_index(), j, out=a, mode="wrap")
    np.left_shift(whole, 41, out=whole)
    np.add(bits, whole, out=bits)
    np.multiply(y, 1 / 24, out=b)
    for coefficient in (1 / 6, 0.5, 1.0):
        np.add(b, coefficient, out=b)
        np.multiply(b, y, out=b)
    np.multiply(b, a, out=b)
    return a, b
