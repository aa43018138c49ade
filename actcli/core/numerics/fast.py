"""The fast arithmetic: doubles, and exact polynomials where a step asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import choice, gauss, pair, sampled, series, trigonometric
from actcli.core.numerics.polynomial import Coefficients, Polynomial
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.quick import Constant, Quick
from actcli.core.spec import Side

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    from actcli.core.arrays import Array, Mask


_HALF_LN_TAU = Constant("0.91893853320467274178032973640561763986139747363778341")


@dataclass(frozen=True, slots=True)
class Fast:
    """The functions of doubles.

    Attributes:
        side: decides which branch of a formula a kink itself belongs to.
        moderate: whether the arguments are known to be moderate: then nothing over- or underflows.
        doubts: where a formula says that digits cancel: to be computed again in pairs.
        detours: where a function was computed in another way than between, unless all are moderate.
    """

    side: Side = Side.RIGHT
    moderate: bool = False
    doubts: list[Mask] = field(default_factory=list)
    detours: list[Mask] = field(default_factory=list)

    def argument(self, x: Array) -> Quick:
        """The doubles x, all finite, as the argument of a formula."""
        return Quick(x)

    def constant(self, digits: str | Decimal | Fraction) -> Constant:
        return Constant(digits)

    def number(self, x: Any) -> Any:
        return x

    def above(self, x: Any, point: Any) -> Mask:
        value = self.value(x)
        return value >= point if self.side is Side.RIGHT else value > point  # type: ignore[no-any-return]

    def where(self, mask: Mask, yes: Any, no: Any) -> Quick:
        return Quick(choice.select(mask, self.value(yes), self.value(no)))

    def maximum(self, a: Any, b: Any) -> Quick:
        return self._two(np.maximum, a, b)

    def minimum(self, a: Any, b: Any) -> Quick:
        return self._two(np.minimum, a, b)

    def signed(self, size: Any, like: Any) -> Quick:
        return self._two(np.copysign, size, like)

    def wide(self, x: Any) -> Polynomial:
        return x if isinstance(x, Polynomial) else Polynomial(x if isinstance(x, Quick) else Quick(x))

    def flat_left(self, x: Any) -> Any:
        return x

    def minus(self, x: Any, constant: str | Decimal | Fraction) -> Quick:
        high, rest, _ = series.in_three(constant)
        difference: Quick = self.number(x) - high
        return difference - rest if rest else difference

    def near(self, name: str, x: Any, value: Any, scale: float | Fraction = 1.0) -> Any:
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
        if isinstance(x, Polynomial) and not x.is_exact():
            return x.exp(moderate=self.moderate)
        v = self.value(x)
        e = np.exp(v, out=empty(v.shape))
        if not self.moderate and v.min(initial=0.0) < -708.0:
            e[v < -708.0] = 0.0  # no normal double: the result then shows that it must be done again
        return Quick(e)

    def expm1(self, x: Any) -> Quick:
        if isinstance(x, Polynomial) and not x.is_exact():
            v = self.value(x)
            y = np.expm1(v, out=empty(v.shape))
            step(_from_exp, x.x.v, x.coefficients, v, y)
            return Quick(y)
        return self._map(np.expm1, x)

    def log(self, x: Any) -> Quick:
        return self._map(np.log, x)

    def log1p(self, x: Any) -> Quick:
        return self._map(np.log1p, x)

    def sin(self, x: Any) -> Quick:
        if isinstance(x, Polynomial) and not x.is_exact():
            return Quick(trigonometric.sin(x.exactly()).value())
        t = self._map(np.tan, x * 0.5)
        sine: Quick = t / (t * t * 0.5 + 0.5)  # NumPy has a fast tangent, but no fast sine
        return sine

    def cos(self, x: Any) -> Quick:
        if isinstance(x, Polynomial) and not x.is_exact():
            return Quick(trigonometric.sin(x.exactly(), 1).value())
        v = self.value(x)
        y = sampled.cos(v)
        if not self.moderate and max(-v.min(initial=0.0), v.max(initial=0.0)) > sampled.COSINE_END:
            far = np.abs(v) > sampled.COSINE_END
            y[far] = trigonometric.sin(pair.split(v[far]), 1).value()
            self.detours.append(far)
        return Quick(y)

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
        return self._sum(*sampled.erf(self.value(x)))

    def tanh_rest(self, x: Any) -> Quick:
        return Quick(sampled.tanh_rest(self.value(x)))

    def logistic(self, x: Any) -> tuple[Quick, Quick]:
        e = self.exp(-x)
        s: Quick = 1.0 / (e + 1.0)
        return s, e * s

    def softplus(self, x: Any) -> Quick:
        e = self.exp(-abs(x))
        total: Quick = self._map(np.log1p, e) + self.maximum(x, 0.0)
        return total

    def normal(self, x: Any) -> tuple[Quick, Quick]:
        w = self.wide(x)
        if not w.is_exact():
            below, density = (Quick(p.value()) for p in gauss.normal(w.exactly()))
            return below, density
        v = self.value(w)
        if self.moderate:
            p = self._sum(*sampled.normal(v))
        else:
            p = self._sum(*sampled.normal(np.clip(v, sampled.TAIL, 9.0, out=empty(v.shape))))
            if v.min(initial=0.0) < sampled.TAIL:
                low = v < sampled.TAIL
                p.v[low] = gauss.normal(pair.split(v[low]))[0].value()
                self.detours.append(low)
        return p, Quick.made(lambda: self.exp(w * w * -0.5 - _HALF_LN_TAU), w.shape)

    def value(self, x: Any) -> Array:
        if isinstance(x, Polynomial):
            x = x.quick()
        return x.v if isinstance(x, Quick) else np.asarray(x, np.float64)

    def _sum(self, a: Array, b: Array) -> Quick:
        return Quick.later(np.add, Quick(a), Quick(b), shape=a.shape)

    def _map(self, function: Any, x: Any) -> Quick:
        return Quick.later(function, x.quick() if isinstance(x, Polynomial) else x, shape=x.shape)

    def _two(self, function: Any, a: Any, b: Any) -> Quick:
        left, right = (x.quick() if isinstance(x, Polynomial) else x for x in (a, b))
        shapes = [x.shape if isinstance(x, Quick) else np.shape(x) for x in (left, right)]
        return Quick.later(function, left, right, shape=np.broadcast_shapes(*shapes))


def _from_exp(x: Array, coefficients: Coefficients, v: Array, y: Array) -> None:
    """Write e^p(x) − 1 to y where p(x), rounded to v, is large: there its digits after the point count."""
    large = v > 1
    if large.any():
        part = Polynomial(Quick(x[large]), coefficients)
        y[large] = part.exp(moderate=False).v - 1
