"""Definitions on whole arrays, with proof: intervals of extended precision that hold the true values.

mpmath takes 100 µs a point. Here the same definitions, and the same jets, run over arrays of intervals whose
ends are long doubles, widened after every operation by more than it can be wrong. Where a definition decides
by a comparison, the array is split and each part goes its own way. An interval too wide to tell anything says
so itself, and such points are left to mpmath.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from actcli.core.jets import Jet

Long = np.longdouble
LARGEST, TINY = np.finfo(Long).max, Long(2) ** -16_440
EXTENDED = np.finfo(Long).nmant >= 63
"""Whether the platform has the 64 bits and the range of exponents that this needs."""

STEP = Long(2) ** -62
"""A bound of the relative error of an operation, which is half of 2^-63."""


class Split(Exception):  # noqa: N818
    """A comparison holds for some elements and not for others; neither mask has those that are undecided."""

    def __init__(self, true: Any, false: Any) -> None:
        super().__init__()
        self.true, self.false = np.asarray(true), np.asarray(false)


class Span:
    """Real numbers, each between two long doubles."""

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any, error: Any = 0) -> None:
        """Take the ends as they are, or moved outwards by a relative error (and a little, for underflow)."""
        if error:
            low, high = np.minimum(low, LARGEST), np.maximum(high, -LARGEST)  # an ∞ for something finite
            low, high = low - (abs(low) * error + TINY), high + (abs(high) * error + TINY)
            low = np.where(np.isnan(low), -np.inf, low)
            high = np.where(np.isnan(high), np.inf, high)
        self.low, self.high = np.asarray(low, Long), np.asarray(high, Long)

    def is_constant(self, value: int) -> bool:
        """Return whether this is a single number, known exactly."""
        return self.low.ndim == 0 and bool(self.low == value) and bool(self.high == value)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Jet):
            return NotImplemented
        b = span(other)
        if self.is_constant(0) or b.is_constant(0):
            return b if self.is_constant(0) else self
        return Span(self.low + b.low, self.high + b.high, STEP)

    __radd__ = __add__

    def __neg__(self) -> Span:
        return Span(-self.high, -self.low)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Jet) else self + -span(other)

    def __rsub__(self, other: Any) -> Any:
        return span(other) + -self

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Jet):
            return NotImplemented
        b = span(other)
        for one, two in ((self, b), (b, self)):
            if one.is_constant(0) or two.is_constant(1):
                return one
            if one.is_constant(-1):
                return -two
        products = [p * q for p in (self.low, self.high) for q in (b.low, b.high)]
        products = [np.where(np.isnan(p), 0, p) for p in products]  # 0·∞: the ∞ stands for something finite
        return Span(np.minimum.reduce(products), np.maximum.reduce(products), STEP)

    __rmul__ = __mul__

    def reciprocal(self) -> Span:
        """Return 1/self, which may be anything where 0 is in the interval."""
        if self.is_constant(1):
            return self
        anything = (self.low <= 0) & (self.high >= 0)
        low, high = np.where(anything, -np.inf, 1 / self.high), np.where(anything, np.inf, 1 / self.low)
        return Span(low, high, STEP)

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Jet) else self * span(other).reciprocal()

    def __rtruediv__(self, other: Any) -> Any:
        return span(other) * self.reciprocal()

    def __pow__(self, exponent: int) -> Span:
        if exponent == 0:
            return span(1)
        if exponent == 2:
            size = abs(self)
            return Span(np.maximum(size.low * size.low * (1 - STEP) - TINY, 0), (size * size).high)
        power: Span = self ** (exponent - 1) * self
        return power

    def __abs__(self) -> Span:
        low = np.where((self.low < 0) & (self.high > 0), 0, np.minimum(abs(self.low), abs(self.high)))
        return Span(low, np.maximum(abs(self.low), abs(self.high)))

    def __lt__(self, other: Any) -> Any:
        if isinstance(other, Jet):
            return NotImplemented
        b = span(other)
        return _decide(self.high < b.low, self.low >= b.high)

    def __gt__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Jet) else span(other) < self

    def __le__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Jet) else not span(other) < self

    def __ge__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Jet) else not self < other

    def __ne__(self, other: Any) -> Any:
        b = span(other)
        apart = (self.high < b.low) | (self.low > b.high)
        same = (self.low == self.high) & (b.low == self.low) & (b.high == self.low)
        return _decide(apart, same)

    def __eq__(self, other: Any) -> Any:
        return not self != other

    __hash__ = None  # type: ignore[assignment]


def _decide(true: Any, false: Any) -> bool:
    if np.all(true) or np.all(false):
        return bool(np.all(true))
    raise Split(true, false)


def span(number: Any) -> Span:
    """Return a number as a span: integers, doubles and long doubles as they are, fractions enclosed."""
    if isinstance(number, Span):
        return number
    if isinstance(number, Fraction):
        head = Long(float(number))
        rest = number - Fraction(float(number))
        return (
            Span(head, head) if not rest else Span(head + Long(float(rest)), head + Long(float(rest)), STEP)
        )
    return Span(number, number)
