"""What can be asked of an expression in x at points of the line, and the numbers that are answered."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from actcli.core.formula.expression import Expression
    from actcli.core.formula.limits import Limit

ZERO = Fraction(0)


class Known(NamedTuple):
    """A real number, or ±∞.

    Attributes:
        value: the number, to far more digits than are shown if it is not exact; ±∞ as a float.
        exact: whether it is that number itself.
    """

    value: Fraction | float
    exact: bool = True

    def __abs__(self) -> Known:
        return Known(-self.value if self.value < 0 else self.value, self.exact)

    @property
    def is_finite(self) -> bool:
        """Whether it is a real number."""
        return isinstance(self.value, Fraction)

    @property
    def fraction(self) -> Fraction:
        """The number, where it is known to be finite."""
        assert isinstance(self.value, Fraction)
        return self.value


class Points(Protocol):
    """What is asked of expressions in x alone, at points that are fractions.

    Attributes:
        proves: whether the answers are certain.
        same: numbers that differ by less, as a part of their size or of 1, are the same.
    """

    proves: bool
    same: Fraction

    def has_value(self, e: Expression, x: Fraction) -> bool:
        """Return whether e has a value at a point, or may have one."""

    def returned(self, e: Expression, x: Fraction, order: int) -> Known | None:
        """Return what is given for e or e′ at a point, by the rule for kinks."""

    def value(self, e: Expression, at: Known, order: int = 0) -> Known | None:
        """Return e, e′ or e″ at a point; None where there is no value, or nobody can tell it."""

    def sign(self, e: Expression, x: Fraction, order: int = 0) -> int | None:
        """Return the sign of e, e′ or e″ at a point; None where there is no value, or nobody can tell."""

    def beside(self, e: Expression, at: Known, side: int, order: int = 0) -> Known | None:
        """Return what e, e′ or e″ tends to at a point from a side; None where there is no limit."""

    def bounds(self, e: Expression, low: float, high: float) -> tuple[float, float] | None:
        """Return what the values between two points that are next to each other lie between."""

    def zero(self, e: Expression, low: Fraction, high: Fraction, precise: bool) -> Known:
        """Return the zero of e between two points at which its signs differ; to many digits if `precise`."""

    def limit(self, e: Expression, end: int, order: int = 0) -> Limit:
        """Return what e, e′ or e″ tends to at −∞ or ∞."""

    def number(self, limit: object) -> Known | None:
        """Return the number that a limit is."""


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction of least denominator between two others, where their continued fractions part."""
    if low <= 0 <= high:
        return ZERO
    if high < 0:
        return -simplest(-high, -low)
    p, q, last_p, last_q = 1, 0, 0, 1
    while True:
        whole = math.floor(low)
        ends = whole == low or whole + 1 <= high
        term = whole if whole == low or not ends else whole + 1
        p, q, last_p, last_q = term * p + last_p, term * q + last_q, p, q
        if ends:
            return Fraction(p, q)
        low, high = 1 / (high - whole), 1 / (low - whole)


def are_same(a: Known | None, b: Known | None, within: Fraction) -> bool:
    """Return whether two numbers are the same for all that is known of them."""
    if a is None or b is None:
        return False
    if not (isinstance(a.value, Fraction) and isinstance(b.value, Fraction)):
        return a.value == b.value
    return a.value == b.value or abs(a.value - b.value) <= within * max(
        abs(a.value), abs(b.value), Fraction(1)
    )


def is_nothing(a: Known | None, within: Fraction) -> bool:
    """Return whether a number is 0 for all that is known of it."""
    return a is not None and are_same(a, Known(ZERO), within)
