"""The number of a format next to a value in Arb balls."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint

from actcli.core.dtypes import FLOAT64

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.dtypes import DType

BITS = (200, 1200, 5000)


def nearest(value: Callable[[], Any], dtype: DType = FLOAT64) -> float:
    """Return what a value rounds to, the sign of a zero that it underflows to included.

    Args:
        value: gives the value as a ball, of whatever precision is set.
        dtype: the format.

    Raises:
        ArithmeticError: 5,000 bits do not tell: it is a tie, or a 0 that is not exact.
    """
    before = flint.ctx.prec
    try:
        for bits in BITS:
            flint.ctx.prec = bits
            low, high = _ends(value())
            if low is not None and high is not None and (low > 0) == (high > 0) and (low < 0) == (high < 0):
                a, b = _rounded(low, dtype), _rounded(high, dtype)
                if a == b:
                    return a
    finally:
        flint.ctx.prec = before
    raise ArithmeticError(f"no {dtype} is the nearest")


def _ends(ball: Any) -> tuple[Fraction | None, Fraction | None]:
    """Return the ends of a ball, none of them beyond 2^±2000; None for what is not finite."""
    return _fraction(ball.lower()), _fraction(ball.upper())


def _fraction(end: Any) -> Fraction | None:
    if not end.is_finite():
        return None
    mantissa, exponent = (int(part) for part in end.man_exp())
    size = mantissa.bit_length()
    return Fraction(mantissa, 2**size) * Fraction(2) ** max(-2000, min(2000, exponent + size))


def _rounded(x: Fraction, dtype: DType) -> float:
    if not x:
        return 0.0
    size = abs(x)
    binade = size.numerator.bit_length() - size.denominator.bit_length()
    binade -= size < Fraction(2) ** binade
    unit = Fraction(2) ** (max(binade, dtype.lowest) - dtype.precision + 1)
    near = round(size / unit) * unit
    beyond = math.inf if dtype.infinite else math.nan
    return math.copysign(beyond if near > Fraction(dtype.largest) else float(near), -1.0 if x < 0 else 1.0)
