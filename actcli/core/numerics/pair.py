"""Double-doubles: pairs of float64 arrays, a head of at most 26 significant bits and the rest.

Products of heads are exact, so neither fused multiply-add nor splitting is needed. Every operation below is
accurate to a relative 2⁻⁷⁰ or better, but for the cancellation in a sum, which is exact in the heads.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.core.arrays import Array

HEAD = np.int64(-(1 << 27))
"""The mask that leaves a double its 26 leading significant bits."""

SIGN = np.int64(-(1 << 63))

CUT, SMALL, ANY = range(3)
"""What is known of two doubles whose sum is a number: they are a head and its rest; the second is below 2⁻²⁴
of the first, as in a product; nothing. Heads are cut where they are looked at, which may be never.
"""


class Pair:
    """The numbers h + l, element by element."""

    __array_ufunc__ = None
    __slots__ = ("_cut", "_h", "_l", "rest")

    def __init__(self, h: Array, low: Array, rest: int = CUT) -> None:
        self._h = np.asanyarray(h)  # NumPy makes scalars of single numbers
        self._l = np.asanyarray(low)
        self._cut: tuple[Array, Array] | None = None
        self.rest = rest

    @property
    def h(self) -> Array:
        """The head."""
        return self.terms(CUT)[0]

    @property
    def l(self) -> Array:  # noqa: E743
        """The rest."""
        return self.terms(CUT)[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return self._h.shape

    def terms(self, rest: int = ANY) -> tuple[Array, Array]:
        """Return two doubles whose sum is the number, of which that much is known.

        What is returned does not depend on what was looked at before, so that a number gives the same bits
        to every formula that shares it.
        """
        if self.rest <= rest:
            return self._h, self._l
        if self._cut is None:
            high = np.asanyarray(head(self._h + self._l))
            self._cut = high, np.asanyarray((self._h - high) + self._l)
        return self._cut

    def __getitem__(self, index: Any) -> Pair:
        return Pair(self.h[index], self.l[index])

    def value(self) -> Array:
        """Return h + l, rounded once."""
        return np.add(*self.terms())

    def odd(self) -> Array:
        """Return h + l rounded to odd: what that gives in 51 bits or fewer is h + l itself, rounded once.

        What was rounded away from 0 goes back one step, and the last bit is set where anything is lost.
        """
        y = np.add(self.h, self.l, out=np.empty(self.shape))
        rest = (self.h - y) + self.l
        bits = y.view(np.int64)
        bits -= (rest != 0) & (np.signbit(rest) != np.signbit(y))
        bits |= rest != 0
        return y

    def __neg__(self) -> Pair:
        h, low = self.terms()
        return Pair(-h, -low, self.rest)

    def __abs__(self) -> Pair:
        return sign_of(self, self.h)

    def __add__(self, other: Any) -> Pair:
        b = of(other)
        (h, low), (bh, bl) = self.terms(SMALL), b.terms(SMALL)
        s, t = two_sum(h, bh)
        t = t + low
        return Pair(s, t if is_zero(bl) else t + bl, ANY)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Pair:
        b = of(other)
        (h, low), (bh, bl) = self.terms(SMALL), b.terms(SMALL)
        s, t = two_difference(h, bh)
        t = t + low
        return Pair(s, t if is_zero(bl) else t - bl, ANY)

    def __rsub__(self, other: Any) -> Pair:
        return of(other) - self

    def __mul__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return self if other == 1 else power_of_two(self, other)
        b = of(other)
        h, low = self.h, self.l
        if is_zero(b.l):
            return Pair(h * b.h, low * b.h, SMALL)
        return Pair(h * b.h, low * (b.h + b.l) + h * b.l, SMALL)  # the first product is exact

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return power_of_two(self, 1 / other)
        return divide(self, of(other))

    def __rtruediv__(self, other: Any) -> Pair:
        return divide(of(other), self)


def is_zero(x: Array) -> bool:
    """Return whether x is the tail of a constant that needs none."""
    return x.shape == () and not x


def divide(a: Pair, b: Pair) -> Pair:
    """Return a/b: the head of the quotient, and the remainder over b."""
    h, low = a.h, a.l
    d = 1.0 / (b.h + b.l)
    q = head((h if is_zero(low) else h + low) * d)
    r = (h - q * b.h) - q * b.l  # the first product is exact, and so is the difference
    return Pair(q, (r if is_zero(low) else r + low) * d)


def power_of_two(a: Pair, factor: float) -> Pair:
    """Return a times a power of two: exact."""
    h, low = a.terms()
    return Pair(h * factor, low * factor, a.rest)


def split(x: Array) -> Pair:
    """Return an array of doubles as pairs: exact."""
    h = head(x)
    return Pair(h, x - h)


def constant(digits: str | Decimal | Fraction | float) -> Pair:
    """Return a real constant as a pair of two zero-dimensional arrays, to 2⁻⁷⁸; inf beyond all doubles."""
    value = digits if isinstance(digits, float) else nearest(Fraction(digits))
    if math.isinf(value):
        return Pair(np.array(value), np.array(0.0))
    exact = Fraction(digits)
    bits = np.float64(value).view(np.int64) & HEAD
    high = float(np.int64(bits).view(np.float64))
    return Pair(np.array(high), np.array(float(exact - Fraction(high))))


def of(x: Any) -> Pair:
    """Return a number as a pair: a pair itself, a float, an array of doubles, or what knows its own pair."""
    if isinstance(x, Pair):
        return x
    if hasattr(x, "exactly"):
        return x.exactly()  # type: ignore[no-any-return]
    if isinstance(x, float | int):
        return constant(x)
    return split(np.asanyarray(x, np.float64))


def common(a: Pair, b: Pair) -> tuple[int, ...]:
    """Return the shape of a result of two pairs."""
    left, right = a.shape, b.shape
    if left == right or right == ():
        return left
    return np.broadcast_shapes(left, right) if left else right


def sign_of(a: Pair, sign: Array) -> Pair:
    """Return a with its sign turned where that of `sign` is negative (|a| for a.h)."""
    turn = sign.view(np.int64) & SIGN
    h, low = ((term.view(np.int64) ^ turn).view(np.float64) for term in a.terms())
    return Pair(h, low, a.rest)


def where(mask: Any, yes: Any, no: Any) -> Pair:
    """Return `yes` where the mask holds and `no` elsewhere."""
    a, b = of(yes), of(no)
    if getattr(mask, "shape", ()) == () or common(a, b) not in ((), mask.shape):
        return Pair(np.where(mask, a.h, b.h), np.where(mask, a.l, b.l))
    keep = ones(mask)
    h, low = (blend(keep, yes, no) for yes, no in zip(a.terms(), b.terms(), strict=True))
    return Pair(h, low, max(a.rest, b.rest))


def ones(mask: NDArray[np.bool_]) -> Array:
    """Return a buffer of 64 one bits where the mask holds and 64 zero bits elsewhere."""
    keep = empty(mask.shape)
    np.negative(mask.view(np.int8), out=keep.view(np.int64))
    return keep


def blend(keep: Array, yes: Array, no: Array) -> Array:
    """Return the bits of `yes` or `no`: several times faster than a selection where the mask is irregular."""
    bits, other, mask = yes.view(np.int64), no.view(np.int64), keep.view(np.int64)
    if no.shape == () and other == 0:
        return (bits & mask).view(np.float64)
    return (((bits ^ other) & mask) ^ other).view(np.float64)


def select(mask: NDArray[np.bool_], yes: Array, no: Array) -> Array:
    """Return `yes` where the mask holds and `no` elsewhere, all of them doubles."""
    if mask.shape == ():
        return yes if mask else no
    if yes.shape == () and yes.view(np.int64) == 0:
        mask, yes, no = ~mask, no, yes
    keep = ones(mask)
    return blend(keep, yes, no)


def at_least(x: Any, y: Any) -> NDArray[np.bool_]:
    """Return where x ≥ y; False for NaN."""
    a, b = of(x), of(y)
    # The first difference is exact where it could be as small as the other.
    return np.asanyarray((a.h - b.h) + (a.l - b.l) >= 0.0)


def sqrt(a: Pair) -> Pair:
    """Return √a to 2⁻⁷⁴: the head of the root, and the remainder over twice the root; √0 = 0."""
    y = np.sqrt(a.h + a.l)
    root = head(y)
    return Pair(root, ((a.h - root * root) + a.l) / np.maximum(y + root, 1e-300))


def head(t: Array) -> Array:
    """Return the heads of doubles."""
    return (t.view(np.int64) & HEAD).view(np.float64)


def cut(t: Array) -> None:
    """Cut an array of doubles to heads, in place."""
    bits = t.view(np.int64)
    np.bitwise_and(bits, HEAD, out=bits)


def nearest(number: Fraction) -> float:
    """Return the nearest double, ±inf beyond the largest."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the rounded sum and its error: together exactly a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def two_difference(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the rounded difference and its error: together exactly a − b."""
    s = a - b
    t = a - s
    return s, (a - (s + t)) + (t - b)
