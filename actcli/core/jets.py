"""Jets: numbers that carry their first two Taylor coefficients, so that a definition yields its derivatives.

A jet a₀ + a₁t + a₂t² stands for a quantity at the point t = 0⁺: comparisons look at a₀ first, and at a₁ and
a₂ where a₀ ties. So a conditional in a definition takes the branch that holds just beside the point, and a
one-sided derivative at a kink needs no care.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """a₀ + a₁t + a₂t² over real numbers of any kind (here mpmath's)."""

    a0: Any
    a1: Any = 0
    a2: Any = 0

    def __add__(self, other: Any) -> Jet:
        b = lift(other)
        return Jet(self.a0 + b.a0, self.a1 + b.a1, self.a2 + b.a2)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.a0, -self.a1, -self.a2)

    def __sub__(self, other: Any) -> Jet:
        return self + -lift(other)

    def __rsub__(self, other: Any) -> Jet:
        return lift(other) + -self

    def __mul__(self, other: Any) -> Jet:
        b = lift(other)
        return Jet(
            self.a0 * b.a0,
            self.a0 * b.a1 + self.a1 * b.a0,
            self.a0 * b.a2 + self.a1 * b.a1 + self.a2 * b.a0,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Jet:
        b = lift(other)
        q0 = self.a0 / b.a0
        q1 = (self.a1 - q0 * b.a1) / b.a0
        return Jet(q0, q1, (self.a2 - q0 * b.a2 - q1 * b.a1) / b.a0)

    def __rtruediv__(self, other: Any) -> Jet:
        return lift(other) / self

    def __pow__(self, exponent: int) -> Jet:
        power = Jet(self.a0**0)
        for _ in range(exponent):
            power = power * self
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

    def _order(self, other: Any) -> int:
        rest = self.__sub__(other)
        first = next((a for a in (rest.a0, rest.a1, rest.a2) if a != 0), 0)
        return int(first > 0) - int(first < 0)


def lift(value: Any) -> Jet:
    """Return a number as a constant jet, and a jet as it is."""
    return value if isinstance(value, Jet) else Jet(value)


Derivatives = Callable[[Any, Any], tuple[Any, Any, Any]]
"""`(context, u) -> (g(u), g′(u), g″(u))` for a function g of mpmath."""


def _tanh(c: Any, u: Any) -> tuple[Any, Any, Any]:
    t, s = c.tanh(u), c.sech(u) ** 2
    return t, s, -2 * t * s


def _erf(c: Any, u: Any) -> tuple[Any, Any, Any]:
    slope = 2 / c.sqrt(c.pi) * c.exp(-u * u)
    return c.erf(u), slope, -2 * u * slope


def _erfc(c: Any, u: Any) -> tuple[Any, Any, Any]:
    _, slope, curvature = _erf(c, u)
    if u < _FAR:
        return c.erfc(u), -slope, -curvature
    term = total = c.mpf(1)  # mpmath's own gives up here; e^(−u²)/(u√π)·(1 − 1/2u² + 1·3/(2u²)² − …)
    for k in range(1, c.prec // 50 + 2):
        term *= -(2 * k - 1) / (2 * u * u)
        total += term
    return slope / (2 * u) * total, -slope, -curvature


_FAR = 1e9


def _sqrt(c: Any, u: Any) -> tuple[Any, Any, Any]:
    r = c.sqrt(u)
    return r, 1 / (2 * r), -1 / (4 * r * u)


_FUNCTIONS: dict[str, Derivatives] = {
    "exp": lambda c, u: (c.exp(u),) * 3,
    "log": lambda c, u: (c.log(u), 1 / u, -1 / u**2),
    "log1p": lambda c, u: (c.log1p(u), 1 / (1 + u), -1 / (1 + u) ** 2),
    "expm1": lambda c, u: (c.expm1(u), c.exp(u), c.exp(u)),
    "sqrt": _sqrt,
    "sin": lambda c, u: (c.sin(u), c.cos(u), -c.sin(u)),
    "cos": lambda c, u: (c.cos(u), -c.sin(u), -c.cos(u)),
    "atan": lambda c, u: (c.atan(u), 1 / (1 + u**2), -2 * u / (1 + u**2) ** 2),
    "sinh": lambda c, u: (c.sinh(u), c.cosh(u), c.sinh(u)),
    "cosh": lambda c, u: (c.cosh(u), c.sinh(u), c.cosh(u)),
    "tanh": _tanh,
    "asinh": lambda c, u: (c.asinh(u), 1 / c.sqrt(u**2 + 1), -u / c.sqrt(u**2 + 1) ** 3),
    "acosh": lambda c, u: (c.acosh(u), 1 / c.sqrt(u**2 - 1), -u / c.sqrt(u**2 - 1) ** 3),
    "atanh": lambda c, u: (c.atanh(u), 1 / (1 - u**2), 2 * u / (1 - u**2) ** 2),
    "erf": _erf,
    "erfc": _erfc,
}


@dataclass(frozen=True, slots=True)
class Jets:
    """mpmath's namespace over jets: what a definition is given as `m` to be differentiated."""

    context: Any

    def __getattr__(self, name: str) -> Any:
        plain = getattr(self.context, name)
        derivatives = _FUNCTIONS.get(name)
        if derivatives is None:
            return plain

        def apply(u: Any) -> Any:
            if not isinstance(u, Jet):
                return derivatives(self.context, u)[0] if name == "erfc" else plain(u)
            g, g1, g2 = derivatives(self.context, u.a0)
            return Jet(g, g1 * u.a1, g1 * u.a2 + g2 * u.a1 * u.a1 / 2)

        return apply
