"""The exact arithmetic: pairs of doubles, rounded once at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import composed, exponential, gauss, logarithm, pair, series, trigonometric
from actcli.core.numerics.pair import Pair
from actcli.core.spec import Side

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask


@dataclass(frozen=True, slots=True)
class Exact:
    """The functions of pairs.

    Attributes:
        side: decides which branch of a formula a kink itself belongs to.
        moderate: whether the arguments are known to be moderate: then nothing over- or underflows.
        known: the argument and functions of it, which several formulas of the same argument share.
    """

    side: Side = Side.RIGHT
    moderate: bool = False
    known: dict[str, Any] = field(default_factory=dict, compare=False)

    def argument(self, x: Array) -> Pair:
        """The doubles x, all finite, as the argument of a formula."""
        if self.known.get("doubles") is not x:
            self.known.clear()
            self.known.update(doubles=x, argument=pair.split(x))
        return self.known["argument"]  # type: ignore[no-any-return]

    def _of(self, x: Any, function: Callable[..., Any], **options: Any) -> Any:
        """Return a function of x; of the argument itself it is computed once and kept."""
        a = pair.of(x)
        if a is not self.known.get("argument"):
            return function(a, **options)
        name = function.__name__
        if name not in self.known:
            self.known[name] = function(a, **options)
        return self.known[name]

    def constant(self, digits: str | Decimal | Fraction) -> Pair:
        return pair.constant(digits)

    def number(self, x: Any) -> Pair:
        return pair.of(x)

    def above(self, x: Any, point: Any) -> Mask:
        return pair.at_least(x, point) if self.side is Side.RIGHT else ~pair.at_least(point, x)

    def where(self, mask: Mask, yes: Any, no: Any) -> Pair:
        return pair.where(mask, yes, no)

    def maximum(self, a: Any, b: Any) -> Pair:
        return pair.where(pair.at_least(a, b), a, b)

    def minimum(self, a: Any, b: Any) -> Pair:
        return pair.where(pair.at_least(a, b), b, a)

    def signed(self, size: Pair, like: Pair) -> Pair:
        return pair.sign_of(size, like.h)

    def wide(self, x: Any) -> Pair:
        return pair.of(x)

    def flat_left(self, x: Any) -> Pair:
        return pair.of(x)

    def sqrt(self, x: Any) -> Pair:
        return pair.sqrt(pair.of(x))

    def exp(self, x: Any) -> Pair:
        return exponential.exp(pair.of(x), moderate=self.moderate)

    def expm1(self, x: Any) -> Pair:
        return exponential.expm1(pair.of(x), moderate=self.moderate)

    def log(self, x: Any) -> Pair:
        return logarithm.log(pair.of(x))

    def log1p(self, x: Any) -> Pair:
        return logarithm.log1p(pair.of(x))

    def sin(self, x: Any) -> Pair:
        return trigonometric.sin_of(self._of(x, trigonometric.reduced))

    def cos(self, x: Any) -> Pair:
        return trigonometric.sin_of(self._of(x, trigonometric.reduced), 1)

    def arctan(self, x: Any) -> Pair:
        return trigonometric.arctan(pair.of(x))

    def erf(self, x: Any) -> Pair:
        return gauss.erf(pair.of(x), moderate=self.moderate)

    def tanh_rest_near_0(self, x: Pair, value: Pair) -> Pair:
        return series.near_0(x, value)

    def logistic(self, x: Any) -> tuple[Pair, Pair]:
        return self._of(x, exponential.logistic, moderate=self.moderate)  # type: ignore[no-any-return]

    def softplus(self, x: Any) -> Pair:
        a = pair.of(x)
        return logarithm.near_one(exponential.exp(-abs(a), moderate=self.moderate)) + self.maximum(a, 0.0)

    def normal(self, x: Any) -> tuple[Pair, Pair]:
        return self._of(x, gauss.normal, moderate=self.moderate)  # type: ignore[no-any-return]

    def value(self, x: Any) -> Array:
        return x.value() if isinstance(x, Pair) else np.asarray(x, np.float64)

    sinh, cosh, tanh = composed.sinh, composed.cosh, composed.tanh
    arcsinh, arccosh, arctanh = composed.arcsinh, composed.arccosh, composed.arctanh
    tanh_rest = composed.tanh_rest
    max, sum, cumsum = composed.greatest, composed.total, composed.running_total

    def take(self, x: Any, indices: NDArray[Any]) -> Pair:
        a = pair.of(x)
        return Pair(np.take_along_axis(a.h, indices, axis=-1), np.take_along_axis(a.l, indices, axis=-1))

    def concatenate(self, parts: list[Any]) -> Pair:
        pairs = [pair.of(part) for part in parts]
        return Pair(
            np.concatenate([p.h for p in pairs], axis=-1), np.concatenate([p.l for p in pairs], axis=-1)
        )
