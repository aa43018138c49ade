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
    from collections.abc import Callable
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

    def terms(self) -> tuple[Array, Array]:
        """Return two doubles whose sum is the number."""
        return self.h, self.l

    def addends(self) -> tuple[Array, Array]:
        """Return two doubles whose sum is the number, the second below 2⁻²⁴ of the first."""
        return self.h, self.l

    @property
    def kind(self) -> type[Pair]:
        """What is known of the terms."""
        return Pair

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
        shape = self.shape
        h, low = self.terms()
        return self.kind(np.negative(h, out=take(shape)), np.negative(low, out=take(shape)))

    def __abs__(self) -> Pair:
        return sign_of(self, self.h)

    def __add__(self, other: Any) -> Pair:
        b = of(other)
        shape = common(self, b)
        (h, low), (bh, bl) = self.addends(), b.addends()
        s, t, u = take(shape), take(shape), take(shape)
        np.add(h, bh, out=s)  # two-sum: s and its error, whichever is the larger
        np.subtract(s, h, out=t)
        np.subtract(bh, t, out=u)
        np.subtract(s, t, out=t)
        np.subtract(h, t, out=t)
        np.add(t, u, out=t)
        np.add(t, low, out=t)
        if not is_zero(bl):
            np.add(t, bl, out=t)
        give(u)
        return Loose(s, t)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Pair:
        b = of(other)
        shape = common(self, b)
        (h, low), (bh, bl) = self.addends(), b.addends()
        s, t, u = take(shape), take(shape), take(shape)
        np.subtract(h, bh, out=s)
        np.subtract(h, s, out=t)  # what was taken off
        np.subtract(t, bh, out=u)
        np.add(s, t, out=t)
        np.subtract(h, t, out=t)
        np.add(t, u, out=t)
        np.add(t, low, out=t)
        if not is_zero(bl):
            np.subtract(t, bl, out=t)
        give(u)
        return Loose(s, t)

    def __rsub__(self, other: Any) -> Pair:
        return of(other) - self

    def __mul__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return self if other == 1 else power_of_two(self, other)
        b = of(other)
        shape = common(self, b)
        p, t = take(shape), take(shape)
        np.multiply(self.h, b.h, out=p)  # exact
        if is_zero(b.l):
            np.multiply(self.l, b.h, out=t)
            return Product(p, t)
        u = take(shape)
        np.add(b.h, b.l, out=t)
        np.multiply(self.l, t, out=t)
        np.multiply(self.h, b.l, out=u)
        np.add(t, u, out=t)
        give(u)
        return Product(p, t)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Pair:
        if isinstance(other, float | int) and math.frexp(other)[0] in (0.5, -0.5):
            return power_of_two(self, 1 / other)
        return divide(self, of(other))

    def __rtruediv__(self, other: Any) -> Pair:
        return divide(of(other), self)


class Later(Pair):
    """A pair that is computed when its head or tail is first looked at, which may be never.

    `make` uses the buffers up; if it is not called, they go back to the pool.
    """

    __slots__ = ("_buffers", "_make")

    def __init__(self, make: Callable[..., Pair], *buffers: Array) -> None:
        self._make = make
        self._buffers: tuple[Array, ...] = buffers

    def __getattr__(self, name: str) -> Array:
        if name not in ("h", "l"):
            raise AttributeError(name)
        buffers, self._buffers = self._buffers, ()
        made = self._make(*buffers)
        self.h, self.l = made.h, made.l
        return self.h if name == "h" else self.l

    def __del__(self) -> None:
        if not self._buffers:
            super().__del__()
            return
        buffers, self._buffers = list(self._buffers), ()
        while buffers:
            recover(buffers.pop())


class Loose(Later):
    """A sum whose head is not cut yet: a result, or a choice between two, does without."""

    __slots__ = ()

    def __init__(self, s: Array, t: Array) -> None:
        super().__init__(normal, s, t)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return (self._buffers or (self.h,))[0].shape

    def terms(self) -> tuple[Array, Array]:
        """Return two doubles whose sum is the number."""
        s, t = self._buffers or (self.h, self.l)
        return s, t

    @property
    def kind(self) -> type[Pair]:
        """What is known of the terms."""
        return type(self) if self._buffers else Pair


class Product(Loose):
    """A product whose head is not cut yet: a sum does without, too."""

    __slots__ = ()

    def addends(self) -> tuple[Array, Array]:
        """Return two doubles whose sum is the number, the second below 2⁻²⁴ of the first."""
        return self.terms()


def cut(t: Array) -> None:
    """Cut an array of doubles to heads, in place."""
    bits = t.view(np.int64)
    np.bitwise_and(bits, HEAD, out=bits)


def is_zero(x: Array) -> bool:
    """Return whether x is the tail of a constant that needs none."""
    return x.shape == () and not x


def normal(h: Array, l: Array) -> Pair:  # noqa: E741
    """Return h + l as a pair, where h is any double and |l| ≪ |h| or h = 0; the buffers are used up."""
    t = np.add(h, l, out=take(h.shape))
    cut(t)
    np.subtract(h, t, out=h)
    np.add(h, l, out=l)
    give(h)
    return Pair(t, l)


def divide(a: Pair, b: Pair) -> Pair:
    """Return a/b: the head of the quotient, and the remainder over b."""
    shape = common(a, b)
    h, low = a.h, a.l
    d, q, r = take(b.shape), take(shape), take(shape)
    np.add(b.h, b.l, out=d)
    np.divide(1.0, d, out=d)
    if is_zero(low):
        np.multiply(h, d, out=q)
    else:
        np.add(h, low, out=r)
        np.multiply(r, d, out=q)
    cut(q)
    t = take(shape)
    np.multiply(q, b.h, out=r)  # exact, and so is the difference
    np.subtract(h, r, out=r)
    np.multiply(q, b.l, out=t)
    np.subtract(r, t, out=r)
    if not is_zero(low):
        np.add(r, low, out=r)
    np.multiply(r, d, out=r)
    give(t)
    give(d)
    return Pair(q, r)


def power_of_two(a: Pair, factor: float) -> Pair:
    """Return a times a power of two: exact."""
    shape = a.shape
    h, low = a.terms()
    return a.kind(np.multiply(h, factor, out=take(shape)), np.multiply(low, factor, out=take(shape)))


def split(x: Array) -> Pair:
    """Return an array of doubles as pairs: exact."""
    h = take(x.shape)
    np.bitwise_and(x.view(np.int64), HEAD, out=h.view(np.int64))
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
    left, right = a.shape, b.shape
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
    turn, *turned = take(shape), take(shape), take(shape)
    bits = turn.view(np.int64)
    np.bitwise_and(sign.view(np.int64), SIGN, out=bits)
    for term, out in zip(a.terms(), turned, strict=True):
        np.bitwise_xor(term.view(np.int64), bits, out=out.view(np.int64))
    give(turn)
    return a.kind(*turned)
