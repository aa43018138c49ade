"""Jets: numbers that carry their first two Taylor coefficients, so that a definition yields its derivatives.

A jet a₀ + a₁t + a₂t² stands for a quantity at the point t = 0⁺: comparisons look at a₀ first, and at a₁ and
a₂ where a₀ ties. So a conditional in a definition takes the branch that holds just beside the point, and a
one-sided derivative at a kink needs no care. The coefficients are exact or enclosed (`balls`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from flint import arb, ctx, fmpq, fmpz

from actcli.core import balls
from actcli.core.balls import Offset, Real, UndecidedError, ball, over, plain, plus, real, sign

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ONE", "ZERO", "Gradient", "Jet", "Namespace", "Offset", "UndecidedError",
    "arb", "ball", "ctx", "fmpq", "fmpz", "lift", "plain", "real", "sign",
]  # fmt: skip

ONE, ZERO = fmpq(1), fmpq(0)


class Jet:
    """a₀ + a₁t + a₂t², or the constant a₀ where a₁ and a₂ are None."""

    __slots__ = ("a0", "a1", "a2")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, a0: Real, a1: Real = None, a2: Real = None) -> None:
        self.a0 = a0
        self.a1 = a1
        self.a2 = a2

    @staticmethod
    def product(a1: Real, b1: Real) -> Real:
        """Return what the product of two coefficients of t adds to that of t²."""
        return a1 * b1

    def coefficient(self, k: int) -> Real:
        """Return a₀, a₁ or a₂."""
        return self.a0 if k == 0 else ZERO if self.a1 is None else self.a1 if k == 1 else self.a2

    def __add__(self, other: Any) -> Jet:
        b = lift(other)
        if b.a1 is None:
            return type(self)(plus(self.a0, b.a0), self.a1, self.a2)
        if self.a1 is None:
            return type(b)(plus(self.a0, b.a0), b.a1, b.a2)
        return type(self)(plus(self.a0, b.a0), plus(self.a1, b.a1), plus(self.a2, b.a2))

    __radd__ = __add__

    def __neg__(self) -> Self:
        return type(self)(-self.a0, *(() if self.a1 is None else (-self.a1, -self.a2)))

    def __sub__(self, other: Any) -> Jet:
        return self + -lift(other)

    def __rsub__(self, other: Any) -> Jet:
        return lift(other) + -self

    def __mul__(self, other: Any) -> Jet:
        b = lift(other)
        if b.a1 is None or self.a1 is None:
            return self._times(b.a0) if b.a1 is None else b._times(self.a0)
        return type(self)(
            self.a0 * b.a0,
            plus(self.a0 * b.a1, self.a1 * b.a0),
            plus(plus(self.a0 * b.a2, self.product(self.a1, b.a1)), self.a2 * b.a0),
        )

    __rmul__ = __mul__

    def _times(self, c: Real) -> Self:
        return type(self)(self.a0 * c, *(() if self.a1 is None else (self.a1 * c, self.a2 * c)))

    def __truediv__(self, other: Any) -> Jet:
        b = lift(other)
        q0 = over(self.a0, b.a0)
        if b.a1 is None:
            rest = () if self.a1 is None else (self.a1 / b.a0, self.a2 / b.a0)
            return type(self)(q0, *rest)
        a1, a2 = self.coefficient(1), self.coefficient(2)
        q1 = plus(a1, -q0 * b.a1) / b.a0
        return type(b)(q0, q1, plus(plus(a2, -q0 * b.a2), -b.product(q1, b.a1)) / b.a0)

    def __rtruediv__(self, other: Any) -> Jet:
        return lift(other) / self

    def __pow__(self, exponent: int) -> Jet:
        """Return the power to a whole number that is not negative, by squaring."""
        power, square = Jet(ONE), self * Jet(ONE if exponent <= EXACT_POWERS else arb(1))
        while exponent:
            if exponent & 1:
                power = power * square
            exponent >>= 1
            if exponent:
                square = square * square
        return power

    def __abs__(self) -> Jet:
        return -self if self < 0 else self

    def __lt__(self, other: Any) -> bool:
        return self._order(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._order(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._order(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._order(other) >= 0

    def __eq__(self, other: object) -> bool:
        return self._order(other) == 0

    def __int__(self) -> int:
        return int(self.a0)

    def _order(self, other: Any) -> int:
        rest = self - other
        return next((s for k in range(3) if (s := sign(rest.coefficient(k)))), 0)


class Gradient(Jet):
    """a₀ + a₁t + a₂ε with t² = tε = ε² = 0: the argument moves by t, a parameter by ε, which is far smaller.

    So the argument decides what ties, and a₂ is the derivative by the parameter.
    """

    __slots__ = ()

    @staticmethod
    def product(a1: Real, b1: Real) -> Real:  # noqa: ARG004
        """Return 0."""
        return ZERO


EXACT_POWERS = 64
"""Beyond, powers are enclosed: those of a double have 53 bits more at every step."""


def lift(value: Any) -> Jet:
    """Return a number as a constant jet, and a jet as it is."""
    if isinstance(value, Jet):
        return value
    return Jet(real(value) if isinstance(value, (int, float)) else value)


def _rule(value: Callable[[arb], Real], slopes: Callable[[Real, Real], tuple[Real, Real]]) -> Any:
    """Return g over jets, from `value(u) = g(u)` and `slopes(u, g(u)) = (g′(u), g″(u))`."""

    def apply(x: Any) -> Jet:
        jet = lift(x)
        u = jet.a0
        g = value(u if value is balls.log else ball(u))
        if isinstance(u, fmpq) and isinstance(g, arb) and g.is_exact() and g.is_finite():  # e⁰, √4
            g = g.fmpq()
        if jet.a1 is None:
            return Jet(g)
        g1, g2 = slopes(u if isinstance(u, fmpq) else ball(u), g)
        return type(jet)(g, g1 * jet.a1, plus(g1 * jet.a2, g2 * jet.product(jet.a1, jet.a1) / 2))

    return staticmethod(apply)


def _inverse(v: Real, dv: Real) -> tuple[Real, Real]:
    """Return 1/v and its derivative −v′/v²."""
    return over(1, v), over(-dv, v * v)


def _inverse_root(v: Real, half: Real) -> tuple[Real, Real]:
    """Return 1/√v and its derivative −(v′/2)/(v√v)."""
    root = ball(v).sqrt()
    return over(1, root), over(-half, v * root)


def _bell(u: Real, sign: int) -> tuple[Real, Real]:
    """Return ±2/√π·e^(−u²) and its derivative."""
    slope = 2 * sign / arb.pi().sqrt() * ball(-u * u).exp()
    return slope, -2 * u * slope


def _sech2(u: Real, t: Real) -> tuple[Real, Real]:
    """Return sech²u and its derivative −2·sech²u·tanh u."""
    sech = balls.sech(ball(u))
    square = sech * sech
    return square, -2 * square * ball(t)


class Namespace:
    """The math namespace that a definition is given as `m`."""

    exp = _rule(arb.exp, lambda _, g: (g, g))
    expm1 = _rule(balls.expm1, lambda u, _: (ball(u).exp(), ball(u).exp()))
    log = _rule(balls.log, lambda u, _: _inverse(u, 1))
    log1p = _rule(arb.log1p, lambda u, _: _inverse(plus(ONE, u), 1))
    sqrt = _rule(arb.sqrt, lambda u, g: (over(1, 2 * g), over(-1, 4 * g * u)))
    sin = _rule(arb.sin, lambda u, g: (ball(u).cos(), -g))
    cos = _rule(arb.cos, lambda u, g: (-ball(u).sin(), -g))
    atan = _rule(arb.atan, lambda u, _: _inverse(1 + u * u, 2 * u))
    sinh = _rule(balls.sinh, lambda u, g: (ball(u).cosh(), g))
    cosh = _rule(arb.cosh, lambda u, g: (balls.sinh(ball(u)), g))
    tanh = _rule(balls.tanh, _sech2)
    asinh = _rule(arb.asinh, lambda u, _: _inverse_root(u * u + 1, u))
    acosh = _rule(arb.acosh, lambda u, _: _inverse_root(u * u - 1, u))
    atanh = _rule(balls.atanh, lambda u, _: _inverse(1 - u * u, -2 * u))
    erf = _rule(balls.erf, lambda u, _: _bell(u, 1))
    erfc = _rule(balls.erfc, lambda u, _: _bell(u, -1))

    @staticmethod
    def constant(digits: str) -> Jet:
        """Return a number from its digits."""
        return Jet(real(digits))

    @property
    def pi(self) -> Jet:
        """π."""
        return Jet(arb.pi())
