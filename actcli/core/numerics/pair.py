"""Double-doubles: pairs of float64 arrays, a head of at most 26 significant bits and the rest.

Products of heads are exact, so neither fused multiply-add nor splitting is needed. Every operation below is
accurate to a relative 2⁻⁷⁰ or better, but for the cancellation in a sum, which is exact in the heads.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
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
        self._h = h
        self._l = low
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
            head = np.add(self._h, self._l, out=empty(self._h.shape))
            cut(head)
            low = np.subtract(self._h, head, out=empty(head.shape))
            self._cut = head, np.add(low, self._l, out=low)
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
        h, low = (np.negative(term, out=empty(self.shape)) for term in self.terms())
        return Pair(h, low, self.rest)

    def __abs__(self) -> Pair:
        return sign_of(self, self.h)

    def __add__(self, other: Any) -> Pair:
        b = of(other)
        shape = common(self, b)
        (h, low), (bh, bl) = self.terms(SMALL), b.terms(SMALL)
        s, t, u = empty(shape), empty(shape), empty(shape)
        np.add(h, bh, out=s)  # two-sum: s and its error, whichever is the larger
        np.subtract(s, h, out=t)
        np.subtract(bh, t, out=u)
        np.subtract(s, t, out=t)
        np.subtract(h, t, out=t)
        np.add(t, u, out=t)
        np.add(t, low, out=t)
        if not is_zero(bl):
            np.add(t, bl, out=t)
        return Pair(s, t, ANY)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Pair:
        b = of(other)
        (h, low), (bh, bl) = self.terms(SMALL), b.terms(SMALL)
        s, t = difference(h, bh, common(self, b))
        np.add(t, low, out=t)
        if not is_zero(bl):
            np.subtract(t, bl, out=t)
        return Pair(s, t, ANY)

    def __rsub__(self, other: Any) -> Pair:
        return of(other) - self

    def __mul__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return self if other == 1 else power_of_two(self, other)
        b = of(other)
        shape = common(self, b)
        p, t = empty(shape), empty(shape)
        np.multiply(self.h, b.h, out=p)  # exact
        if is_zero(b.l):
            np.multiply(self.l, b.h, out=t)
            return Pair(p, t, SMALL)
        u = empty(shape)
        np.add(b.h, b.l, out=t)
        np.multiply(self.l, t, out=t)
        np.multiply(self.h, b.l, out=u)
        np.add(t, u, out=t)
        return Pair(p, t, SMALL)

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
    shape = common(a, b)
    h, low = a.h, a.l
    d, q, r = empty(b.shape), empty(shape), empty(shape)
    np.add(b.h, b.l, out=d)
    np.divide(1.0, d, out=d)
    if is_zero(low):
        np.multiply(h, d, out=q)
    else:
        np.add(h, low, out=r)
        np.multiply(r, d, out=q)
    cut(q)
    t = empty(shape)
    np.multiply(q, b.h, out=r)  # exact, and so is the difference
    np.subtract(h, r, out=r)
    np.multiply(q, b.l, out=t)
    np.subtract(r, t, out=r)
    if not is_zero(low):
        np.add(r, low, out=r)
    np.multiply(r, d, out=r)
    return Pair(q, r)


def power_of_two(a: Pair, factor: float) -> Pair:
    """Return a times a power of two: exact."""
    shape = a.shape
    h, low = a.terms()
    return Pair(np.multiply(h, factor, out=empty(shape)), np.multiply(low, factor, out=empty(shape)), a.rest)


def split(x: Array) -> Pair:
    """Return an array of doubles as pairs: exact."""
    h = empty(x.shape)
    np.bitwise_and(x.view(np.int64), HEAD, out=h.view(np.int64))
    return Pair(h, np.subtract(x, h, out=empty(x.shape)))


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
    return split(np.asarray(x, np.float64))


def common(a: Pair, b: Pair) -> tuple[int, ...]:
    """Return the shape of a result of two pairs."""
    left, right = a.shape, b.shape
    if left == right or right == ():
        return left
    return np.broadcast_shapes(left, right) if left else right


def sign_of(a: Pair, sign: Array) -> Pair:
    """Return a with its sign turned where that of `sign` is negative (|a| for a.h)."""
    shape = a.shape
    turn, h, low = empty(shape), empty(shape), empty(shape)
    bits = turn.view(np.int64)
    np.bitwise_and(sign.view(np.int64), SIGN, out=bits)
    for term, out in zip(a.terms(), (h, low), strict=True):
        np.bitwise_xor(term.view(np.int64), bits, out=out.view(np.int64))
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
    result = empty(keep.shape)
    bits = result.view(np.int64)
    if no.shape == () and no.view(np.int64) == 0:
        np.bitwise_and(yes.view(np.int64), keep.view(np.int64), out=bits)
        return result
    np.bitwise_xor(yes.view(np.int64), no.view(np.int64), out=bits)
    np.bitwise_and(bits, keep.view(np.int64), out=bits)
    np.bitwise_xor(bits, no.view(np.int64), out=bits)
    return result


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
    shape = np.broadcast_shapes(a.shape, b.shape)
    d, t = empty(shape), empty(shape)
    np.subtract(a.h, b.h, out=d)  # exact where it could be as small as the difference of the tails
    np.subtract(a.l, b.l, out=t)
    np.add(d, t, out=d)
    found: NDArray[np.bool_] = d >= 0.0
    return found


def sqrt(a: Pair) -> Pair:
    """Return √a to 2⁻⁷⁴: the head of the root, and the remainder over twice the root; √0 = 0."""
    shape = a.shape
    root, t, r = empty(shape), empty(shape), empty(shape)
    np.add(a.h, a.l, out=root)
    np.sqrt(root, out=root)
    np.copyto(t, root)
    cut(root)
    np.multiply(root, root, out=r)
    np.subtract(a.h, r, out=r)
    np.add(r, a.l, out=r)
    np.add(t, root, out=t)
    np.maximum(t, 1e-300, out=t)
    np.divide(r, t, out=r)
    return Pair(root, r)


@lru_cache(maxsize=256)
def in_three(constant: str | Decimal | Fraction) -> tuple[float, float, float]:
    """Return a real constant as the sum of three doubles, each the nearest to what is left."""
    rest = Fraction(constant)
    high = nearest(rest)
    if math.isinf(high):
        return high, 0.0, 0.0
    middle = float(rest - Fraction(high))
    return high, middle, float(rest - Fraction(high) - Fraction(middle))


def minus(x: Pair, constant: str | Decimal | Fraction) -> Pair:
    """Return x − constant for doubles x to 2⁻⁷⁰ of itself, for 45 digits of the constant, however close."""
    high, middle, low = in_three(constant)
    s, t = difference(x.value(), high, x.shape)  # where s is small, there is no error
    if middle:
        np.subtract(t, middle, out=t)
    if not low:
        return Pair(s, t, ANY)
    h, rest = Pair(s, t, ANY).terms(CUT)
    return Pair(h, np.subtract(rest, low, out=empty(rest.shape)))


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


def difference(a: Array, b: Array | float, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return a − b and its rounding error, in new buffers."""
    s, t, u = empty(shape), empty(shape), empty(shape)
    np.subtract(a, b, out=s)
    np.subtract(a, s, out=t)  # what was taken off
    np.subtract(t, b, out=u)
    np.add(s, t, out=t)
    np.subtract(a, t, out=t)
    np.add(t, u, out=t)
    return s, t
