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

    def minus(self, x: Any, constant: str | Decimal | Fraction) -> Pair:
        return pair.minus(pair.of(x), constant)

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

    def sinh(self, x: Any) -> Pair:
        return composed.sinh(self, pair.of(x))  # type: ignore[no-any-return]

    def cosh(self, x: Any) -> Pair:
        return composed.cosh(self, pair.of(x))  # type: ignore[no-any-return]

    def tanh(self, x: Any) -> Pair:
        return composed.tanh(self, pair.of(x))  # type: ignore[no-any-return]

    def arctan(self, x: Any) -> Pair:
        return trigonometric.arctan(pair.of(x))

    def arcsinh(self, x: Any) -> Pair:
        return composed.arcsinh(self, pair.of(x))  # type: ignore[no-any-return]

    def arccosh(self, x: Any) -> Pair:
        return composed.arccosh(self, pair.of(x))  # type: ignore[no-any-return]

    def arctanh(self, x: Any) -> Pair:
        return composed.arctanh(self, pair.of(x))  # type: ignore[no-any-return]

    def erf(self, x: Any) -> Pair:
        return gauss.erf(pair.of(x), moderate=self.moderate)

    def tanh_rest(self, x: Any) -> Pair:
        return composed.tanh_rest(self, pair.of(x))  # type: ignore[no-any-return]

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

    def max(self, x: Any) -> Pair:
        a = pair.of(x)
        return self.take(a, np.argmax(a.value(), axis=-1, keepdims=True))

    def sum(self, x: Any) -> Pair:
        a = pair.of(x)
        total = a[..., :1]
        while a.shape[-1] > 1:  # halves: the error grows as the logarithm of the length
            odd = a.shape[-1] % 2
            half = a.shape[-1] // 2
            total = a[..., :half] + a[..., half : 2 * half]
            a = self.concatenate([total, a[..., -1:]]) if odd else total
            total = a
        return total

    def cumsum(self, x: Any) -> Pair:
        a = pair.of(x)
        sums = [a[..., :1]]
        for i in range(1, a.shape[-1]):
            sums.append(sums[-1] + a[..., i : i + 1])
        return self.concatenate(sums)

    def take(self, x: Any, indices: NDArray[Any]) -> Pair:
        a = pair.of(x)
        return Pair(np.take_along_axis(a.h, indices, axis=-1), np.take_along_axis(a.l, indices, axis=-1))

    def concatenate(self, parts: list[Any]) -> Pair:
        pairs = [pair.of(part) for part in parts]
        return Pair(
            np.concatenate([p.h for p in pairs], axis=-1), np.concatenate([p.l for p in pairs], axis=-1)
        )
