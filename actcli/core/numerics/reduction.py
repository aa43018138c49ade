"""Huge arguments modulo a quarter turn, by the digits of 2/π that matter (Payne & Hanek 1983).

For x = a·2^e with a whole number a, only the bits of 2^e·2/π below 4 decide where in the circle x lies: what
is above adds whole turns. They are held for every exponent e in chunks of 26 bits, so that their products
with an a of up to 27 bits are exact.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.numerics.pair import Array

CHUNK = 26
CHUNKS = 7
"""180 binary places: a double comes no closer than 2⁻⁶² to a multiple of π/2 and is known to 2⁻⁹⁰ of that."""

LEAST, MOST = -100, 1000
"""The exponents e that are held; what is below the least is too small to matter beside an x this large."""

_QUARTER = (float.fromhex("0x1.921fb54442d18p0"), float.fromhex("0x1.1a62633145c07p-54"))
"""π/2 in two parts."""


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b rounded, and what the rounding took away: exact."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def reduced_far(h: Array, low: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """Return q, r and its rest with h + low = (4m + q)·π/2 + r + rest, |r| ≤ π/4, to 2⁻¹⁰⁰ of r.

    h has at most 26 significant bits; what is not finite gives NaN.
    """
    finite = np.isfinite(h)
    levels = [np.zeros(h.shape) for _ in range(CHUNKS)]
    head = (low.view(np.int64) & -(1 << CHUNK + 1)).view(np.float64)
    for part in (np.where(finite, h, 0.0), np.where(finite, head, 0.0), np.where(finite, low - head, 0.0)):
        mantissa, exponent = np.frexp(part)
        places = exponent - (CHUNK + 1)
        whole = np.where(places >= LEAST, np.ldexp(mantissa, CHUNK + 1), 0.0)
        digits = _digits()[:, np.clip(places, LEAST, MOST - 1) - LEAST]
        for k in range(CHUNKS):
            levels[k] = _wrapped(levels[k] + _wrapped(whole * digits[k]))
    turn = _wrapped(levels[0] + levels[1])
    n = np.rint(turn)
    s, e = turn - n, np.zeros(h.shape)
    for level in levels[2:]:
        s, rest = two_sum(s, level)
        s, more = two_sum(s, e)
        e = rest + more
    s, e = two_sum(s, e)
    r, rest = _times_quarter(s, e)
    return n.astype(np.int64) & 3, np.where(finite, r, np.nan), rest


def _wrapped(t: Array) -> Array:
    """Return t modulo 4 in [−2, 2]: exact."""
    turns: Array = 4 * np.rint(t / 4)
    return t - turns


def _times_quarter(s: Array, e: Array) -> tuple[Array, Array]:
    """Return (s + e)·π/2 in two parts, by splitting s and π/2 into halves whose products are exact."""
    product = s * _QUARTER[0]
    big, small = _halves(s), _halves(np.full(s.shape, _QUARTER[0]))
    lost = ((big[0] * small[0] - product) + big[0] * small[1] + big[1] * small[0]) + big[1] * small[1]
    return product, lost + (s * _QUARTER[1] + e * _QUARTER[0])


def _halves(x: Array) -> tuple[Array, Array]:
    high = (x.view(np.int64) & -(1 << CHUNK + 1)).view(np.float64)
    return high, x - high


def fold(x: Fraction) -> Fraction:
    """Return a number of any size less a multiple of 2π, in whole numbers: for what no double holds."""
    bits = 2 * MOST
    turn = 4 * _half_pi(bits)
    return Fraction((x.numerator << bits) // x.denominator % turn, 1 << bits)


@lru_cache(maxsize=1)
def _digits() -> Array:
    """Return 2^e·2/π modulo 4 for every exponent held, as CHUNKS rows from the highest bits down."""
    bits = MOST + CHUNK * CHUNKS
    two_over_pi = (1 << 2 * bits) // _half_pi(bits)
    rows = []
    for e in range(LEAST, MOST):
        last = bits - CHUNK * CHUNKS + 2 - e  # the place of the lowest bit that is held
        kept = (two_over_pi >> last) & ((1 << CHUNK * CHUNKS) - 1)
        rows.append([(kept >> CHUNK * (CHUNKS - 1 - k)) & ((1 << CHUNK) - 1) for k in range(CHUNKS)])
    units = [math.ldexp(1.0, 2 - CHUNK * (k + 1)) for k in range(CHUNKS)]
    return np.ascontiguousarray((np.array(rows, np.float64) * units).T)


@lru_cache(maxsize=2)
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
