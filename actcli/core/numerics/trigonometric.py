"""Sine, cosine and arctangent of pairs."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.pair import Array, Pair, cut, normal, sign_of, where
from actcli.core.numerics.pool import take
from actcli.core.numerics.tabulated import MAGIC, table

FAR = 2.0**14
"""Beyond, the argument is reduced in whole numbers, element by element."""

# π/2 in four parts; the first three have 30 bits, so that their products with n < 2¹⁴ are exact
_QUARTER = tuple(
    map(float.fromhex, ("0x1.921fb54p0", "0x1.10b46118p-30", "0x1.313198ap-61", "0x1.701b839a25205p-92"))
)
_TWO_OVER_PI = 2 / math.pi
BITS = 1400
"""π/2 is held in so many binary places: the largest double has an exponent of 1024."""

_PI_SCALED = 0  # π/2·2^BITS, made at first use


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _reduced(x: Pair) -> tuple[NDArray[np.int64], Pair]:
    """Return q and r with x = (4m + q)·π/2 + r, |r| ≤ π/4, r to 2⁻⁶⁰ of itself, however close to 0."""
    n = np.rint(x.h * _TWO_OVER_PI)
    s, e = x.h - n * _QUARTER[0], x.l  # exact, by Sterbenz
    for part in _QUARTER[1:3]:
        s, rest = _two_sum(s, -n * part)
        s, more = _two_sum(s, e)
        e = rest + more
    s, rest = _two_sum(s, e)
    rest -= n * _QUARTER[3]
    q = n.astype(np.int64) & 3
    far = np.flatnonzero(np.abs(x.h) >= FAR)
    for i in far:
        q.flat[i], s.flat[i], rest.flat[i] = _reduced_far(float(x.h.flat[i]), float(x.l.flat[i]))
    return q, normal(s, rest, take(s.shape))


def _reduced_far(h: float, low: float) -> tuple[int, float, float]:
    """The same for one number, in whole numbers."""
    global _PI_SCALED  # noqa: PLW0603
    if not _PI_SCALED:
        _PI_SCALED = _half_pi(BITS)
    if not math.isfinite(h):
        return 0, math.nan, math.nan
    x = Fraction(h) + Fraction(low)
    scaled = (x.numerator << BITS) // x.denominator
    n = (2 * scaled + _PI_SCALED) // (2 * _PI_SCALED)
    r = Fraction(scaled - n * _PI_SCALED, 1 << BITS)
    high = float(r)
    return n & 3, high, float(r - Fraction(high))


def _half_pi(bits: int) -> int:
    """π/2·2^bits by Machin's formula π/4 = 4·arctan(1/5) − arctan(1/239)."""

    def arctan_inverse(k: int) -> int:
        total, power, n = 0, (1 << bits + 32) // k, 1
        while power:
            total += power // n if n % 4 == 1 else -(power // n)
            power //= k * k
            n += 2
        return total

    return 2 * (4 * arctan_inverse(5) - arctan_inverse(239)) >> 32


def sin(x: Pair, quarters: int = 0) -> Pair:
    """Return sin(x + quarters·π/2) to 2⁻⁶⁰ of itself.

    About the nearest c = j/128: sin(c + d) = sin c + cos c·d + (sin c·(cos d − 1) + cos c·(sin d − d)), with
    sin c and cos c from a table for each of the four quadrants.
    """
    q, r = _reduced(x)
    n = r.h * 128.0 + MAGIC
    center = n - MAGIC
    index = (n.view(np.int64) << 13 >> 13) + (((q + quarters) & 3) * 203 + 101)
    rows = table("sine")
    sh, sl, ch, cl = (np.take(row, index, mode="clip") for row in rows)
    near = r.h - center * 2.0**-7
    d = near + r.l
    square = d * d
    q1 = square * (-1 / 2 + square * (1 / 24 - square * (1 / 720)))
    q3 = square * d * (-1 / 6 + square * (1 / 120 - square * (1 / 5040)))
    low = (sh + sl) * q1 + (ch + cl) * q3 + cl * d + sl
    head = d.copy()
    cut(head)
    low += ch * ((near - head) + r.l)
    big = ch * head
    s = sh + big
    low += (sh - s) + big
    return normal(s, low, take(s.shape))


def cos(x: Pair) -> Pair:
    """Return cos x to 2⁻⁶⁰ of itself."""
    return sin(x, 1)


def arctan(x: Pair) -> Pair:
    """Return arctan x to 2⁻⁶⁴ of itself.

    For z = |x| ≤ 1 with the nearest c = j/256: arctan z = arctan c + arctan((z − c)/(1 + c·z)). For z > 1 the
    same with 1/z: arctan z = π/2 − arctan c + arctan((c·z − 1)/(z + c)).
    """
    z = abs(x)
    inverse = z.h > 1
    one = np.ones(z.shape)
    u = where(inverse, one, z)
    v = where(inverse, z, one)
    n = u.value() / v.value() * 256.0 + MAGIC
    c = (n - MAGIC) * 2.0**-8
    t = (u - v * c) / (v + u * c)
    turn = np.where(inverse, -1.0, 1.0)
    index = (n.view(np.int64) & 511) + np.where(inverse, 257, 0)
    base = Pair(*(np.take(row, index, mode="clip") for row in table("arctangent")))
    w = t.value()
    square = w * w
    cubic = w * square * (-1 / 3 + square * (1 / 5 - square * (1 / 7)))
    return sign_of(base + Pair(t.h * turn, (t.l + cubic) * turn), x.h)
