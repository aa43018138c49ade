"""Plain float64 arrays: the arithmetic of `fast`, a few ULP from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actcli.core.spec import Side

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Plain:
    """NumPy's own functions; `side` decides which branch of a formula a kink itself belongs to."""

    side: Side = Side.RIGHT

    def constant(self, digits: str) -> float:
        return float(digits)

    def above(self, x: Array, point: float) -> NDArray[np.bool_]:
        return x >= point if self.side is Side.RIGHT else x > point

    def where(self, mask: NDArray[np.bool_], yes: Any, no: Any) -> Array:
        return np.where(mask, yes, no)

    def maximum(self, a: Any, b: Any) -> Any:
        return np.maximum(a, b)

    def minimum(self, a: Any, b: Any) -> Any:
        return np.minimum(a, b)

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x)

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def expm1(self, x: Any) -> Any:
        return np.expm1(x)

    def log1p(self, x: Any) -> Any:
        return np.log1p(x)

    def tanh(self, x: Any) -> Any:
        return np.tanh(x)

    def arctan(self, x: Any) -> Any:
        return np.arctan(x)

    def logistic(self, x: Any) -> tuple[Any, Any]:
        e = np.exp(-np.abs(x))
        near, far = 1 / (1 + e), e / (1 + e)
        right = np.asarray(x) >= 0
        return np.where(right, near, far), np.where(right, far, near)

    def softplus(self, x: Any) -> Any:
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
