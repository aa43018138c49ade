"""Arrays of doubles in pooled buffers, with operators."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.pair import Array, Pair
from actcli.core.numerics.pool import recover, take

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray


class Quick:
    """An array of doubles whose buffer goes back to the pool with it; operators as for a plain array."""

    __array_ufunc__ = None
    __slots__ = ("v",)

    def __init__(self, v: Array) -> None:
        self.v = v

    def __del__(self) -> None:
        v = self.v
        del self.v
        recover(v)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.v.shape

    def __getitem__(self, index: Any) -> Quick:
        return Quick(self.v[index])

    def value(self) -> Array:
        """The doubles themselves."""
        return self.v

    def exactly(self) -> Pair:
        """The same numbers as pairs."""
        return pair.split(self.v)

    def __neg__(self) -> Quick:
        return Quick(np.negative(self.v, out=take(self.v.shape)))

    def __abs__(self) -> Quick:
        return Quick(np.abs(self.v, out=take(self.v.shape)))

    def __add__(self, other: Any) -> Any:
        return _apply(np.add, self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _apply(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _apply(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return _apply(np.multiply, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _apply(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _apply(np.divide, other, self)


class Product(Quick):
    """The product of two arrays, computed when it is first looked at."""

    __slots__ = ("_factors",)

    def __init__(self, a: Quick, b: Quick) -> None:
        self._factors: tuple[Quick, ...] = (a, b)

    def __getattr__(self, name: str) -> Array:
        if name != "v":
            raise AttributeError(name)
        (a, b), self._factors = self._factors, ()
        self.v = np.multiply(a.v, b.v, out=take(a.v.shape))
        return self.v

    def __del__(self) -> None:
        if not self._factors:
            Quick.__del__(self)


class Constant(float):
    """A decimal constant: the nearest double, unless a pair asks for all its digits."""

    def __new__(cls, digits: str | Decimal | Fraction) -> Constant:
        """Return the constant of those digits."""
        constant = super().__new__(cls, float(Fraction(digits)))
        constant.digits = digits
        return constant

    digits: str | Decimal | Fraction

    def exactly(self) -> Pair:
        """Return the constant as a pair."""
        return pair.constant(self.digits)


def _apply(operation: Any, a: Any, b: Any) -> Any:
    if isinstance(a, Pair) or isinstance(b, Pair):
        return NotImplemented
    left = a.v if isinstance(a, Quick) else a
    right = b.v if isinstance(b, Quick) else b
    shape = a.v.shape if isinstance(a, Quick) else b.v.shape
    other = np.shape(right) if isinstance(a, Quick) else np.shape(left)
    if other not in ((), shape):
        shape = np.broadcast_shapes(shape, other)
    return Quick(operation(left, right, out=take(shape)))


def rint(x: Quick) -> Quick:
    """Return the nearest whole numbers."""
    return Quick(np.rint(x.v, out=take(x.v.shape)))


def gather(row: Array, index: NDArray[np.int64]) -> Quick:
    """Return entries of a table."""
    return Quick(np.take(row, index, out=take(index.shape), mode="clip"))


def quick(x: Any) -> Quick:
    """Return a number as plain doubles."""
    if isinstance(x, Quick):
        return x
    if isinstance(x, Pair):
        return Quick(np.add(x.h, x.l, out=take(x.shape)))
    return Quick(np.asarray(x, np.float64))
