"""The arithmetic of ties: one number at a time, to so many digits that no doubt remains.

A narrow format has halfway points that a result may come closer to than a pair can tell: x·σ(x) = x/2 + x²/4
at x = 10⁻⁴⁰. There the same formula runs in decimal numbers. Far beyond, e^x stands for all that is as large:
which side of the halfway point the result lies on does not depend on how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, getcontext, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.numerics import composed
from actcli.core.spec import Side

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

FEW, MANY = 240, 1200
"""Digits for the first attempt, enough next to 0, and for the second, enough in the tails."""

FAR = 2000
"""1200 digits tell 1 + e^−2000 from 1; what is farther off is taken as this far."""

Decimals = Context(prec=FEW, Emax=10**15, Emin=-(10**15))


class Real:
    """A number to as many digits as the decimal context has; floats are taken as exact."""

    __slots__ = ("d",)

    def __init__(self, d: Decimal) -> None:
        self.d = d

    def __add__(self, other: Any) -> Real:
        return Real(self.d + real(other).d)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Real:
        return Real(self.d - real(other).d)

    def __rsub__(self, other: Any) -> Real:
        return Real(real(other).d - self.d)

    def __mul__(self, other: Any) -> Real:
        return Real(self.d * real(other).d)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Real:
        return Real(self.d / real(other).d)

    def __rtruediv__(self, other: Any) -> Real:
        return Real(real(other).d / self.d)

    def __neg__(self) -> Real:
        return Real(-self.d)

    def __abs__(self) -> Real:
        return Real(abs(self.d))


def real(x: Any) -> Real:
    """Return a number as a `Real`."""
    if isinstance(x, Real):
        return x
    if isinstance(x, Fraction):
        return Real(Decimal(x.numerator) / x.denominator)
    return Real(Decimal(x))


@dataclass(frozen=True, slots=True)
class Digits:
    """The functions of decimal numbers that formulas need where their results come close to a tie."""

    side: Side = Side.RIGHT

    def constant(self, digits: str | Decimal | Fraction) -> Real:
        return real(digits if isinstance(digits, Decimal) else Fraction(digits))

    def number(self, x: Any) -> Real:
        return real(x)

    def above(self, x: Any, point: Any) -> bool:
        difference = real(x).d - real(point).d
        return difference >= 0 if self.side is Side.RIGHT else difference > 0

    def where(self, mask: bool, yes: Any, no: Any) -> Real:
        return real(yes if mask else no)

    def maximum(self, a: Any, b: Any) -> Real:
        return Real(max(real(a).d, real(b).d))

    def minimum(self, a: Any, b: Any) -> Real:
        return Real(min(real(a).d, real(b).d))

    def signed(self, size: Real, like: Real) -> Real:
        return Real(size.d.copy_sign(like.d))

    def wide(self, x: Any) -> Real:
        return real(x)

    def flat_left(self, x: Any) -> Real:
        return real(x)

    def minus(self, x: Any, constant: str | Decimal | Fraction) -> Real:
        return real(x) - self.constant(constant)

    def near(self, name: str, x: Any, value: Any, scale: float | Fraction = 1.0) -> Any:  # noqa: ARG002
        return value

    def sqrt(self, x: Any) -> Real:
        return Real(real(x).d.sqrt())

    def exp(self, x: Any) -> Real:
        return Real(max(min(real(x).d, Decimal(FAR)), Decimal(-FAR)).exp())

    def expm1(self, x: Any) -> Real:
        with _finer(real(x).d):
            return self.exp(x) - 1

    def log(self, x: Any) -> Real:
        return Real(real(x).d.ln())

    def log1p(self, x: Any) -> Real:
        with _finer(real(x).d):
            return Real((1 + real(x).d).ln())

    def sin(self, x: Any) -> Real:
        return _series(real(x).d, lambda n, square: -square / ((2 * n) * (2 * n + 1)))

    def cos(self, x: Any) -> Real:
        half = self.sin(real(x) * 0.5)
        return 1 - half * half * 2

    def sinh(self, x: Any) -> Real:
        with _finer(real(x).d):
            return (self.exp(x) - self.exp(-real(x))) * 0.5

    def cosh(self, x: Any) -> Real:
        return (self.exp(x) + self.exp(-real(x))) * 0.5

    def tanh(self, x: Any) -> Real:
        return composed.tanh(self, real(x))  # type: ignore[no-any-return]

    def arctan(self, x: Any) -> Real:
        return _series(real(x).d, lambda n, square: -square * (2 * n - 1) / (2 * n + 1))

    def arcsinh(self, x: Any) -> Real:
        return composed.arcsinh(self, real(x))  # type: ignore[no-any-return]

    def arccosh(self, x: Any) -> Real:
        return composed.arccosh(self, real(x))  # type: ignore[no-any-return]

    def arctanh(self, x: Any) -> Real:
        return composed.arctanh(self, real(x))  # type: ignore[no-any-return]

    def erf(self, x: Any) -> Real:
        integral = _series(real(x).d, lambda n, square: -square * (2 * n - 1) / (n * (2 * n + 1)))
        return integral * 2 / self._root_pi()

    def tanh_rest(self, x: Any) -> Real:
        return composed.tanh_rest(self, real(x))  # type: ignore[no-any-return]

    def logistic(self, x: Any) -> tuple[Real, Real]:
        return composed.logistic(self, real(x))

    def softplus(self, x: Any) -> Real:
        return self.log1p(self.exp(-abs(real(x)))) + self.maximum(x, 0)

    def normal(self, x: Any) -> tuple[Real, Real]:
        a = real(x)
        density = self.exp(a * a * -0.5) / (self._root_pi() * self.sqrt(2))
        return (self.erf(a / self.sqrt(2)) + 1) * 0.5, density

    def _root_pi(self) -> Real:
        fifth, small = (self.arctan(Real(1 / Decimal(n))) for n in (5, 239))
        return self.sqrt(fifth * 16 - small * 4)


def _finer(x: Decimal) -> AbstractContextManager[Context]:
    """Return a context with as many more digits as a difference that is as small as x loses."""
    lost = -x.adjusted() if x and abs(x) < 1 else 0
    return localcontext(prec=getcontext().prec + min(lost, MANY))


def _series(x: Decimal, ratio: Callable[[int, Decimal], Decimal]) -> Real:
    """Return x + x·r₁ + x·r₁r₂ + … with the given ratios of successive terms, for |x| < 8.

    Raises:
        ArithmeticError: x is farther off, where no result comes close to a tie.
    """
    if abs(x) >= 8:
        raise ArithmeticError(x)
    total = term = x
    square, n = x * x, 1
    while term and term.adjusted() > total.adjusted() - getcontext().prec:
        term *= ratio(n, square)
        total += term
        n += 1
        if n > MANY * 8:
            raise ArithmeticError(x)
    return Real(total)


def side_of(formula: Callable[[Any, Any], Any], x: float, tie: float, side: Side) -> int:
    """Return whether the formula at x lies below (−1), on (0) or above (1) a number close to it."""
    for digits in (FEW, MANY):
        with localcontext(Decimals, prec=digits):
            try:
                difference = real(formula(Digits(side), real(x))).d - Decimal(tie)
            except ArithmeticError:
                return 0
            if abs(difference) > abs(Decimal(tie)).scaleb(8 - digits):
                return 1 if difference > 0 else -1
    return 0
