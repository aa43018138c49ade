"""Huge arguments modulo a quarter turn, by the digits of 2/π that matter (Payne & Hanek 1983).

For x = a·2^e with a whole number a, only the bits of 2^e·2/π below 4 decide where in the circle x lies: what
is above adds whole turns. They are held for every exponent e in chunks of 26 bits, so that their products
with an a of up to 26 bits are exact.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.pair import two_sum

if TYPE_CHECKING:
    from actcli.core.arrays import Array

CHUNK = 26
CHUNKS = 7
"""180 binary places: a double comes no closer than 2⁻⁶² to a multiple of π/2 and is known to 2⁻⁹⁰ of that."""

LEAST, MOST = -200, 1024
"""The exponents e that are held: up to those of doubles, down to what cannot matter."""

_UNITS = [2.0 ** (2 - CHUNK * (k + 1)) for k in range(CHUNKS)]
_QUARTER = (float.fromhex("0x1.921fb54442d18p0"), float.fromhex("0x1.1a62633145c07p-54"))
"""π/2 in two parts."""

_HALF = 2.0 ** (CHUNK + 1)

Integers = NDArray[np.int64]


def reduced_far(h: Array, low: Array) -> tuple[Integers, Array, Array]:
    """Return q, r and its rest with h + low = (4m + q)·π/2 + r + rest, |r| ≤ π/4, to 2⁻¹⁰⁰ of r.

    What is not finite gives NaN.
    """
    finite = np.isfinite(h)
    parts = [part for x in (h, low) for part in _halves(*_whole(np.where(finite, x, 0.0)))]
    q, r, rest = _reduced(parts)
    return q, np.where(finite, r, np.nan), rest


def _whole(x: Array) -> tuple[Array, Integers]:
    """Return a whole number a of up to 53 bits and e with x = a·2^e."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(mantissa, 53), exponent.astype(np.int64) - 53


def _halves(whole: Array, exponent: Integers) -> list[tuple[Array, Integers]]:
    """Return a whole number of up to 53 bits as two of up to 26 with their exponents: exact."""
    high = np.rint(whole / _HALF)
    return [(high, exponent + CHUNK + 1), (whole - high * _HALF, exponent)]


def _reduced(parts: list[tuple[Array, Integers]]) -> tuple[Integers, Array, Array]:
    """Reduce a sum of whole numbers of up to 26 bits times powers of two.

    Every chunk of the sum is kept below half the last place of the chunk above, so that all of it is exact.
    """
    chunks = [np.zeros(parts[0][0].shape) for _ in range(CHUNKS)]
    for whole, exponent in parts:
        digits = _digits()[:, np.clip(exponent, LEAST, MOST - 1) - LEAST]
        kept = np.where(exponent >= LEAST, whole, 0.0)
        carry = np.zeros(kept.shape)
        for k in reversed(range(CHUNKS)):
            chunk = chunks[k] + (kept * digits[k] + carry)
            above = 4.0 if k == 0 else _UNITS[k - 1]
            carry = np.rint(chunk / above) * above
            chunks[k] = chunk - carry
    turn = chunks[0] + chunks[1]
    n = np.rint(turn)
    s, e = turn - n, np.zeros(turn.shape)
    for chunk in chunks[2:]:
        s, rest = two_sum(s, chunk)
        s, more = two_sum(s, e)
        e = rest + more
    s, e = two_sum(s, e)
    r, rest = _times_quarter(s, e)
    return n.astype(np.int64) & 3, r, rest


def _times_quarter(s: Array, e: Array) -> tuple[Array, Array]:
    """Return (s + e)·π/2 in two parts, by splitting s and π/2 into parts whose products are exact."""
    product = s * _QUARTER[0]
    big, small = _split(s), _split(np.full(s.shape, _QUARTER[0]))
    lost = ((big[0] * small[0] - product) + big[0] * small[1] + big[1] * small[0]) + big[1] * small[1]
    return product, lost + (s * _QUARTER[1] + e * _QUARTER[0])


def _split(x: Array) -> tuple[Array, Array]:
    high = (x.view(np.int64) & -(1 << CHUNK + 1)).view(np.float64)
    return high, x - high


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
    return np.ascontiguousarray((np.array(rows, np.float64) * _UNITS).T)


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
