"""Arrays of doubles with operators."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.heads import nearest
from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.pair import Pair


class Quick:
    """An array of doubles; operators as for a plain array.

    An operation is done when its result is first looked at: what nobody looks at costs nothing, and the last
    one writes straight to where the result belongs.
    """

    __array_ufunc__ = None
    __slots__ = ("_operands", "_operation", "_v", "shape")

    def __init__(self, v: Array) -> None:
        self._v: Array | None = v
        self._operation: Any = None
        self._operands: tuple[Any, ...] = ()
        self.shape: tuple[int, ...] = v.shape

    @classmethod
    def later(cls, operation: Any, *operands: Any, shape: tuple[int, ...]) -> Quick:
        """Return what a ufunc gives for operands that are arrays, numbers or Quick themselves."""
        result = cls.__new__(cls)
        result._v, result._operation, result._operands, result.shape = None, operation, operands, shape
        return result

    @classmethod
    def made(cls, make: Callable[[], Quick], shape: tuple[int, ...]) -> Quick:
        """Return what a function without arguments makes, once it is looked at."""
        return cls.later(None, make, shape=shape)

    @property
    def v(self) -> Array:
        """The doubles themselves."""
        if self._v is None:
            self._v = self._done(None)
        return self._v

    def into(self, out: Array) -> None:
        """Write the doubles to an array of the same shape, which the operands do not share."""
        if self._v is None:
            self._done(out)
        else:
            np.copyto(out, self._v)

    def inverse_of(self) -> Quick | None:
        """Return d where these are 1/d, not yet done."""
        if self._operation is np.divide and isinstance(one := self._operands[0], float) and one == 1.0:
            d = self._operands[1]
            return d if isinstance(d, Quick) else None
        return None

    def _done(self, out: Array | None) -> Array:
        operation, operands = self._operation, self._operands
        self._operation, self._operands = None, ()
        if operation is None:
            q: Quick = operands[0]()
            if out is None:
                return q.v
            q.into(out)
            return out
        values = [q.v if isinstance(q, Quick) else q for q in operands]
        return operation(*values, out=empty(self.shape) if out is None else out)  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Quick:
        return Quick(self.v[index])

    def exactly(self) -> Pair:
        """The same numbers as pairs."""
        return pair.split(self.v)

    def __neg__(self) -> Quick:
        return Quick.later(np.negative, self, shape=self.shape)

    def __abs__(self) -> Quick:
        return Quick.later(np.abs, self, shape=self.shape)

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


class Constant(float):
    """A decimal constant: the nearest double, unless a pair asks for all its digits."""

    def __new__(cls, digits: str | Decimal | Fraction) -> Constant:
        """Return the constant of those digits."""
        constant = super().__new__(cls, nearest(Fraction(digits)))
        constant.digits = digits
        return constant

    digits: str | Decimal | Fraction

    def exactly(self) -> Pair:
        """Return the constant as a pair."""
        return pair.constant(self.digits)


OPERANDS = (Quick, float, int, np.ndarray, np.generic)


def _apply(operation: Any, a: Any, b: Any) -> Any:
    if operation is np.multiply:
        if isinstance(b, float | int) and b == 1:
            return a
        for p, q in ((a, b), (b, a)):
            if isinstance(q, Quick) and (d := q.inverse_of()) is not None:
                return _apply(np.divide, p, d)  # one rounding less
    if not isinstance(a, OPERANDS) or not isinstance(b, OPERANDS):
        return NotImplemented
    shapes = [getattr(x, "shape", ()) for x in (a, b)]
    return Quick.later(operation, a, b, shape=np.broadcast_shapes(*shapes))


def rint(x: Quick) -> Quick:
    """Return the nearest whole numbers."""
    return Quick(np.rint(x.v, out=empty(x.v.shape)))


def gather(row: Array, index: NDArray[np.int64]) -> Quick:
    """Return entries of a table."""
    return Quick(np.take(row, index, out=empty(index.shape), mode="clip"))
