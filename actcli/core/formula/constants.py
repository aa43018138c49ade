"""Constants: what does not depend on x, as fractions, exact if rational, else right to 45 digits."""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from actcli.core.formula.expression import Expression, Op, in_order
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = 100
"""The digits of a computation with constants, those that are lost to cancellation included."""

PI = Decimal(
    "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679821481"
)
E = Decimal(
    "2.7182818284590452353602874713526624977572470936999595749669676277240766303535475945713821785251664274274664"
)

_CONTEXT = decimal.Context(
    prec=DIGITS, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.InvalidOperation]
)
NEEDED = 45
"""How many digits must be right in the end: pairs have 24."""
LARGEST = 4000
"""Numbers of more bits are not computed: 9^9^9 is left as it is."""

_known: WeakKeyDictionary[Expression, tuple[Fraction, float] | None] = WeakKeyDictionary()
"""Values, with the number of their digits that are right: infinitely many if rational."""


def known(root: Expression) -> Fraction | None:
    """Return the value of an expression without x, or None if it is not computed."""
    if root not in _known:
        for e in in_order(root):
            if e not in _known:
                _known[e] = _value(e)
    found = _known[root]
    return found[0] if found else None


def nearest_double(root: Expression) -> float:
    """Return the double nearest to an expression of numbers: what a default such as -2*pi or 1/3 means.

    Raises:
        UsageError: it is none, or has no finite value.
    """
    value = known(root)
    try:
        return float(value) + 0.0  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        raise UsageError("a default is a finite number", "for example 0.5, 1/3 or -2*pi") from None


def _value(e: Expression) -> tuple[Fraction, float] | None:
    if e.op is Op.NUMBER:
        return Fraction(e.value), math.inf  # type: ignore[arg-type]
    if e.op is Op.CONSTANT:
        return Fraction(PI if e.value == "pi" else E), DIGITS
    args = [_known[a] for a in e.args]
    rule = _RULES.get(e.op)
    if rule is None or not args or None in args:
        return None
    values = [found[0] for found in args if found]
    try:
        result = rule(*values)
    except (ArithmeticError, ValueError):
        return None
    if result.numerator.bit_length() + result.denominator.bit_length() > LARGEST:
        return None
    digits = min(found[1] for found in args if found)
    exact = (
        e.op in _RATIONAL
        or (e.op is Op.SQRT and result * result == values[0])
        or (e.op is Op.POWER and values[1].denominator == 1)
    )
    if not exact:
        digits = min(digits, DIGITS) - 1
    if digits < math.inf:
        digits -= 1 + max(0, *map(_size, values)) - (min(0, _size(result)) if e.op in _CANCELLING else 0)
    return (result, digits) if digits >= NEEDED else None


def _size(q: Fraction) -> int:
    """Return about how many digits a number has before the point; negative for those that are small."""
    return (q.numerator.bit_length() - q.denominator.bit_length()) * 3 // 10 if q else -DIGITS


def _decimal(q: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(q.numerator), Decimal(q.denominator))


def _fraction(d: Decimal) -> Fraction:
    if not d.is_finite() or abs(d.adjusted()) > LARGEST // 4:
        raise OverflowError
    return Fraction(d)


def exp(u: Fraction) -> Fraction:
    """Return e^u."""
    if abs(u) > LARGEST:
        raise OverflowError
    return _fraction(_CONTEXT.exp(_decimal(u)))


def log(u: Fraction) -> Fraction:
    """Return ln u."""
    return _fraction(_CONTEXT.ln(_decimal(u)))


def sqrt(u: Fraction) -> Fraction:
    """Return √u, exactly if it is rational."""
    p, q = isqrt(u.numerator), isqrt(u.denominator)
    if p * p == u.numerator and q * q == u.denominator:
        return Fraction(p, q)
    return _fraction(_CONTEXT.sqrt(_decimal(u)))


def power(u: Fraction, v: Fraction) -> Fraction:
    """Return u^v, exactly for a whole v."""
    if v.denominator == 1:
        size = max(u.numerator.bit_length(), u.denominator.bit_length()) * abs(v.numerator)
        if size > LARGEST:
            raise OverflowError
        return u**v.numerator
    if v.denominator == 2 and u > 0:
        return power(sqrt(u), Fraction(v.numerator))
    return Fraction(0) if u == 0 < v else exp(v * log(u))


def _tanh(u: Fraction) -> Fraction:
    e = exp(-2 * abs(u))
    return (1 - e) / (1 + e) * (1 if u >= 0 else -1)


_RATIONAL = {Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATE, Op.ABS, Op.MAXIMUM, Op.MINIMUM}
_CANCELLING = {Op.ADD, Op.SUBTRACT, Op.EXPM1, Op.LOG, Op.LOG1P, Op.SINH, Op.TANH, Op.SOFTPLUS}

_RULES: dict[Op, Callable[..., Fraction]] = {
    Op.ADD:      lambda a, b: a + b,
    Op.SUBTRACT: lambda a, b: a - b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE:   lambda a, b: a / b,
    Op.NEGATE:   lambda a: -a,
    Op.POWER:    power,
    Op.SQRT:     sqrt,
    Op.EXP:      exp,
    Op.EXPM1:    lambda u: exp(u) - 1,
    Op.LOG:      log,
    Op.LOG1P:    lambda u: log(1 + u),
    Op.SINH:     lambda u: (exp(u) - exp(-u)) / 2,
    Op.COSH:     lambda u: (exp(u) + exp(-u)) / 2,
    Op.TANH:     _tanh,
    Op.SECH:     lambda u: 2 / (exp(u) + exp(-u)),
    Op.LOGISTIC: lambda u: 1 / (1 + exp(-u)),
    Op.SOFTPLUS: lambda u: log(1 + exp(u)),
    Op.ABS:      abs,
    Op.MAXIMUM:  max,
    Op.MINIMUM:  min,
}  # fmt: skip
