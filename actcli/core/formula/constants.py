"""The double nearest to a constant expression: what a default such as -2*pi or 1/3 means."""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from actcli.core.formula.expression import Expression, Op, in_order
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = Context(prec=80)
"""A double is decided by 17 digits, and by more only next to a tie; what cancels may take 60."""

_NUMBERS = {
    "pi": Decimal(
        "3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348"
    ),
    "e": Decimal(
        "2.7182818284590452353602874713526624977572470936999595749669676277240766303535475945713822"
    ),
}

_EXACT: dict[Op, Callable[..., Fraction]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUBTRACT: lambda a, b: a - b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE: lambda a, b: a / b,
    Op.NEGATE: lambda a: -a,
    Op.ABS: abs,
}

_ROUNDED: dict[Op, Callable[..., Decimal]] = {
    Op.ADD: _DIGITS.add,
    Op.SUBTRACT: _DIGITS.subtract,
    Op.MULTIPLY: _DIGITS.multiply,
    Op.DIVIDE: _DIGITS.divide,
    Op.NEGATE: _DIGITS.minus,
    Op.POWER: _DIGITS.power,
    Op.ABS: _DIGITS.abs,
    Op.SQRT: _DIGITS.sqrt,
    Op.EXP: _DIGITS.exp,
    Op.LOG: _DIGITS.ln,
}

LARGEST_POWER = 10_000
"""How many bits an exact power may have; beyond, it is rounded to 80 digits."""


def nearest_double(expression: Expression) -> float:
    """Return the double nearest to an expression of numbers, π, e, + − · / ^, abs, sqrt, exp and log.

    Raises:
        UsageError: it is made of anything else, or has no finite value.
    """
    values: dict[Expression, Fraction | Decimal] = {}
    try:
        for e in in_order(expression):
            values[e] = _value(e, [values[a] for a in e.args])
        found = float(values[expression])
    except (ArithmeticError, ValueError):  # 1/0, the root of a negative number, e^(10^9)
        found = math.nan
    if not math.isfinite(found):
        raise UsageError("a default is a finite number", "for example 0.5, 1/3 or -2*pi")
    return found + 0.0


def _value(e: Expression, args: list[Fraction | Decimal]) -> Fraction | Decimal:
    if e.op is Op.NUMBER:
        assert isinstance(e.value, Fraction)
        return e.value
    if e.op is Op.CONSTANT:
        return _NUMBERS[str(e.value)]
    if e.op not in _ROUNDED:
        raise UsageError("a default is a number", "for example 0.5, 1/3 or -2*pi")
    exact = [a for a in args if isinstance(a, Fraction)]
    if len(exact) == len(args):
        if e.op in _EXACT:
            return _EXACT[e.op](*exact)
        if e.op is Op.POWER and exact[1].denominator == 1 and _size(exact[0]) * abs(exact[1]) < LARGEST_POWER:
            return exact[0] ** int(exact[1])
    return _ROUNDED[e.op](*map(_decimal, args))


def _size(a: Fraction) -> int:
    return a.numerator.bit_length() + a.denominator.bit_length()


def _decimal(a: Fraction | Decimal) -> Decimal:
    return a if isinstance(a, Decimal) else _DIGITS.divide(Decimal(a.numerator), Decimal(a.denominator))
