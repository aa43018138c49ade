"""Plain float64 arrays: the arithmetic of `fast`, a few ULP from the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.expansions import SERIES
from actcli.core.spec import Side

Array = NDArray[np.float64]

_erfc = np.vectorize(math.erfc, otypes=[np.float64])
_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Plain:
    """NumPy's own functions; `side` decides which branch of a formula a kink itself belongs to."""

    side: Side = Side.RIGHT

    def argument(self, x: Array) -> Array:
        """The doubles x as the argument of a formula."""
        return x

    def constant(self, digits: str | Decimal | Fraction) -> float:
        return float(Fraction(digits))

    def number(self, value: float) -> float:
        return value

    def above(self, x: Array, point: float) -> NDArray[np.bool_]:
        return np.asarray(x >= point if self.side is Side.RIGHT else x > point)

    def where(self, mask: NDArray[np.bool_], yes: Any, no: Any) -> Array:
        return np.asarray(np.where(mask, yes, no))

    def maximum(self, a: Any, b: Any) -> Any:
        return np.maximum(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return np.minimum(a, b)

    def signed(self, size: Any, like: Any) -> Any:
        return np.copysign(size, like)

    def wide(self, x: Any) -> Any:
        return x

    def minus(self, x: Any, constant: str | Decimal | Fraction) -> Any:
        high = float(Fraction(constant))
        return (x - high) - float(Fraction(constant) - Fraction(high))

    def near(self, series: str, x: Any, value: Any, scale: float = 1.0) -> Any:
        for root, radius, power, digits in SERIES.get(series, ()):
            d = self.minus(x, Decimal(root) / Decimal(scale)) * scale
            polynomial = np.polyval([float(c) for c in reversed(digits)], d)
            value = np.where(np.abs(d) < radius, polynomial * d**power, value)
        return value

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x)

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def expm1(self, x: Any) -> Any:
        return np.expm1(x)

    def log(self, x: Any) -> Any:
        return np.log(x)

    def log1p(self, x: Any) -> Any:
        return np.log1p(x)

    def sin(self, x: Any) -> Any:
        return np.sin(x)

    def cos(self, x: Any) -> Any:
        return np.cos(x)

    def sinh(self, x: Any) -> Any:
        return np.sinh(x)

    def cosh(self, x: Any) -> Any:
        return np.cosh(x)

    def tanh(self, x: Any) -> Any:
        return np.tanh(x)

    def arctan(self, x: Any) -> Any:
        return np.arctan(x)

    def arcsinh(self, x: Any) -> Any:
        return np.arcsinh(x)

    def arccosh(self, x: Any) -> Any:
        return np.arccosh(x)

    def arctanh(self, x: Any) -> Any:
        return np.arctanh(x)

    def erf(self, x: Any) -> Any:
        return _erf(x)

    def tanh_rest(self, x: Any) -> Any:
        return x - np.tanh(x)

    def logistic(self, x: Any) -> tuple[Any, Any]:
        e = np.exp(-np.abs(x))
        near, far = 1 / (1 + e), e / (1 + e)
        right = np.asarray(x) >= 0
        return np.where(right, near, far), np.where(right, far, near)

    def softplus(self, x: Any) -> Any:
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def normal(self, x: Any) -> tuple[Any, Any]:
        return _erfc(x * -math.sqrt(0.5)) / 2, np.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    def value(self, x: Any) -> Array:
        return np.asarray(x, np.float64)

    def max(self, x: Any) -> Any:
        return np.max(x, axis=-1, keepdims=True)

    def sum(self, x: Any) -> Any:
        return np.sum(x, axis=-1, keepdims=True)

    def cumsum(self, x: Any) -> Any:
        return np.cumsum(x, axis=-1)

    def take(self, x: Any, indices: NDArray[Any]) -> Any:
        return np.take_along_axis(x, indices, axis=-1)

    def concatenate(self, parts: list[Any]) -> Any:
        return np.concatenate(parts, axis=-1)
