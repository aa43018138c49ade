"""Real numbers that are known exactly or enclosed: fractions, Arb balls, and a fraction with a tiny rest.

A number is an `fmpq` as long as it is rational, so that comparisons at kinks, and ties of rational formulas,
are decided exactly. A transcendental function gives an `arb`: a ball that contains the true value, of the
precision that `flint.ctx.prec` says. What saturates (tanh x = 1 − 2/(e^2x + 1)) is an `Offset`: no precision
tells tanh(1e30) from 1, but the sign of the rest tells on which side of 1 it lies.

python-flint's own comparisons answer False where a ball does not tell; `sign` raises.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

Real = Any
"""An `fmpq`, an `arb` or an `Offset`."""

APART = 2.0**-60
"""A ball smaller than that part of a fraction is kept apart from it: about where doubles stop to tell."""


class UndecidedError(ArithmeticError):
    """An enclosure is too wide, at this precision, to answer a question."""


class Offset:
    """q + r for a fraction q other than 0 and a ball r that is far smaller, or was when it came to be."""

    __slots__ = ("q", "r")

    def __init__(self, q: fmpq, r: arb) -> None:
        self.q = q
        self.r = r

    def __add__(self, other: Real) -> Real:
        if isinstance(other, Offset):
            return offset(self.q + other.q, self.r + other.r)
        if isinstance(other, (fmpq, int)):
            return offset(self.q + other, self.r)
        return Offset(self.q, self.r + other)

    __radd__ = __add__

    def __neg__(self) -> Offset:
        return Offset(-self.q, -self.r)

    def __sub__(self, other: Real) -> Real:
        return self + -other

    def __rsub__(self, other: Real) -> Real:
        return -self + other

    def __mul__(self, other: Real) -> Real:
        if isinstance(other, Offset):
            return Offset(self.q * other.q, self.q * other.r + self.r * other.q + self.r * other.r)
        if isinstance(other, (fmpq, int)):
            return Offset(self.q * other, self.r * other) if other else other
        return ball(self) * other

    __rmul__ = __mul__

    def inverse(self) -> Offset:
        """Return 1/(q + r) = 1/q − r/(q·(q + r))."""
        return Offset(1 / self.q, -self.r / (self.q * ball(self)))

    def __truediv__(self, other: Real) -> Real:
        return self * (other.inverse() if isinstance(other, Offset) else 1 / other)

    def __rtruediv__(self, other: Real) -> Real:
        return self.inverse() * other


def offset(q: fmpq, r: arb) -> Real:
    """Return q + r, as a ball where q is 0."""
    return Offset(q, r) if q else r


def real(value: float | str | Fraction) -> Real:
    """Return a number as the fraction that it is: a float means itself, a string its digits."""
    if isinstance(value, float):
        return fmpq(*value.as_integer_ratio()) if math.isfinite(value) else arb(value)
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def ball(value: Real) -> arb:
    """Return a ball that contains a number."""
    if isinstance(value, Offset):
        return value.q + value.r
    return value if isinstance(value, arb) else arb(value)


def sign(value: Real) -> int:
    """Return −1, 0 or 1.

    Raises:
        UndecidedError: the ball contains 0 and something else.
    """
    if isinstance(value, fmpq):
        return int(value.p > 0) - int(value.p < 0)
    enclosed = ball(value)
    if enclosed > 0:
        return 1
    if enclosed < 0:
        return -1
    if enclosed == 0:
        return 0
    raise UndecidedError


def plain(value: Real) -> Real | float:
    """Return a number with balls of no width as the fractions, or infinities, that they are.

    Raises:
        UndecidedError: the ball may be anything.
    """
    if isinstance(value, arb):
        if value.is_exact() and not value.is_nan():
            return value.fmpq() if value.is_finite() else float(value)
        if not value.is_finite():
            raise UndecidedError
    return value


def plus(a: Real, b: Real) -> Real:
    """Return a + b; what is tiny beside a fraction stays apart from it."""
    q, r = (a, b) if isinstance(a, fmpq) else (b, a)
    if isinstance(q, fmpq) and isinstance(r, arb) and abs(float(r)) < APART * abs(float(arb(q))):
        return Offset(q, r)
    return a + b


def over(a: Real, b: Real) -> Real:
    """Return a/b.

    Raises:
        ZeroDivisionError: b is 0, not just a ball that contains it.
    """
    if not isinstance(b, Offset) and b == 0:
        raise ZeroDivisionError
    return a / b


# Functions that saturate, or whose enclosures Arb lets grow wide at the ends of its exponents.

SATURATED = {"exp": 42.0, "tanh": 21.0, "erf": 6.5}
"""Beyond ±these e^−|u|, tanh u and erf u are whole numbers to 2⁻⁶⁰."""

FAR = 2.0**30
"""Beyond, 60 bits more of erfc come from every term of its asymptotic series."""


def tanh(x: arb) -> Real:
    """Return tanh x = ±(1 − 2/(e^2|x| + 1))."""
    if side := _beyond(x, SATURATED["tanh"]):
        e = (-2 * side * x).exp()
        return Offset(fmpq(side), -2 * side * e / (1 + e))
    return _about_zero(x) if _is_minute(x) else x.tanh()


def _beyond(x: arb, limit: float) -> int:
    """Return ±1 if all of a ball lies beyond ±limit, 0 otherwise."""
    return int(x > limit) - int(x < -limit)


def sech(x: arb) -> arb:
    """Return 1/cosh x."""
    if abs(float(x)) > SATURATED["tanh"]:
        e = (-abs(x)).exp()
        return 2 * e / (1 + e * e)
    return x.sech()


def sinh(x: arb) -> arb:
    """Return sinh x."""
    return _about_zero(x) if _is_minute(x) else x.sinh()


def expm1(x: arb) -> Real:
    """Return e^x − 1."""
    if float(x) < -SATURATED["exp"]:
        return Offset(fmpq(-1), x.exp())
    return _about_zero(x) if _is_minute(x) else x.expm1()


def erf(x: arb) -> Real:
    """Return erf x = ±(1 − erfc |x|)."""
    if side := _beyond(x, SATURATED["erf"]):
        return Offset(fmpq(side), -side * erfc(side * x))
    return x.erf()


def erfc(x: arb) -> Real:
    """Return erfc x = 2 − erfc −x, far out e^(−x²)/(x√π)·(1 − 1/2x² + 1·3/(2x²)² − …).

    The error of that series is less than the first term that is left out.
    """
    if float(x) < -SATURATED["erf"]:
        return Offset(fmpq(2), -erfc(-x))
    if not x > FAR:
        return x.erfc()
    term, total, square = arb(1), arb(0), 2 * x * x
    for k in range(ctx.prec // 60 + 2):
        total += term
        term *= -(2 * k + 1) / square
    return (-x * x).exp() / (x * arb.pi().sqrt()) * (total + arb(0, abs(term)))


def log(u: Real) -> arb:
    """Return ln u, −∞ at 0."""
    if isinstance(u, Offset) and u.q == 1:
        return u.r.log1p()
    x = ball(u)
    return arb.neg_inf() if x == 0 else x.log()


def atanh(x: arb) -> arb:
    """Return artanh x, ±∞ at ±1."""
    return x * arb.pos_inf() if abs(x) == 1 else x.atanh()


def _is_minute(x: arb) -> bool:
    """Return whether sinh x, tanh x and e^x − 1 are x to the last bit, and Arb tells less of them."""
    return abs(float(x)) < MINUTE and abs(x) < arb((1, -ctx.prec))


def _about_zero(x: arb) -> arb:
    """Return sinh x, tanh x or e^x − 1 for a minute x: they are x·(1 + ξ) with |ξ| < |x|."""
    return x * (1 + arb(0, abs(x)))


MINUTE = 1e-300
