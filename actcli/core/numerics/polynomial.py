"""Polynomials of an argument with exact coefficients, and their exponentials in plain doubles.

The exponential of a large number is only as good as the digits of that number after the point. So a fast
formula keeps p(x) as a polynomial, and takes e^p(x) = e^p(g)·e^(p(x) − p(g)) about the nearest point g of a
grid: the first factor comes from a table, and the difference is (x − g) times a factor that is not large.
"""

from __future__ import annotations

import functools
import math
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.numerics import exponential, pair, series
from actcli.core.numerics.program import empty
from actcli.core.numerics.quick import Constant, Quick
from actcli.core.numerics.tabulated import MAGIC

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.numerics.pair import Pair

Coefficients = tuple[Decimal, ...]

_DIGITS = Context(prec=60)
_ZERO = Decimal(0)

HIGHEST_DEGREE = 3
LARGEST_TABLE = 1 << 16

WIDE = 256.0
"""Arguments up to here find a place in the table, though that may say 0 or inf."""

OVERFLOW = 746.0
"""Beyond, e^p is 0 or inf as a double."""


class Polynomial:
    """c₀ + c₁x + c₂x² + … for an array x of doubles, with coefficients of 60 digits."""

    __array_ufunc__ = None
    __slots__ = ("coefficients", "x")

    def __init__(self, x: Quick, coefficients: Coefficients = (_ZERO, Decimal(1))) -> None:
        self.x = x
        self.coefficients = coefficients

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.x.shape

    def quick(self) -> Quick:
        """Return the values as plain doubles."""
        first, *others = (float(c) for c in reversed(self.coefficients))
        value: Any = first
        for c in others:
            value = value * self.x if value != 1 else self.x
            value = value + c if c else value
        return value if isinstance(value, Quick) else Quick(np.full(self.shape, value))

    def exactly(self) -> Pair:
        """Return the values as pairs."""
        x, (first, *others, last) = self.x.exactly(), self.coefficients
        if abs(first) > 64 and last and not others:  # next to a root far off, the terms cancel
            root = _DIGITS.divide(first.copy_negate(), last)
            return series.minus(x, root) * pair.constant(last)
        value = pair.constant(last)
        for c in reversed(self.coefficients[:-1]):
            value = value * x + pair.constant(c) if c else value * x
        return value

    def is_exact(self) -> bool:
        """Whether the plain doubles are the values themselves: x times a power of two."""
        *others, last = self.coefficients
        return len(others) == 1 and not any(others) and math.frexp(float(last))[0] in (0.5, -0.5)

    def exp(self, *, moderate: bool) -> Quick:
        """Return e^p; `moderate` tells that no value lies beyond ±708."""
        grid = _grid(self.coefficients)
        if grid is None:
            return _exp_of_pair(self.exactly())
        return grid.exp(self, moderate=moderate)

    def _same(self, other: Any) -> Any:
        return Polynomial(self.x) if other is self.x else other

    def __neg__(self) -> Polynomial:
        return Polynomial(self.x, tuple(c.copy_negate() for c in self.coefficients))

    def __abs__(self) -> Any:
        c, *others = self.coefficients
        if not c and len(others) == 1:
            return Polynomial(abs(self.x), (_ZERO, others[0].copy_abs()))
        return abs(self.quick())

    def __add__(self, other: Any) -> Any:
        other = self._same(other)
        if isinstance(other, Polynomial) and other.x is self.x:
            a, b = sorted((self.coefficients, other.coefficients), key=len)
            sums = tuple(_DIGITS.add(c, d) for c, d in zip(a, b, strict=False))
            return Polynomial(self.x, sums + b[len(a) :])
        if (number := _decimal(other)) is not None:
            first, *others = self.coefficients
            return Polynomial(self.x, (_DIGITS.add(first, number), *others))
        return self.quick() + _plain(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, other: Any) -> Any:
        other = self._same(other)
        if isinstance(other, Polynomial) and other.x is self.x:
            degree = len(self.coefficients) + len(other.coefficients) - 2
            if degree <= HIGHEST_DEGREE:
                product = [_ZERO] * (degree + 1)
                for i, a in enumerate(self.coefficients):
                    for j, b in enumerate(other.coefficients):
                        product[i + j] = _DIGITS.fma(a, b, product[i + j])
                return Polynomial(self.x, tuple(product))
        if (number := _decimal(other)) is not None:
            return Polynomial(self.x, tuple(_DIGITS.multiply(c, number) for c in self.coefficients))
        return self.quick() * _plain(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if (number := _decimal(other)) is not None:
            return Polynomial(self.x, tuple(_DIGITS.divide(c, number) for c in self.coefficients))
        return self.quick() / _plain(other)

    def __rtruediv__(self, other: Any) -> Any:
        return _plain(other) / self.quick()


def _plain(x: Any) -> Any:
    return x.quick() if isinstance(x, Polynomial) else x


def _decimal(x: Any) -> Decimal | None:
    if isinstance(x, Constant):
        return _of_digits(x.digits)
    return Decimal(x) if isinstance(x, float | int) else None


@functools.lru_cache(maxsize=256)
def _of_digits(digits: str | Decimal | Fraction) -> Decimal:
    exact = Fraction(digits)
    return _DIGITS.divide(Decimal(exact.numerator), Decimal(exact.denominator))


class _Grid(NamedTuple):
    """e^p on the points j·step, j modulo the length of the table, as far as it has a double."""

    coefficients: tuple[float, ...]
    end: float
    step: float
    table: Array

    def exp(self, p: Polynomial, *, moderate: bool) -> Quick:
        """Return e^p(x) = e^p(g)·e^(p(x) − p(g)) for the nearest g = j·step."""
        x = p.x.v
        n, d, t = empty(x.shape), empty(x.shape), empty(x.shape)
        np.add(x, MAGIC * self.step, out=n)
        np.subtract(n, MAGIC * self.step, out=t)
        np.subtract(x, t, out=d)
        difference = self._difference(x, t, d)
        np.exp(difference, out=difference)
        index = n.view(np.int64)
        np.bitwise_and(index, len(self.table) - 1, out=index)
        np.take(self.table, index, out=t, mode="wrap")
        np.multiply(t, difference, out=t)
        if not moderate and max(-x.min(initial=0.0), x.max(initial=0.0)) > self.end:
            outside = np.abs(x) > self.end
            t[outside] = np.exp(Polynomial(Quick(x[outside]), p.coefficients).quick().v)
        return Quick(t)

    def _difference(self, x: Array, g: Array, d: Array) -> Array:
        """Return p(x) − p(g) = d·(c₁ + c₂(x + g) + c₃(3gx + d²)) for d = x − g; d and g are used up."""
        _, c1, c2, c3 = self.coefficients
        factor: Array | float = c1
        if c3:
            cubic = np.multiply(g, x, out=empty(x.shape))
            np.multiply(cubic, 3.0, out=cubic)
            square = np.multiply(d, d, out=empty(x.shape))
            np.add(cubic, square, out=cubic)
            np.multiply(cubic, c3, out=cubic)
            np.add(cubic, c1, out=cubic)
            factor = cubic
        if c2:
            np.add(g, x, out=g)
            np.multiply(g, c2, out=g)
            factor = np.add(g, factor, out=g)
        return np.multiply(d, factor, out=d)


@functools.lru_cache(maxsize=64)
def _grid(coefficients: Coefficients) -> _Grid | None:
    """Return the table of a polynomial, fine enough that p changes by less than 1/2 between its points."""
    c = tuple(float(a) for a in coefficients) + (0.0,) * (HIGHEST_DEGREE + 1 - len(coefficients))
    slopes = [k * a for k, a in enumerate(c)][1:]

    def size(x: float) -> float:
        return min(abs(math.fsum(a * (s * x) ** k for k, a in enumerate(c))) for s in (-1, 1))

    low, high = 0.0, 1.0
    while size(high) < OVERFLOW and high < 1e6:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if size(middle) < OVERFLOW else (low, middle)
    steepest = math.fsum(abs(a) * high**k for k, a in enumerate(slopes))
    if not 0 < steepest < 1e12 or not all(map(math.isfinite, c)):
        return None
    step = 2.0 ** -max(0, math.ceil(math.log2(steepest)))
    half = LARGEST_TABLE // 2
    if high / step + 1 > half:
        return None
    half = min(half, int(max(WIDE, 2.0 ** math.ceil(math.log2(high / step + 1)) * step) / step))
    points = step * np.concatenate([np.arange(half), np.arange(-half, 0)])
    with np.errstate(all="ignore"):
        table = exponential.exp(Polynomial(Quick(points), coefficients).exactly()).value()
    return _Grid(c, high, step, np.ascontiguousarray(table))


def _exp_of_pair(x: Pair) -> Quick:
    """Return e^x for a pair: e^h·e^l with the second factor by its series, since l is up to 2·10⁻⁵."""
    e = np.exp(x.h, out=empty(x.shape))
    low = np.multiply(x.l, 1 / 6, out=empty(x.shape))
    np.add(low, 0.5, out=low)
    np.multiply(low, x.l, out=low)
    np.add(low, 1.0, out=low)
    np.multiply(low, x.l, out=low)
    np.multiply(low, e, out=low)
    return Quick(np.add(e, low, out=low))
