"""The arithmetic of unlimited exponents: far tails, huge and tiny arguments, by the same formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import (
    composed,
    exponential,
    gauss,
    logarithm,
    pair,
    scaled,
    series,
    trigonometric,
)
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.protocol import NO_VALUE
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import Side

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from fractions import Fraction

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask


TINY = -80
"""|x| < 2⁻⁸⁰: 1 + x, sin x, … are their first terms, to more bits than a pair has."""

_LN2 = pair.constant("0.693147180559945309417232121458176568075500134360255254120680")

OUT = 10**5
"""Limits are read off at 2^OUT: powers of that outweigh any product of parameters, each within 2^±1075."""

_FLAT = -(2.0**29)
"""Left of here e^x, and all that is made of it and of powers of x, is far below all doubles; here e^x and
e^(−x²/2) still have exponents that are known."""


@dataclass(frozen=True, slots=True)
class Deep:
    """The functions of scaled pairs; `side` decides which branch of a formula a kink itself belongs to."""

    side: Side = Side.RIGHT

    def argument(self, x: Array) -> Scaled:
        """The doubles x, all finite, as the argument of a formula."""
        return scaled.of(x)

    def constant(self, digits: str | Decimal | Fraction) -> Scaled:
        return scaled.constant(digits)

    def number(self, x: Any) -> Scaled:
        return scaled.of(x)

    def above(self, x: Any, point: Any) -> Mask:
        difference = (scaled.of(x) - point).p.value()
        return np.asarray(difference >= 0 if self.side is Side.RIGHT else difference > 0)

    def where(self, mask: Mask, yes: Any, no: Any) -> Scaled:
        return scaled.where(mask, yes, no)

    def maximum(self, a: Any, b: Any) -> Scaled:
        return scaled.where((scaled.of(a) - b).p.h < 0, b, a)  # a where a is NaN

    def minimum(self, a: Any, b: Any) -> Scaled:
        return scaled.where((scaled.of(a) - b).p.h > 0, b, a)

    def signed(self, size: Scaled, like: Scaled) -> Scaled:
        return Scaled(pair.sign_of(size.p, like.p.h), size.e)

    def wide(self, x: Any) -> Scaled:
        return scaled.of(x)

    def flat_left(self, x: Any) -> Scaled:
        return self.maximum(x, _FLAT)

    def sqrt(self, x: Any) -> Scaled:
        return scaled.sqrt(scaled.of(x))

    def exp(self, x: Any) -> Scaled:
        p = scaled.of(x).pair(62)
        whole: Any = 0
        if np.any(far := np.abs(p.h) > exponential.NEAR):
            beyond = np.abs(p.h) > exponential.FAR
            whole, rest = exponential.less_powers(pair.where(far & ~beyond, p, 0.0))
            whole = np.where(beyond, np.where(p.h > 0, scaled.SATURATED, -scaled.SATURATED), whole)
            p = pair.where(far, rest, p)
        a, b, c, k = exponential.parts(p, scale=False)
        return scaled.normal(exponential.gather(a, b, c), k + whole)

    def expm1(self, x: Any) -> Scaled:
        a = scaled.of(x)
        far = self.exp(a) - 1.0
        return scaled.where(a.e > 0, far, self._odd(exponential.expm1, a, 0))

    def log(self, x: Any) -> Scaled:
        a = scaled.of(x)
        near = (a.e >= -1) & (a.e <= 1)
        low = (a.e + (1 << 29) & (1 << 30) - 1) - (1 << 29)  # what is left of a.e has 31 bits
        powers = _LN2 * (a.e - low).astype(np.float64) + _LN2 * low.astype(np.float64)
        far = logarithm.log(a.p) + powers
        close = logarithm.log(pair.where(near, a.pair(2), 1.0))
        if np.any(sizeless := (a.p.h > 0) & scaled.is_saturated(a.e)):
            far = far * np.where(sizeless, np.nan, 1.0)
        return scaled.of(pair.where(near, close, far))

    def log1p(self, x: Any) -> Scaled:
        a = scaled.of(x)
        return scaled.where(a.e > 0, self.log(a + 1.0), self._odd(logarithm.log1p, a, 0))

    def sin(self, x: Any) -> Scaled:
        return self._odd(trigonometric.sin, _phase(scaled.of(x)), 1024)

    def cos(self, x: Any) -> Scaled:
        return scaled.of(trigonometric.sin(_phase(scaled.of(x)).pair(), 1))

    def sinh(self, x: Any) -> Scaled:
        a = scaled.of(x)
        far = self.signed(self.exp(abs(a)) * 0.5, a)  # to 2⁻¹⁸⁴
        return scaled.where(a.e > 6, far, composed.sinh(self, a))

    def tanh(self, x: Any) -> Scaled:
        a = scaled.of(x)
        return self.signed(-composed.tanh(self, -abs(a)), a)  # e^(−2|x|), which does not overflow

    def arctan(self, x: Any) -> Scaled:
        return self._odd(trigonometric.arctan, scaled.of(x), 900)

    def erf(self, x: Any) -> Scaled:
        a = scaled.of(x)
        return scaled.where(a.e < TINY, a * gauss.TWO_PER_ROOT_PI, scaled.of(gauss.erf(a.pair(9))))

    def tanh_rest_near_0(self, x: Scaled, value: Scaled) -> Scaled:
        p = x.pair()
        inside = series.within(p.value())
        return scaled.where(inside, scaled.of(series.terms(pair.where(inside, p, 0.0))) * x * x * x, value)

    def logistic(self, x: Any) -> tuple[Scaled, Scaled]:
        a = scaled.of(x)
        large, small = composed.logistic(self, abs(a))  # e^(−|x|), which does not overflow
        right = a.p.h > 0
        return scaled.where(right, large, small), scaled.where(right, small, large)

    def softplus(self, x: Any) -> Scaled:
        a = scaled.of(x)
        return self.log1p(self.exp(-abs(a))) + self.maximum(a, 0.0)

    def normal(self, x: Any) -> tuple[Scaled, Scaled]:
        a = scaled.of(x)
        phi = self.exp(a * a * -0.5) * gauss.PER_ROOT_TAU
        tail = phi * scaled.of(gauss.mills(abs(a).pair(900)))
        return scaled.where(a.p.h > 0, 1.0 - tail, tail), phi

    def value(self, x: Any) -> Array:
        return x.value() if isinstance(x, Scaled) else np.asarray(x, np.float64)

    cosh = composed.cosh
    arcsinh, arccosh, arctanh = composed.arcsinh, composed.arccosh, composed.arctanh
    tanh_rest = composed.tanh_rest
    max, sum, cumsum = composed.greatest, composed.total, composed.running_total

    def take(self, x: Any, indices: NDArray[Any]) -> Scaled:
        a = scaled.of(x)
        h = np.take_along_axis(a.p.h, indices, axis=-1)
        low = np.take_along_axis(a.p.l, indices, axis=-1)
        return Scaled(Pair(h, low), np.take_along_axis(a.e, indices, axis=-1))

    def concatenate(self, parts: list[Any]) -> Scaled:
        all_parts = [scaled.of(part) for part in parts]
        h = np.concatenate([a.p.h for a in all_parts], axis=-1)
        low = np.concatenate([a.p.l for a in all_parts], axis=-1)
        return Scaled(Pair(h, low), np.concatenate([a.e for a in all_parts], axis=-1))

    def _odd(self, function: Any, a: Scaled, largest: int) -> Scaled:
        """Return function(a) where function(x) = x + O(x²): x itself where tiny; a is cut at 2^largest."""
        return scaled.where(a.e < TINY, a, scaled.of(function(a.pair(largest))))


def _phase(a: Scaled) -> Scaled:
    """Return the argument of a sine: NaN beyond the doubles, where its phase is left to the definition."""
    return scaled.where(a.e > 1024, NO_VALUE, a)


def limit_at(formula: Callable[[Any, Any], Any], end: float, side: Side = Side.RIGHT) -> float:
    """Return what a formula tends to at −∞ or ∞: its value far beyond all doubles; NaN if nobody can tell."""
    half = pair.split(np.array([math.copysign(0.5, end)]))
    result = scaled.of(formula(Deep(side), Scaled(half, np.array([OUT]))))
    leading, e = result.p.h.flat[0], result.e.flat[0]
    if abs(e) >= OUT // 5 and leading:
        return math.copysign(math.inf if e > 0 else 0.0, leading)
    return float(result.value().flat[0])
