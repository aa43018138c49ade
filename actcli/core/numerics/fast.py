"""The fast arithmetic: plain doubles, and double-doubles where the argument of an exponential asks for them.

What over- or underflows raises `FloatingPointError`, provided that NumPy is told to, and so does an argument
beyond the table of a function: the caller then takes the exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import composed, pair, sampled, trigonometric
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.program import empty
from actcli.core.spec import Side

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from actcli.core.arrays import Array, Mask


_HALF_LN_TAU = "0.91893853320467274178032973640563761986139747363778341"


LEAST, LARGEST = np.finfo(np.float64).tiny, np.finfo(np.float64).max
"""The ends of the normal doubles."""


class Constant(float):
    """A decimal constant: the nearest double, unless a double-double asks for all its digits."""

    def __new__(cls, digits: str | Decimal | Fraction) -> Constant:
        """Return the constant of those digits."""
        constant = super().__new__(cls, pair.nearest(Fraction(digits)))
        constant.digits = digits
        return constant

    digits: str | Decimal | Fraction

    def exactly(self) -> Pair:
        """Return the constant as a double-double."""
        return pair.constant(self.digits)


def _method(function: Callable[[Array], Array]) -> Callable[[Fast, Any], Array]:
    """Return a function of doubles as a method of the arithmetic."""
    return lambda m, x: function(m.value(x))


@dataclass(frozen=True, slots=True)
class Fast:
    """The functions of doubles; `side` decides which branch of a formula a kink itself belongs to."""

    side: Side = Side.RIGHT

    def argument(self, x: Array) -> Array:
        """The doubles x, all finite, as the argument of a formula."""
        return x

    def constant(self, digits: str | Decimal | Fraction) -> Constant:
        constant = Constant(digits)
        if constant and not LEAST <= abs(constant) <= LARGEST:
            raise FloatingPointError
        return constant

    def number(self, x: Any) -> Any:
        return x

    def above(self, x: Any, point: float) -> Mask:
        value = self.value(x)
        return value >= point if self.side is Side.RIGHT else value > point

    def where(self, mask: Mask, yes: Any, no: Any) -> Array:
        return pair.select(mask, self.value(yes), self.value(no))

    def maximum(self, a: Any, b: Any) -> Any:
        return np.maximum(self.value(a), self.value(b))

    def minimum(self, a: Any, b: Any) -> Any:
        return np.minimum(self.value(a), self.value(b))

    def signed(self, size: Any, like: Any) -> Any:
        return np.copysign(self.value(size), self.value(like))

    def wide(self, x: Any) -> Pair:
        return pair.of(x)

    def flat_left(self, x: Any) -> Any:
        return x

    def exp(self, x: Any) -> Any:
        """e^(v + rest) = e^v·(1 + rest): the exponential is as good as the digits after the point."""
        v, rest = self._terms(x)
        y = np.exp(v)
        return y if rest is None else y + y * rest

    def expm1(self, x: Any) -> Any:
        v, rest = self._terms(x)
        y = np.expm1(v)
        return y if rest is None else y + (y + 1.0) * rest

    def sin(self, x: Any) -> Any:
        if isinstance(x, Pair):
            return trigonometric.sin(x).value()
        t = np.tan(self.value(x) * 0.5)  # NumPy has a fast tangent, but no fast sine
        return t / (t * t * 0.5 + 0.5)

    def cos(self, x: Any) -> Any:
        return trigonometric.sin(x, 1).value() if isinstance(x, Pair) else np.cos(x)

    sqrt, log, log1p = _method(np.sqrt), _method(np.log), _method(np.log1p)
    sinh, cosh, tanh = _method(np.sinh), _method(np.cosh), _method(np.tanh)
    arctan, arcsinh, arccosh, arctanh = map(_method, (np.arctan, np.arcsinh, np.arccosh, np.arctanh))
    erf, tanh_rest = _method(sampled.erf), _method(sampled.tanh_rest)
    logistic = composed.logistic

    def softplus(self, x: Any) -> Any:
        return np.log1p(self.exp(-abs(x))) + np.maximum(self.value(x), 0.0)

    def normal(self, x: Any) -> tuple[Any, Any]:
        w = self.wide(x)
        density = self.exp(w * w * -0.5 - Constant(_HALF_LN_TAU))
        return sampled.normal(self.value(x)), density

    def value(self, x: Any) -> Array:
        if isinstance(x, Pair):
            return x.value()
        return np.asanyarray(x, np.float64)

    def _terms(self, x: Any) -> tuple[Array, Array | None]:
        """Return a number as a double and what a double-double has beyond."""
        if not isinstance(x, Pair):
            return self.value(x), None
        h, low = x.terms()
        v = np.add(h, low, out=empty(x.shape))
        rest = np.subtract(h, v, out=empty(x.shape))
        return v, np.add(rest, low, out=rest)
