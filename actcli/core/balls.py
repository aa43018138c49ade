"""Real numbers that are known exactly or enclosed: fractions, Arb balls, and a fraction with a tiny rest.

A number is an `fmpq` as long as it is rational, so that comparisons at kinks, and ties of rational formulas,
are decided exactly. A transcendental function gives an `arb`: a ball that contains the true value, of the
precision that `flint.ctx.prec` says. What saturates (tanh x = 1 − 2/(e^2x + 1)) is an `Offset`: no precision
tells tanh(1e30) from 1, but the sign of the rest tells on which side of 1 it lies. What lies beyond the
exponents of Arb (e^e^1000) is `Extreme`: a sign, and bounds on the logarithm.

python-flint's own comparisons answer False where a ball does not tell; `sign` raises.
"""

from __future__ import annotations

import math
from fractions import Fraction
from threading import Lock
from typing import Any

from flint import arb, ctx, fmpq

Real = Any
"""An `fmpq`, an `arb`, an `Offset` or an `Extreme`."""

APART = 2.0**-60
"""A ball smaller than that part of a fraction is kept apart from it: about where doubles stop to tell."""


ALONE = Lock()
"""Held while `ctx.prec`, which belongs to the whole process, is changed."""


class UndecidedError(ArithmeticError):
    """An enclosure is too wide, at this precision, to answer a question."""


class Offset:
    """q + r for a fraction q other than 0 and a ball r that is far smaller, or was when it came to be."""

    __slots__ = ("q", "r")

    def __init__(self, q: fmpq, r: Real) -> None:
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
        if isinstance(other, Extreme):
            return ball(self) * other
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


class Extreme:
    """±e^log, for a logarithm that is a ball, or `Extreme` itself: beyond all that Arb encloses well.

    Sums and products keep as much precision as their logarithms have: e^e^1000 − e^e^1001 has a sign.

    Attributes:
        sign: 1 or −1, or 0 for what lies between ±e^log, as differences that cancel do.
        log: ln |v|.
    """

    __slots__ = ("log", "sign")

    def __init__(self, sign: int, log: Real) -> None:
        self.sign = sign
        self.log = log

    @property
    def is_huge(self) -> bool:
        """Whether it is larger than e^SPAN."""
        return bool(
            self.log.sign > 0 and self.log.is_huge if isinstance(self.log, Extreme) else self.log > SPAN
        )

    @property
    def is_tiny(self) -> bool:
        """Whether it is smaller than e^−SPAN."""
        log = self.log
        return bool(log.sign < 0 and log.is_huge if isinstance(log, Extreme) else log < -SPAN)

    @property
    def height(self) -> int:
        """How many logarithms it takes to come to a ball."""
        return 1 + self.log.height if isinstance(self.log, Extreme) else 1

    def __float__(self) -> float:
        return self.sign * math.inf if self.is_huge else self.sign * 0.0 if self.is_tiny else math.nan

    def __neg__(self) -> Extreme:
        return Extreme(-self.sign, self.log)

    def __abs__(self) -> Extreme:
        return Extreme(1, self.log)

    def __gt__(self, other: float) -> bool:
        return self.sign > 0 if self.is_huge else float(other) < 0 or (other == 0 and self.sign > 0)

    def __lt__(self, other: float) -> bool:
        return -self > -other

    def __add__(self, other: Real) -> Real:
        if isinstance(other, Offset):
            return other + self
        if isinstance(other, Extreme):
            try:
                return self._plus(other)
            except UndecidedError:
                return ball(self) + ball(other)
        if other == 0:
            return self
        if self.is_tiny:
            return Offset(other, self) if isinstance(other, fmpq) else other + ball(self)
        most = ball(other).abs_upper()
        part = ball(_sized(most) / Extreme(1, self.log))
        if not part < arb((1, -ctx.prec)) and self.sign and not ball(other).contains(0):
            return self + _sized(other)
        if not part < 1:
            return ball(self) + ball(other)
        return scaled(self.sign, self.log + arb(0, part).log1p())

    __radd__ = __add__

    def _plus(self, other: Extreme) -> Real:
        """Return e^a ± e^b = e^a·(1 ± e^(b − a))."""
        if self.sign == other.sign:
            try:
                return scaled(self.sign, self.log + log1p(exp(other.log - self.log)))
            except UndecidedError:  # between the larger one and twice that
                return scaled(self.sign, _union(self.log, other.log) + arb(0.5, 0.5))
        difference = other.log - self.log
        try:
            side = sign(difference)
        except UndecidedError:
            part = abs(ball(difference)).expm1().abs_upper()
            if part < 1:
                return scaled(0, self.log + part.log())
            return scaled(0, _union(self.log, other.log))  # neither side of 0 goes beyond the larger one
        if side == 0 and self.sign * other.sign:
            return fmpq(0)
        large = other if side > 0 else self
        if self.sign * other.sign:
            return scaled(large.sign, large.log + log(-expm1(-side * difference)))
        if large.sign == 0:
            return scaled(0, large.log + arb(0.5, 0.5))
        return scaled(large.sign, large.log + arb(0, ball(exp(-side * difference))).log1p())

    def __sub__(self, other: Real) -> Real:
        return self + -other

    def __rsub__(self, other: Real) -> Real:
        return -self + other

    def __mul__(self, other: Real) -> Real:
        if not isinstance(other, Extreme):
            if not isinstance(other, Offset) and other == 0:
                return fmpq(0)
            if isinstance(other, arb) and other.contains(0):
                return scaled(0, self.log + other.abs_upper().log())
            other = _sized(other)
        return scaled(self.sign * other.sign, self.log + other.log)

    __rmul__ = __mul__

    def inverse(self) -> Extreme:
        """Return 1/v."""
        return Extreme(sign(self), -self.log)

    def __truediv__(self, other: Real) -> Real:
        return self * (other if isinstance(other, Extreme) else _sized(other)).inverse()

    def __rtruediv__(self, other: Real) -> Real:
        return self.inverse() * other


SPAN = 2.0**59
"""Beyond e^±SPAN numbers are `Extreme`. Arb itself gives up between e^±2^200 and e^±2^1000."""

NEARLY = 2.0**10
"""Up to e^±(NEARLY·SPAN) they may be balls all the same, beside balls that products have brought so far."""

HIGHEST = 4
"""Towers of exponentials that are higher are not told."""


def scaled(side: int, log: Real) -> Real:
    """Return ±e^log, as a ball if it is one that Arb encloses well.

    Raises:
        UndecidedError: a ball cannot tell it from 0 or ∞.
    """
    if isinstance(log, Extreme):
        if log.is_huge and log.sign:
            number = Extreme(side, log)
            if number.height > HIGHEST:
                raise UndecidedError
            return number
        log = ball(log)
    if isinstance(log, Offset):
        log = ball(log)
    if abs(log) < 2 * SPAN:
        return side * log.exp() if side else arb(0, log.exp())
    if not abs(log) > SPAN:
        raise UndecidedError
    return Extreme(side, log)


def _union(a: Real, b: Real) -> Real:
    """Return an enclosure of both of two logarithms."""
    if isinstance(a, Extreme) and isinstance(b, Extreme) and a.sign == b.sign:
        return Extreme(a.sign, _union(a.log, b.log))
    return ball(a).union(ball(b))


def _sized(value: Real) -> Extreme:
    """Return a ball other than 0 as ±e^log.

    Raises:
        UndecidedError: it may be 0.
    """
    enclosed = ball(value)
    if not enclosed.is_finite():
        raise UndecidedError
    return Extreme(sign(value), abs(enclosed).log())


def offset(q: fmpq, r: Real) -> Real:
    """Return q + r, as a ball where q is 0."""
    return Offset(q, r) if q else r


def real(value: float | str | Fraction) -> Real:
    """Return a number as the fraction that it is: a float means itself, a string its digits."""
    if isinstance(value, float):
        return fmpq(*value.as_integer_ratio()) if math.isfinite(value) else arb(value)
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def ball(value: Real) -> arb:
    """Return a ball that contains a number.

    Raises:
        UndecidedError: it is beyond what balls enclose.
    """
    if isinstance(value, Offset):
        return value.q + ball(value.r)
    if isinstance(value, Extreme):
        log = value.log
        if isinstance(log, arb) and abs(log) < NEARLY * SPAN:
            return value.sign * log.exp() if value.sign else arb(0, log.exp())
        if not value.is_tiny:
            raise UndecidedError
        half = arb((1, -int(SPAN)))
        return arb(value.sign * half, half * (1 if value.sign else 2))
    return value if isinstance(value, arb) else arb(value)


def sign(value: Real) -> int:
    """Return −1, 0 or 1.

    Raises:
        UndecidedError: the ball contains 0 and something else.
    """
    if isinstance(value, fmpq):
        return int(value.p > 0) - int(value.p < 0)
    if isinstance(value, Extreme) and value.sign:
        return value.sign
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
            return exact(value) if value.is_finite() else float(value)
        if not value.is_finite():
            raise UndecidedError
    return value


def exact(value: arb) -> Real:
    """Return a ball of no width as a fraction, if that has no more than `EXACT_BITS` bits."""
    return value.fmpq() if abs(int(value.man_exp()[1])) < EXACT_BITS else value


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
    if not isinstance(b, (Offset, Extreme)) and b == 0:
        raise ZeroDivisionError
    return a / b


# Functions of numbers of any kind. Those that saturate, or whose enclosures Arb lets grow wide at the ends of
# its exponents, are put together from others there.

SATURATED = {"exp": 42.0, "tanh": 21.0, "erf": 6.5}
"""Beyond ±these e^−|u|, tanh u and erf u are whole numbers to 2⁻⁶⁰."""

FAR = 2.0**30
"""Beyond, 60 bits more of erfc come from every term of its asymptotic series."""


def exp(x: Real) -> Real:
    """Return e^x."""
    if isinstance(x, Extreme) and x.is_tiny:
        return Offset(fmpq(1), _about(x))
    return scaled(1, x if isinstance(x, Extreme) else ball(x))


def tanh(x: Real) -> Real:
    """Return tanh x = ±(1 − 2/(e^2|x| + 1))."""
    if side := _beyond(x, SATURATED["tanh"]):
        e = exp(-2 * side * x)
        return Offset(fmpq(side), -2 * side * e / (1 + e))
    return _about_zero(x) if _is_minute(x) else ball(x).tanh()


def _beyond(x: Real, limit: float) -> int:
    """Return ±1 if all of a number lies beyond ±limit, 0 otherwise."""
    return int(x > limit) - int(x < -limit)


def sech(x: Real) -> Real:
    """Return 1/cosh x."""
    if _beyond(x, SATURATED["tanh"]):
        e = exp(-abs(x))
        return 2 * e / (1 + e * e)
    return ball(x).sech()


def sinh(x: Real) -> Real:
    """Return sinh x."""
    if _is_minute(x):
        return _about_zero(x)
    if side := _beyond(x, SATURATED["tanh"]):
        e = exp(side * x)
        return side * (e - 1 / e) / 2
    return ball(x).sinh()


def cosh(x: Real) -> Real:
    """Return cosh x."""
    if side := _beyond(x, SATURATED["tanh"]):
        e = exp(side * x)
        return (e + 1 / e) / 2
    return ball(x).cosh()


def expm1(x: Real) -> Real:
    """Return e^x − 1."""
    if x < -SATURATED["exp"]:
        return Offset(fmpq(-1), exp(x))
    if _is_minute(x):
        return _about_zero(x)
    return exp(x) - 1 if x > SATURATED["exp"] else ball(x).expm1()


def logistic(x: Real) -> Real:
    """Return 1/(1 + e^−x)."""
    return over(1, plus(fmpq(1), exp(-x)))


def softplus(x: Real) -> Real:
    """Return ln(1 + e^x)."""
    return plus(x, log1p(exp(-x))) if x > 0 else log1p(exp(x))


def erf(x: Real) -> Real:
    """Return erf x = ±(1 − erfc |x|)."""
    if side := _beyond(x, SATURATED["erf"]):
        return Offset(fmpq(side), -side * erfc(side * x))
    if isinstance(x, Extreme) and _is_minute(x):
        return x * (2 / arb.pi().sqrt())
    return ball(x).erf()


def erfc(x: Real) -> Real:
    """Return erfc x = 2 − erfc −x, far out e^(−x²)/(x√π)·(1 − 1/2x² + 1·3/(2x²)² − …).

    The error of that series is less than the first term that is left out.
    """
    if x < -SATURATED["erf"]:
        return Offset(fmpq(2), -erfc(-x))
    if not x > FAR:
        return ball(x).erfc()
    if isinstance(x, Extreme):
        return exp(-x * x) / x / arb.pi().sqrt() * arb(1, TINY)
    term, total, square = arb(1), arb(0), 2 * x * x
    for k in range(ctx.prec // 60 + 2):
        total += term
        term *= -(2 * k + 1) / square
    return exp(-x * x) / (x * arb.pi().sqrt()) * (total + arb(0, abs(term)))


def normal_cdf(x: Real) -> Real:
    """Return Φ(x) = erfc(−x/√2)/2."""
    return erfc(-x / arb(2).sqrt()) / 2


def normal_pdf(x: Real) -> Real:
    """Return φ(x) = e^(−x²/2)/√(2π)."""
    return exp(-x * x / 2) / (2 * arb.pi()).sqrt()


def log(u: Real) -> Real:
    """Return ln u, −∞ at 0."""
    if isinstance(u, Offset) and u.q == 1:
        return log1p(u.r)
    if isinstance(u, Extreme):
        return u.log if u.sign > 0 else arb.nan()
    x = ball(u)
    return arb.neg_inf() if x == 0 else x.log()


def log1p(u: Real) -> Real:
    """Return ln(1 + u)."""
    if isinstance(u, Extreme):
        return log(u) if u.is_huge else _about(u)
    return ball(u).log1p()


def sqrt(u: Real) -> Real:
    """Return √u."""
    if isinstance(u, Extreme):
        return scaled(sign(u), u.log / 2)
    if isinstance(u, fmpq) and u >= 0:
        p, q = math.isqrt(int(u.p)), math.isqrt(int(u.q))
        if p * p == u.p and q * q == u.q:
            return fmpq(p, q)
    return ball(u).sqrt()


def cbrt(u: Real) -> Real:
    """Return ∛u, with the sign of u."""
    if isinstance(u, Extreme):
        return scaled(sign(u), u.log / 3)
    if isinstance(u, fmpq):
        if not u:  # arb has no root of 0
            return fmpq(0)
        p, q = (arb(part).root(3).unique_fmpz() for part in (abs(u.p), u.q))
        if p is not None and q is not None and p**3 == abs(u.p) and q**3 == u.q:
            return fmpq(p if u.p > 0 else -p, q)
    x = ball(u)
    if x > 0:
        return x.root(3)
    return -(-x).root(3) if x < 0 else _root_of(x.lower()).union(_root_of(x.upper()))


def _root_of(end: arb) -> arb:
    return end.root(3) if end > 0 else -(-end).root(3) if end < 0 else end


def sin(x: Real) -> Real:
    """Return sin x."""
    return _about_zero(x) if isinstance(x, Extreme) and _is_minute(x) else _wave(x).sin()


def cos(x: Real) -> Real:
    """Return cos x."""
    return _wave(x).cos()


def tan(x: Real) -> Real:
    """Return tan x."""
    return _about_zero(x) if isinstance(x, Extreme) and _is_minute(x) else _wave(x).tan()


def _wave(x: Real) -> arb:
    """Return the argument of a periodic function; of one beyond Arb nothing is known."""
    return arb(0, arb.pos_inf()) if isinstance(x, Extreme) and x.is_huge else ball(x)


def asin(x: Real) -> Real:
    """Return arcsin x."""
    return _about_zero(x) if isinstance(x, Extreme) else ball(x).asin()


def acos(x: Real) -> Real:
    """Return arccos x."""
    return ball(x).acos()


def atan(x: Real) -> Real:
    """Return arctan x = ±π/2 − arctan 1/x."""
    if isinstance(x, Extreme):
        return _about_zero(x) if x.is_tiny else sign(x) * arb.pi() / 2 - ball(1 / x)
    return ball(x).atan()


def asinh(x: Real) -> Real:
    """Return arsinh x, far out ±ln 2|x|."""
    if isinstance(x, Extreme):
        return _about_zero(x) if x.is_tiny else sign(x) * log(2 * abs(x))
    return ball(x).asinh()


def acosh(x: Real) -> Real:
    """Return arcosh x, far out ln 2x."""
    return log(2 * x) if isinstance(x, Extreme) and x.is_huge else ball(x).acosh()


def atanh(x: Real) -> Real:
    """Return artanh x, ±∞ at ±1."""
    if isinstance(x, Extreme):
        return _about_zero(x)
    u = ball(x)
    return u * arb.pos_inf() if abs(u) == 1 else u.atanh()


def gamma(x: Real) -> Real:
    """Return Γ(x); far out e^(x·(ln x − 1)·(1 + δ)) with a tiny δ."""
    if isinstance(x, Extreme):
        if x.is_tiny:
            return _about(1 / x)
        if x.sign <= 0:
            raise UndecidedError
        return scaled(1, x * (log(x) - 1) * arb(1, TINY))
    u = ball(x)
    if u > SPAN:
        return scaled(1, u.lgamma())
    value = u.gamma()
    return exact(value) if isinstance(x, fmpq) and value.is_exact() else value


def digamma(x: Real) -> Real:
    """Return Γ′(x)/Γ(x)."""
    if isinstance(x, Extreme):
        return _about(-1 / x) if x.is_tiny else log(x)
    return ball(x).digamma()


def polygamma(order: int, x: Real) -> Real:
    """Return the derivative of digamma of order 1, 2 or 3: ±n!·ζ(n + 1, x), left of 0 by reflection."""
    side = 1 if order % 2 else -1
    if isinstance(x, Extreme):
        scale = side * math.factorial(order if x.is_tiny else order - 1)
        return power(1 / x, fmpq(order + 1 if x.is_tiny else order)) * (scale * arb(1, TINY))
    u = ball(x)
    if u > 0:
        return side * math.factorial(order) * arb(order + 1).zeta(u)
    pi, cot, csc = arb.pi(), u.cot_pi(), 1 / u.sin_pi()
    pole = (csc**2, 2 * cot * csc**2, 2 * csc**4 + 4 * (cot * csc) ** 2)[order - 1]  # of −π·cot πx
    return side * (pi ** (order + 1) * pole - polygamma(order, 1 - u))


def power(base: Real, exponent: Real) -> Real:
    """Return base^exponent for a base above 0, or any base and an exponent that is a whole `fmpq`."""
    if isinstance(exponent, fmpq) and exponent.q == 1:
        n = int(exponent.p)
        if isinstance(base, fmpq) and abs(n) * base.height_bits() <= EXACT_BITS:
            return base**n
        if isinstance(base, Extreme):
            return scaled(sign(base) if n % 2 else abs(base.sign), base.log * exponent)
        if abs(n) < 1 << 60 and not isinstance(base, Offset):
            return ball(base) ** n
        side = sign(base)
        return exp(exponent * log(side * base)) * (side if n % 2 else 1)
    return exp(exponent * log(base))


EXACT_BITS = 1 << 14
"""Larger powers, and fractions in general, are enclosed."""


def _is_minute(x: Real) -> bool:
    """Return whether sinh x, tanh x and e^x − 1 are x to the last bit, and Arb tells less of them."""
    if isinstance(x, Extreme):
        return x.is_tiny
    return abs(float(ball(x))) < MINUTE and abs(ball(x)) < arb((1, -ctx.prec))


def _about_zero(x: Real) -> Real:
    """Return sinh x, tanh x or e^x − 1 for a minute x: they are x·(1 + ξ) with |ξ| < |x|."""
    return _about(x) if isinstance(x, Extreme) else ball(x) * (1 + arb(0, abs(ball(x))))


def _about(x: Extreme) -> Extreme:
    """Return what is an extreme number to all precision that matters."""
    return Extreme(x.sign, x.log + arb(0, TINY))


MINUTE = 1e-300
TINY = arb((1, -(1 << 17)))
"""A bound on the relative error of what functions are at `Extreme` numbers, which are e^±2^59 at least."""
