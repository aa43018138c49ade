"""The fast arithmetic: doubles in pooled buffers, and pairs for the few steps that ask for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import choice, pair, series
from actcli.core.numerics.pair import Array, Pair
from actcli.core.numerics.pool import give, take
from actcli.core.numerics.quick import Constant, Product, Quick
from actcli.core.numerics.tabulated import MAGIC, table
from actcli.core.spec import Side

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fast:
    """The functions of doubles.

    Attributes:
        side: decides which branch of a formula a kink itself belongs to.
        doubts: where a formula says that digits cancel: to be computed again in pairs.
    """

    side: Side = Side.RIGHT
    doubts: list[Mask] = field(default_factory=list)

    def argument(self, x: Array) -> Quick:
        """The doubles x, all finite, as the argument of a formula."""
        return Quick(x)

    def constant(self, digits: str | Decimal | Fraction) -> Constant:
        return Constant(digits)

    def number(self, x: Any) -> Any:
        return x

    def above(self, x: Any, point: Any) -> Mask:
        value = self.value(x)
        return np.asarray(value >= point if self.side is Side.RIGHT else value > point)

    def where(self, mask: Mask, yes: Any, no: Any) -> Any:
        if isinstance(yes, Pair) or isinstance(no, Pair):
            return choice.where(mask, pair.of(yes), pair.of(no))
        keep = choice.ones(mask)
        return Quick(choice.blend(keep, self.value(yes), self.value(no)))

    def maximum(self, a: Any, b: Any) -> Quick:
        x, y = self.value(a), self.value(b)
        return Quick(np.maximum(x, y, out=take(x.shape or y.shape)))

    def minimum(self, a: Any, b: Any) -> Quick:
        x, y = self.value(a), self.value(b)
        return Quick(np.minimum(x, y, out=take(x.shape or y.shape)))

    def signed(self, size: Any, like: Any) -> Quick:
        return Quick(np.copysign(self.value(size), self.value(like), out=take(size.shape)))

    def wide(self, x: Any) -> Pair:
        return pair.of(x)

    def minus(self, x: Any, constant: str | Decimal | Fraction) -> Quick:
        high, middle, low = series.in_three(constant)
        d = np.subtract(self.value(x), high + middle, out=take(x.shape))
        return Quick(np.subtract(d, (high - (high + middle)) + middle + low, out=d))

    def near(self, name: str, x: Any, value: Any, scale: float = 1.0) -> Any:
        points = self.value(x)
        for expansion in series.expansions(name, scale):
            if expansion.power == 1 and expansion.root[0] == 0:
                continue  # c₀·x + c₁·x² + …: nothing cancels
            band = max(0.75, 4 * expansion.radius)  # about as far as the root costs a digit
            inside = series.within(expansion, points, scale, band)
            if inside.any():
                self.doubts.append(inside)
        return value

    def sqrt(self, x: Any) -> Quick:
        return self._map(np.sqrt, x)

    def exp(self, x: Any) -> Quick:
        if isinstance(x, Pair):
            e = _exp(x.h)
            low = np.multiply(x.l, 1 / 6, out=take(x.shape))  # e^l − 1 to the cube: l is up to 2·10⁻⁵
            np.add(low, 0.5, out=low)
            np.multiply(low, x.l, out=low)
            np.add(low, 1.0, out=low)
            np.multiply(low, x.l, out=low)
            np.multiply(low, e, out=low)
            return Quick(np.add(e, low, out=low))
        return Quick(_exp(self.value(x)))

    def expm1(self, x: Any) -> Quick:
        return self._map(np.expm1, x)

    def log(self, x: Any) -> Quick:
        return self._map(np.log, x)

    def log1p(self, x: Any) -> Quick:
        return self._map(np.log1p, x)

    def sin(self, x: Any) -> Quick:
        return self._map(np.sin, x)

    def cos(self, x: Any) -> Quick:
        return self._map(np.cos, x)

    def sinh(self, x: Any) -> Quick:
        return self._map(np.sinh, x)

    def cosh(self, x: Any) -> Quick:
        return self._map(np.cosh, x)

    def tanh(self, x: Any) -> Quick:
        return self._map(np.tanh, x)

    def arctan(self, x: Any) -> Quick:
        return self._map(np.arctan, x)

    def arcsinh(self, x: Any) -> Quick:
        return self._map(np.arcsinh, x)

    def arccosh(self, x: Any) -> Quick:
        return self._map(np.arccosh, x)

    def arctanh(self, x: Any) -> Quick:
        return self._map(np.arctanh, x)

    def erf(self, x: Any) -> Quick:
        v = self.value(x)
        a = np.abs(v, out=take(v.shape))
        np.minimum(a, 6.0, out=a)
        y = expand("error", a, 128.0)
        return Quick(np.copysign(y, v, out=y))

    def logistic(self, x: Any) -> tuple[Quick, Quick]:
        e = self.exp(-x)
        d = np.add(e.v, 1.0, out=take(e.v.shape))
        s = Quick(np.divide(1.0, d, out=d))
        return s, Product(e, s)

    def softplus(self, x: Any) -> Quick:
        v = self.value(x)
        t = np.abs(v, out=take(v.shape))
        np.negative(t, out=t)
        e = _exp(t)
        np.log1p(e, out=e)
        np.maximum(v, 0.0, out=t)
        return Quick(np.add(e, t, out=t))

    def normal(self, x: Any) -> tuple[Quick, Quick]:
        p = pair.of(x)
        v = self.value(x)
        phi = self.exp(p * p * -0.5) * 0.3989422804014327
        a = np.abs(v, out=take(v.shape))
        np.minimum(a, 40.0, out=a)
        tail = phi * Quick(expand("mills", a, 64.0))
        right = np.greater(v, 0.0)
        return self.where(right, 1.0 - tail, tail), phi

    def value(self, x: Any) -> Array:
        return x.value() if isinstance(x, Quick | Pair) else np.asarray(x, np.float64)

    def _map(self, function: Any, x: Any) -> Quick:
        v = self.value(x)
        return Quick(function(v, out=take(v.shape)))


def _exp(v: Array) -> Array:
    """Return e^v, and 0 where that is no normal double: the result then shows that it must be done again."""
    e = np.exp(v, out=take(v.shape))
    if v.min(initial=0.0) < -708.0:
        e[v < -708.0] = 0.0
    return e


@functools.cache
def _coefficients(name: str) -> Array:
    """Return the coefficients c₀ to c₆ of a table of series, as plain doubles: the next is below 2⁻⁵³."""
    rows = table(name)
    return np.concatenate([[rows[0] + rows[1], rows[2] + rows[3]], rows[4:9]])


def expand(name: str, a: Array, per_unit: float) -> Array:
    """Return a function of a ≥ 0 by its series about the nearest of the grid j/per_unit; a is used up."""
    rows = _coefficients(name)
    n, d, c, y = take(a.shape), take(a.shape), take(a.shape), take(a.shape)
    np.multiply(a, per_unit, out=n)
    np.add(n, MAGIC, out=n)
    np.subtract(n, MAGIC, out=d)
    np.multiply(d, 1 / per_unit, out=d)
    np.subtract(a, d, out=d)
    index = n.view(np.int64)
    np.bitwise_and(index, 0xFFFF, out=index)
    np.take(rows[-1], index, out=y, mode="clip")
    for row in rows[-2::-1]:
        np.multiply(y, d, out=y)
        np.take(row, index, out=c, mode="clip")
        np.add(y, c, out=y)
    for buffer in (n, d, c, a):
        give(buffer)
    return y
