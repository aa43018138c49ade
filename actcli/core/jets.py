"""Jets: numbers that carry their first two Taylor coefficients, so that a definition yields its derivatives.

A jet a₀ + a₁t + a₂t² stands for a quantity at the point t = 0⁺: comparisons look at a₀ first, and at a₁ and
a₂ where a₀ ties. So a conditional in a definition takes the branch that holds just beside the point, and a
one-sided derivative at a kink needs no care. The coefficients are exact or enclosed (`balls`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from flint import arb, ctx, fmpq, fmpz

from actcli.core import balls
from actcli.core.balls import (
    ALONE,
    Extreme,
    Offset,
    Real,
    UndecidedError,
    ball,
    over,
    plain,
    plus,
    real,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ALONE", "ONE", "ZERO", "Extreme", "Gradient", "Jet", "Namespace", "Offset", "UndecidedError",
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


def _rule(value: Callable[[Any], Real], slopes: Callable[[Real, Real], tuple[Real, Real]]) -> Any:
    """Return g over jets, from `value(u) = g(u)` and `slopes(u, g(u)) = (g′(u), g″(u))`."""
    takes_all = value in (balls.log, balls.sqrt, balls.cbrt, balls.gamma)

    def apply(x: Any) -> Jet:
        jet = lift(x)
        u = jet.a0
        g = value(u if takes_all or isinstance(u, Extreme) else ball(u))
        if isinstance(u, fmpq) and isinstance(g, arb) and g.is_exact() and g.is_finite():  # e⁰
            g = balls.exact(g)
        if jet.a1 is None:
            return Jet(g)
        g1, g2 = slopes(u if isinstance(u, (fmpq, Extreme)) else ball(u), g)
        return type(jet)(g, g1 * jet.a1, plus(g1 * jet.a2, g2 * jet.product(jet.a1, jet.a1) / 2))

    return staticmethod(apply)


def _inverse(v: Real, dv: Real) -> tuple[Real, Real]:
    """Return 1/v and its derivative −v′/v²."""
    return over(1, v), over(-dv, v * v)


def _inverse_root(v: Real, half: Real) -> tuple[Real, Real]:
    """Return 1/√v and its derivative −(v′/2)/(v√v)."""
    root = balls.sqrt(v)
    return over(1, root), over(-half, v * root)


def _negative(pair: tuple[Real, Real]) -> tuple[Real, Real]:
    return -pair[0], -pair[1]


def _bell(u: Real, sign: int) -> tuple[Real, Real]:
    """Return ±2/√π·e^(−u²) and its derivative."""
    slope = 2 * sign / arb.pi().sqrt() * balls.exp(-u * u)
    return slope, -2 * u * slope


def _normal(u: Real) -> tuple[Real, Real]:
    """Return φ(u) and its derivative −u·φ(u)."""
    slope = balls.normal_pdf(u)
    return slope, -u * slope


def _sech2(u: Real, t: Real) -> tuple[Real, Real]:
    """Return sech²u and its derivative −2·sech²u·tanh u."""
    sech = balls.sech(_raw(u))
    square = sech * sech
    return square, -2 * square * _raw(t)


def _logistic(u: Real) -> tuple[Real, Real]:
    """Return σ(u)·σ(−u) and its derivative −σ(u)·σ(−u)·tanh(u/2)."""
    slope = _raw(balls.logistic(_raw(u))) * _raw(balls.logistic(-_raw(u)))
    return slope, -slope * _raw(balls.tanh(_raw(u) / 2))


def _raw(u: Real) -> Real:
    """Return a number as balls' functions take it."""
    return u if isinstance(u, Extreme) else ball(u)


def _gamma(u: Real, g: Real) -> tuple[Real, Real]:
    """Return Γ·ψ and Γ·(ψ² + ψ′), the derivatives of Γ."""
    psi = balls.digamma(u)
    return g * psi, g * (psi * psi + balls.polygamma(1, u))


class Namespace:
    """The math namespace that a definition is given as `m`."""

    exp = _rule(balls.exp, lambda _, g: (g, g))
    expm1 = _rule(balls.expm1, lambda u, _: (balls.exp(u), balls.exp(u)))
    log = _rule(balls.log, lambda u, _: _inverse(u, 1))
    log1p = _rule(balls.log1p, lambda u, _: _inverse(plus(ONE, u), 1))
    sqrt = _rule(balls.sqrt, lambda u, g: (over(1, 2 * g), over(-1, 4 * g * u)))
    cbrt = _rule(balls.cbrt, lambda u, g: (over(1, 3 * g * g), over(-2, 9 * g * g * u)))
    sin = _rule(balls.sin, lambda u, g: (balls.cos(u), -g))
    cos = _rule(balls.cos, lambda u, g: (-balls.sin(u), -g))
    tan = _rule(balls.tan, lambda _, g: (1 + g * g, 2 * g * (1 + g * g)))
    asin = _rule(balls.asin, lambda u, _: _inverse_root((1 - u) * (1 + u), -u))
    acos = _rule(balls.acos, lambda u, _: _negative(_inverse_root((1 - u) * (1 + u), -u)))
    atan = _rule(balls.atan, lambda u, _: _inverse(1 + u * u, 2 * u))
    sinh = _rule(balls.sinh, lambda u, g: (balls.cosh(_raw(u)), g))
    cosh = _rule(balls.cosh, lambda u, g: (balls.sinh(_raw(u)), g))
    sech = _rule(balls.sech, lambda u, g: (-g * _raw(balls.tanh(_raw(u))), g * (1 - 2 * g * g)))
    tanh = _rule(balls.tanh, _sech2)
    asinh = _rule(balls.asinh, lambda u, _: _inverse_root(u * u + 1, u))
    acosh = _rule(balls.acosh, lambda u, _: _inverse_root((u - 1) * (u + 1), u))
    atanh = _rule(balls.atanh, lambda u, _: _inverse(1 - u * u, -2 * u))
    erf = _rule(balls.erf, lambda u, _: _bell(u, 1))
    erfc = _rule(balls.erfc, lambda u, _: _bell(u, -1))
    logistic = _rule(balls.logistic, lambda u, _: _logistic(u))
    softplus = _rule(balls.softplus, lambda u, _: (balls.logistic(_raw(u)), _logistic(u)[0]))
    normal_cdf = _rule(balls.normal_cdf, lambda u, _: _normal(u))
    normal_pdf = _rule(balls.normal_pdf, lambda u, g: (-u * g, (u * u - 1) * g))
    gamma = _rule(balls.gamma, lambda u, g: _gamma(u, g))
    digamma = _rule(balls.digamma, lambda u, _: (balls.polygamma(1, u), balls.polygamma(2, u)))
    trigamma = _rule(
        lambda u: balls.polygamma(1, u), lambda u, _: (balls.polygamma(2, u), balls.polygamma(3, u))
    )

    @staticmethod
    def constant(digits: str) -> Jet:
        """Return a number from its digits."""
        return Jet(real(digits))

    @property
    def pi(self) -> Jet:
        """π."""
        return Jet(arb.pi())
