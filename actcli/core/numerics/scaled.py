"""Pairs with an exponent of their own: where a double would over- or underflow.

Slower than pairs, and used only on the elements that need it.

An exponent of up to ±KNOWN is what it is. What lies farther out keeps its sign and the side it is on, huge or
tiny, and no size: ±½·2^SATURATED or ±½·2^−SATURATED. Such a number was beyond 2^±KNOWN when it was made, and
it stays beyond ±WORKING in whatever is done to it here: a factor of up to 2^±WORKING or a root leaves it on
its side, and beside it a number within ±WORKING does not count in a sum. In all other cases, above all in
the product of a huge and a tiny number, nobody can tell where the result lies: it is NaN.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.numerics import pair
from actcli.core.numerics.pair import Pair

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.core.arrays import Array


KNOWN = 1 << 60
"""Exponents up to here are exact, and the sum of two fits an int64."""

WORKING = 1 << 50
"""How far a factor may bring a saturated number back: a thousand of them, or eight roots, from KNOWN."""

SATURATED = 1 << 61
"""The exponent of what is beyond ±KNOWN."""

_NONE = -(1 << 62)  # the exponent of zero, below all others


class Scaled:
    """The numbers p·2^e, element by element: ½ ≤ |p| < 1, or 0."""

    __array_ufunc__ = None
    __slots__ = ("e", "p")

    def __init__(self, p: Pair, e: NDArray[np.int64]) -> None:
        self.p = p
        self.e = e

    @property
    def shape(self) -> tuple[int, ...]:
        return self.p.shape

    def __getitem__(self, index: Any) -> Scaled:
        return Scaled(self.p[index], self.e[index])

    def __neg__(self) -> Scaled:
        return Scaled(-self.p, self.e)

    def __abs__(self) -> Scaled:
        return Scaled(abs(self.p), self.e)

    def __add__(self, other: Any) -> Scaled:
        b = of(other)
        top = np.maximum(self.e, b.e)
        total = normal(_shifted(self.p, self.e - top) + _shifted(b.p, b.e - top), top)
        return _unknown(total, _lost_in_sum(self, b))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Scaled:
        return self + -of(other)

    def __rsub__(self, other: Any) -> Scaled:
        return of(other) + -self

    def __mul__(self, other: Any) -> Scaled:
        b = of(other)
        return _unknown(normal(self.p * b.p, self.e + b.e), _lost_in_product(self, b))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Scaled:
        b = of(other)
        return _unknown(normal(self.p / b.p, self.e - b.e), _lost_in_product(self, b, -1))

    def __rtruediv__(self, other: Any) -> Scaled:
        return of(other) / self

    def pair(self, largest: int = 1024) -> Pair:
        """Return the numbers as pairs; beyond ±2^largest they are cut to half that; what is tiny is 0."""
        h, low = self.p.h, self.p.l
        big = self.e > largest
        if np.any(big):
            h, low = np.where(big, np.copysign(0.5, h), h), np.where(big, 0.0, low)
        shift = np.clip(self.e, -3000, largest).astype(np.int32)
        return Pair(np.ldexp(h, shift), np.ldexp(low, shift))

    def value(self) -> Array:
        """Return the nearest doubles; subnormal ones are rounded once as well."""
        y = self.p.value()
        if not np.all(y):
            y = np.where(
                y == 0, np.copysign(0.0, self.p.h), y
            )  # the rest of −0 is 0, which would be their sum
        e = np.clip(self.e, -3000, 3000).astype(np.int32)
        result = np.ldexp(y, e)
        small = e < -1021
        if np.any(small):  # where the second rounding saw a tie, what the first one lost decides
            over = y - np.ldexp(result, -e)
            rest = (self.p.h - y) + self.p.l
            lost = np.sign(over) * np.sign(rest) > 0  # their product may underflow
            beyond = small & (np.abs(over) == np.ldexp(0.5, -1074 - e)) & lost
            result = np.where(beyond, result + np.copysign(5e-324, over), result)
        return result

    def odd(self) -> Array:
        """Return the numbers rounded to odd, to be rounded to fewer bits: see `Pair.odd`."""
        return np.ldexp(self.p.odd(), np.clip(self.e, -3000, 3000).astype(np.int32))


def normal(p: Pair, e: NDArray[np.int64]) -> Scaled:
    """Return p·2^e with p brought into [½, 1), saturated where its exponent is beyond ±KNOWN."""
    v = p.value()
    _, k = np.frexp(v)
    finite = np.isfinite(v) & (v != 0)
    k = np.where(finite, k, 0)
    e = np.where(finite, e + k, np.where(v == 0, _NONE, 0))
    h, low = ldexp(p.h, -k), ldexp(p.l, -k)
    beyond = finite & is_saturated(e)
    if np.any(beyond):
        h, low = np.where(beyond, np.copysign(0.5, h), h), np.where(beyond, 0.0, low)
        e = np.where(beyond, np.where(e > 0, SATURATED, -SATURATED), e)
    return Scaled(Pair(h, low), e)


def is_saturated(e: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which exponents, those of numbers other than 0, tell no more than a side."""
    return np.asarray((e > KNOWN) | (e < -KNOWN))


def _lost_in_product(a: Scaled, b: Scaled, sign: int = 1) -> Any:
    """Return where a·b, or a/b for the sign −1, lies on no known side."""
    if not np.any(is_saturated(a.e) | is_saturated(b.e)):
        return np.False_
    e, f = a.e, b.e * sign
    back = (e > KNOWN) & (f < -WORKING) | (e < -KNOWN) & (f > WORKING)
    back |= (f > KNOWN) & (e < -WORKING) | (f < -KNOWN) & (e > WORKING)
    return back & (a.p.h != 0) & (b.p.h != 0)


def _lost_in_sum(a: Scaled, b: Scaled) -> Any:
    """Return where a + b lies on no known side, or has no known digits."""
    if not np.any(is_saturated(a.e) | is_saturated(b.e)):
        return np.False_
    low, top = np.minimum(a.e, b.e), np.maximum(a.e, b.e)
    opposite = (a.p.h < 0) != (b.p.h < 0)
    of_huge = (top > KNOWN) & (low > WORKING) & opposite
    of_tiny = (low < -KNOWN) & (top < -WORKING) & (opposite | (top >= -KNOWN))
    return (of_huge | of_tiny) & (a.p.h != 0) & (b.p.h != 0)


def _unknown(x: Scaled, lost: Any) -> Scaled:
    """Return x with NaN where it is not known."""
    if not np.any(lost):
        return x
    return Scaled(Pair(np.where(lost, np.nan, x.p.h), np.where(lost, 0.0, x.p.l)), np.where(lost, 0, x.e))


def of(x: Any) -> Scaled:
    """Return a number as scaled pairs: exact."""
    if isinstance(x, Scaled):
        return x
    p = pair.of(x)
    v = p.value()
    tiny = (np.abs(v) < 2.0**-900) & (v != 0)  # its rest may be lost as it is brought up
    if not np.any(tiny):
        return normal(p, np.zeros(p.shape, np.int64))
    mantissa, k = np.frexp(v)
    k = np.where(tiny, k, 0)
    whole = pair.split(np.where(tiny, mantissa, 0.0))
    return normal(pair.where(tiny, whole, p), k.astype(np.int64))


def constant(digits: str | Decimal | Fraction) -> Scaled:
    """Return a real constant, to 2⁻⁷⁸."""
    mantissa, k = _halved(Fraction(digits))
    return normal(pair.constant(mantissa), np.array(k))


def _halved(exact: Fraction) -> tuple[Fraction, int]:
    """Return a number as m·2^k with ½ < |m| < 2."""
    k = exact.numerator.bit_length() - exact.denominator.bit_length()
    return exact / Fraction(2) ** k, k


def _shifted(p: Pair, by: NDArray[np.int64]) -> Pair:
    """Return p·2^by for by ≤ 0; far below, it becomes 0."""
    shift = np.maximum(by, -3000).astype(np.int32)
    return Pair(np.ldexp(p.h, shift), np.ldexp(p.l, shift))


def where(mask: Any, yes: Any, no: Any) -> Scaled:
    """Return `yes` where the mask holds and `no` elsewhere."""
    a, b = of(yes), of(no)
    return Scaled(pair.where(mask, a.p, b.p), np.where(mask, a.e, b.e))


def sqrt(a: Scaled) -> Scaled:
    """Return √a."""
    odd = (a.e & 1).astype(np.int32)
    half = np.where(is_saturated(a.e), a.e, a.e - odd >> 1)
    return normal(pair.sqrt(Pair(np.ldexp(a.p.h, odd), np.ldexp(a.p.l, odd))), half)
