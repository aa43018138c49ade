"""Pairs of float64 arrays: a head of at most 26 significant bits, and the rest.

Products of heads are exact, so neither fused multiply-add nor splitting is needed. Every operation below is
accurate to a relative 2⁻⁷⁰ or better, but for the cancellation in a sum, which is exact in the heads.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.pool import give, recover, take

if TYPE_CHECKING:
    from decimal import Decimal

Array = NDArray[np.float64]

HEAD = np.int64(-(1 << 27))
"""The mask that leaves a double its 26 leading significant bits."""

SIGN = np.int64(-(1 << 63))


class Pair:
    """The numbers h + l, element by element; buffers go back to the pool when the last name for them goes."""

    __array_ufunc__ = None
    __slots__ = ("h", "l")

    def __init__(self, h: Array, l: Array) -> None:  # noqa: E741
        self.h = h
        self.l = l

    def __del__(self) -> None:
        h, l = self.h, self.l  # noqa: E741
        del self.h, self.l
        recover(h)
        recover(l)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return self.h.shape

    def __getitem__(self, index: Any) -> Pair:
        return Pair(self.h[index], self.l[index])

    def value(self) -> Array:
        """Return h + l, rounded once."""
        return np.add(self.h, self.l)

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
        shape = self.shape
        return Pair(np.negative(self.h, out=take(shape)), np.negative(self.l, out=take(shape)))

    def __abs__(self) -> Pair:
        return sign_of(self, self.h)

    def __add__(self, other: Any) -> Pair:
        b = of(other)
        shape = common(self, b)
        s, t, u = take(shape), take(shape), take(shape)
        np.add(self.h, b.h, out=s)  # two-sum: s and its error, whichever head is the larger
        np.subtract(s, self.h, out=t)
        np.subtract(b.h, t, out=u)
        np.subtract(s, t, out=t)
        np.subtract(self.h, t, out=t)
        np.add(t, u, out=t)
        np.add(t, self.l, out=t)
        np.add(t, b.l, out=t)
        return normal(s, t, u)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Pair:
        b = of(other)
        shape = common(self, b)
        s, t, u = take(shape), take(shape), take(shape)
        np.subtract(self.h, b.h, out=s)
        np.subtract(self.h, s, out=t)  # what was taken off
        np.subtract(t, b.h, out=u)
        np.add(s, t, out=t)
        np.subtract(self.h, t, out=t)
        np.add(t, u, out=t)
        np.add(t, self.l, out=t)
        np.subtract(t, b.l, out=t)
        return normal(s, t, u)

    def __rsub__(self, other: Any) -> Pair:
        return of(other) - self

    def __mul__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return self if other == 1 else power_of_two(self, other)
        b = of(other)
        shape = common(self, b)
        p, t, u = take(shape), take(shape), take(shape)
        np.add(b.h, b.l, out=t)
        np.multiply(self.l, t, out=t)
        np.multiply(self.h, b.l, out=u)
        np.add(t, u, out=t)
        np.multiply(self.h, b.h, out=p)
        return normal(p, t, u)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return power_of_two(self, 1 / other)
        return divide(self.h, self.l, of(other))

    def __rtruediv__(self, other: Any) -> Pair:
        a = of(other)
        return divide(a.h, None if a.shape == () and a.l == 0 else a.l, self)


def cut(t: Array) -> None:
    """Cut an array of doubles to heads, in place."""
    bits = t.view(np.int64)
    np.bitwise_and(bits, HEAD, out=bits)


def normal(h: Array, l: Array, t: Array) -> Pair:  # noqa: E741
    """Return h + l as a pair, where h is any double and |l| ≪ |h| or h = 0; the buffers are used up."""
    np.add(h, l, out=t)
    cut(t)
    np.subtract(h, t, out=h)
    np.add(h, l, out=l)
    give(h)
    return Pair(t, l)


def divide(ah: Any, al: Any, b: Pair) -> Pair:
    """Return (ah + al)/b: the head of the quotient, and the remainder over b."""
    own = getattr(ah, "shape", ())
    shape = b.shape or own
    if own not in ((), shape):
        shape = np.broadcast_shapes(own, shape)
    d, q, r = take(b.shape), take(shape), take(shape)
    np.add(b.h, b.l, out=d)
    if al is None:
        np.divide(ah, d, out=q)
    else:
        np.add(ah, al, out=r)
        np.divide(r, d, out=q)
    cut(q)
    t = take(shape)
    np.multiply(q, b.h, out=r)  # exact, and so is the difference
    np.subtract(ah, r, out=r)
    np.multiply(q, b.l, out=t)
    np.subtract(r, t, out=r)
    if al is not None:
        np.add(r, al, out=r)
    np.divide(r, d, out=r)
    give(t)
    give(d)
    return Pair(q, r)


def power_of_two(a: Pair, factor: float) -> Pair:
    """Return a times a power of two: exact."""
    shape = a.shape
    return Pair(np.multiply(a.h, factor, out=take(shape)), np.multiply(a.l, factor, out=take(shape)))


def split(x: Array) -> Pair:
    """Return an array of doubles as pairs: exact."""
    h = take(x.shape)
    np.copyto(h, x)
    cut(h)
    return Pair(h, np.subtract(x, h, out=take(x.shape)))


def constant(digits: str | Decimal | Fraction | float) -> Pair:
    """Return a real constant as a pair of two zero-dimensional arrays, to 2⁻⁷⁸."""
    exact = Fraction(digits)
    bits = np.float64(float(exact)).view(np.int64) & HEAD
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
    left, right = a.h.shape, b.h.shape
    if left == right or right == ():
        return left
    return np.broadcast_shapes(left, right) if left else right


def sqrt(a: Pair) -> Pair:
    """Return √a to 2⁻⁷⁴: the head of the root, and the remainder over twice the root; √0 = 0."""
    shape = a.shape
    root, t, r = take(shape), take(shape), take(shape)
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
    give(t)
    return Pair(root, r)


def sign_of(a: Pair, sign: Array) -> Pair:
    """Return a with its sign turned where that of `sign` is negative (|a| for a.h)."""
    shape = a.shape
    turn, h, low = take(shape), take(shape), take(shape)
    bits = turn.view(np.int64)
    np.bitwise_and(sign.view(np.int64), SIGN, out=bits)
    np.bitwise_xor(a.h.view(np.int64), bits, out=h.view(np.int64))
    np.bitwise_xor(a.l.view(np.int64), bits, out=low.view(np.int64))
    give(turn)
    return Pair(h, low)
