"""Constants: what does not depend on x, as fractions, exact if rational, else right to 45 digits."""

from __future__ import annotations

import decimal
import math
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import comb, isqrt
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from actcli.core.formula.expression import Expression, Op, in_order
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = 100
"""The digits of a computation with constants, those that are lost to cancellation included."""

PI = Fraction(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798"
    "2148086513282306647"
)
E = Fraction(
    "2.71828182845904523536028747135266249775724709369995957496696762772407663035354759457138217852516642742"
    "7466391932003059921"
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
        for e in in_order(root, done=_known):
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
        return PI if e.value == "pi" else E, DIGITS
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
        digits -= max(0, _size(result)) if e.op in _WITH_POLES else 0
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
    if u < 0:
        raise ValueError("the root of a negative number")
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


def _series(first: Fraction, ratio: Callable[[int], Fraction]) -> Fraction:
    """Return first·(1 + ratio(1) + ratio(1)·ratio(2) + …), to about 100 digits."""
    total, term, n = 0, _fixed(first), 0
    while term:
        total += term
        n += 1
        q = ratio(n)
        size = abs(term * q.numerator) // q.denominator  # towards 0, so that it ends
        term = size if term * q.numerator > 0 else -size
    return Fraction(total, _ONE)


_ONE = 10 ** (DIGITS + 10)


def _fixed(u: Fraction) -> int:
    """Return a number in units of 10⁻¹¹⁰."""
    return int(u * _ONE)


def _short(u: Fraction) -> Fraction:
    """Return a number of at most 110 decimals, so that sums of many of them stay short."""
    return Fraction(_fixed(u), _ONE)


def sin(u: Fraction, quarters: int = 0) -> Fraction:
    """Return sin(u + quarters·π/2)."""
    turns = round(u / (PI / 2))
    r = _short(u - turns * PI / 2)
    square = _short(r * r)
    if (turns + quarters) % 2:
        value = _series(Fraction(1), lambda n: -square / ((2 * n - 1) * 2 * n))
    else:
        value = _series(r, lambda n: -square / (2 * n * (2 * n + 1)))
    return value * (-1 if (turns + quarters) % 4 >= 2 else 1)


def arctan(u: Fraction) -> Fraction:
    """Return arctan u."""
    if abs(u) > 1:
        return (PI / 2 if u > 0 else -PI / 2) - arctan(1 / u)
    for _ in range(3):  # arctan u = 2·arctan(u/(1 + √(1 + u²)))
        u = _short(u / (1 + sqrt(_short(1 + u * u))))
    square = _short(u * u)
    return 8 * _series(u, lambda n: -square * (2 * n - 1) / (2 * n + 1))


def erf(u: Fraction) -> Fraction:
    """Return erf u = 2/√π·e^(−u²)·(u + 2u³/3 + 4u⁵/15 + …), in which nothing cancels."""
    if abs(u) > 40:
        raise OverflowError
    short = _short(u)
    square = _short(short * short)
    return 2 / sqrt(PI) * exp(-square) * _series(short, lambda n: 2 * square / (2 * n + 1))


def gamma(u: Fraction) -> Fraction:
    """Return Γ(u), by Stirling's series far to the right."""
    z, below = _shifted(u), Fraction(1)
    while u < z:
        below, u = _short(below * u), u + 1
    series = _asymptotic(z, lambda k, b: b / (2 * k * (2 * k - 1))) * z
    return exp((z - Fraction(1, 2)) * log(z) - z + log(2 * PI) / 2 + series) / below


def digamma(u: Fraction) -> Fraction:
    """Return Γ′(u)/Γ(u)."""
    z, rest = _shifted(u), Fraction(0)
    while u < z:
        rest, u = rest - _short(1 / u), u + 1
    return _short(rest + log(z) - 1 / (2 * z) - _asymptotic(z, lambda k, b: b / (2 * k)))


def _shifted(u: Fraction) -> Fraction:
    """Return u + n, n whole, where Stirling's series is good; u has at most 110 digits."""
    if u.denominator == 1 and u <= 0:
        raise ZeroDivisionError
    if abs(u) > LARGEST // 40 or _short(u) != u:
        raise OverflowError
    return u + max(0, (SHIFT - u).__ceil__())


def _asymptotic(z: Fraction, factor: Callable[[int, Fraction], Fraction]) -> Fraction:
    """Return the sum of factor(k, B₂ₖ)/z²ᵏ."""
    square, power, total = _decimal(z * z), Decimal(1), Fraction(0)
    for k, b in enumerate(_bernoulli(), 1):
        power = _CONTEXT.divide(power, square)  # to 100 digits of its own
        total += _short(factor(k, b) * Fraction(power))
    return total


SHIFT = 60
"""Where Stirling's series of 50 terms is right to 100 digits: its last term is about 10⁻¹⁰⁴ there."""


@cache
def _bernoulli() -> tuple[Fraction, ...]:
    """Return B₂, B₄, …, B₁₀₀."""
    found = [Fraction(1)]
    for n in range(1, 101):
        found.append(-sum((comb(n + 1, k) * found[k] for k in range(n)), Fraction(0)) / (n + 1))
    return tuple(found[2::2])


def _tanh(u: Fraction) -> Fraction:
    e = exp(-2 * abs(u))
    return (1 - e) / (1 + e) * (1 if u >= 0 else -1)


_RATIONAL = {Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATE, Op.ABS, Op.MAXIMUM, Op.MINIMUM}
_WITH_POLES = {Op.TAN, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA, Op.ARCTANH}
_CANCELLING = {
    *(Op.ADD, Op.SUBTRACT, Op.EXPM1, Op.LOG, Op.LOG1P, Op.SIN, Op.COS, Op.TAN, Op.SINH, Op.TANH, Op.ARCCOS),
    *(Op.ARCTAN, Op.ARCSIN, Op.ARCSINH, Op.ARCCOSH, Op.ARCTANH, Op.ERF, Op.ERFC, Op.NORMAL_CDF, Op.SOFTPLUS),
    *(Op.GAMMA, Op.DIGAMMA),
}
"""What may be right to fewer digits than its arguments, where it is small."""

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
    Op.CBRT: lambda u: exp(log(abs(u)) / 3) * (1 if u > 0 else -1) if u else u,
    Op.SIN: sin,
    Op.COS: lambda u: sin(u, 1),
    Op.TAN: lambda u: sin(u) / sin(u, 1),
    Op.ARCSIN: lambda u: arctan(u / sqrt(1 - u * u)),
    Op.ARCCOS: lambda u: 2 * arctan(sqrt((1 - u) / (1 + u))),
    Op.ARCTAN: arctan,
    Op.ARCSINH: lambda u: log(abs(u) + sqrt(1 + u * u)) * (1 if u > 0 else -1),
    Op.ARCCOSH: lambda u: log(u + sqrt(u - 1) * sqrt(u + 1)),
    Op.ARCTANH: lambda u: log((1 + u) / (1 - u)) / 2,
    Op.ERF: erf,
    Op.ERFC: lambda u: 1 - erf(u),
    Op.NORMAL_CDF: lambda u: (1 + erf(u / sqrt(Fraction(2)))) / 2,
    Op.NORMAL_PDF: lambda u: exp(-u * u / 2) / sqrt(2 * PI),
    Op.GAMMA: gamma,
    Op.DIGAMMA: digamma,
    Op.SIGN: lambda u: Fraction((u > 0) - (u < 0)),
    Op.FLOOR: lambda u: Fraction(u.__floor__()),
    Op.CEIL: lambda u: Fraction(u.__ceil__()),
    Op.ABS:      abs,
    Op.MAXIMUM:  max,
    Op.MINIMUM:  min,
}  # fmt: skip
