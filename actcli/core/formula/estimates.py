"""Expressions at points, estimated in pairs of doubles, where python-flint is not there to prove anything."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.formula.at_points import Known, simplest
from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import X
from actcli.core.formula.limits import Ending, Limit, limit
from actcli.core.formula.rewrite import recognised, stable
from actcli.core.formula.run import run
from actcli.core.numerics import scaled
from actcli.core.numerics.deep import Deep
from actcli.core.roots import sign_changes
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array
    from actcli.core.formula.expression import Expression
    from actcli.core.numerics.scaled import Scaled

STEP = 2.0**-30
"""The first distance from a point, as a part of its size, at which its sides are looked at; halved twice."""

SAME = 1e-8
"""Sides that differ by less, as a part of their size, are the same."""

DIGITS = 11
"""Digits of a limit at a point that are sure."""

FAR = (20, 24, 28)
"""Values at 2 to these that are alike are those of a limit at ±∞."""

NOTHING = 1e-5
"""What is as small beside a value nearby is a limit of 0: the point is known to a double only."""

UNBOUNDED = 0.99
"""A value has no limit where halving the distance moves it as far as halving it before: ln d does, and poles
do more; v + c·d^p moves 2^−p of that."""


def _results(e: Expression, x: Array, order: int) -> Scaled:
    """Return e, e′ or e″ at doubles, in pairs of unlimited exponent; NaN where there is no value."""
    program, m = _program(e, order), Deep()
    with np.errstate(all="ignore"):
        return scaled.of(m.number(np.full(x.shape, np.nan)) if program is None else _run(program, m, x))


def _run(program: Expression, m: Deep, x: Array) -> Any:
    return m.where(np.zeros(x.shape, np.bool_), 0.0, run([program], m, m.argument(x))[0])


def values(e: Expression, x: Sequence[float], order: int = 0) -> list[float]:
    """Return e, e′ or e″ at doubles; NaN where there is no value."""
    with np.errstate(all="ignore"):
        found: list[float] = _results(e, np.array(x, np.float64), order).value().tolist()
    return found


@lru_cache(maxsize=64)
def _program(e: Expression, order: int) -> Expression | None:
    try:
        for _ in range(order):
            e = recognised(derivative(recognised(e), X))
    except UsageError:  # of trigamma
        return None
    return stable(e)


class Estimates:
    """What pairs of doubles tell; see `Points`."""

    proves = False
    same = Fraction(SAME)

    def has_value(self, e: Expression, x: Fraction) -> bool:
        """Return whether e has a value at a point."""
        return not math.isnan(values(e, [float(x)])[0])

    def returned(self, e: Expression, x: Fraction, order: int) -> Known | None:
        """Return what is given for e or e′ at a point, on either side of a kink."""
        return self.value(e, Known(x), order)

    def value(self, e: Expression, at: Known, order: int = 0) -> Known | None:
        """Return e, e′ or e″ at a point."""
        return _known(values(e, [float(at.value)], order)[0])

    def sign(self, e: Expression, x: Fraction, order: int = 0) -> int | None:
        """Return the sign of e, e′ or e″ at a point."""
        leading = float(_results(e, np.array([float(x)]), order).p.h[0])
        return None if math.isnan(leading) else (leading > 0) - (leading < 0)

    def beside(self, e: Expression, at: Known, side: int, order: int = 0) -> Known | None:
        """Return what e, e′ or e″ tends to at a point from a side."""
        x = float(at.value)
        near = [x + side * STEP * max(abs(x), 1.0) * 0.5**k for k in range(6)]
        seen = values(e, near, order)
        limit = tends_to(*seen)
        return _known(0.0 if abs(limit) < NOTHING * abs(seen[0]) else float(f"{limit:.{DIGITS}g}"))

    def bounds(self, e: Expression, low: float, high: float) -> tuple[float, float] | None:  # noqa: ARG002
        """Return nothing: pairs bound no values."""
        return None

    def zero(self, e: Expression, low: Fraction, high: Fraction, precise: bool) -> Known:
        """Return the zero of e between two points."""
        del precise
        if self.sign(e, q := simplest(low, high)) == 0:
            return Known(q)
        ends = np.array([float(low), float(high)])
        found = sign_changes(lambda x: _results(e, x, 0).p.h, ends, math.inf)
        at = Fraction(float(found[0])) if found.size else (low + high) / 2
        q = simplest(at - abs(at) / 2**50, at + abs(at) / 2**50)
        is_exact = self.sign(e, q) == 0
        return Known(q if is_exact else at, is_exact)

    def limit(self, e: Expression, end: int, order: int = 0) -> Limit:
        """Return what e, e′ or e″ tends to at −∞ or ∞."""
        found = limit(e, {}, end, order)
        if found.ending is not Ending.UNKNOWN:
            return found
        far = values(e, [end * 2.0**k for k in FAR], order)
        alike = max(far) - min(far) <= SAME * max(1.0, abs(far[0]))
        return Limit(Ending.NUMBER, far[-1]) if alike else found

    def number(self, limit: object) -> Known | None:
        """Return the number that a limit is."""
        return _known(limit) if isinstance(limit, float) else None


def _known(value: float) -> Known | None:
    if math.isnan(value):
        return None
    return Known(Fraction(value) if math.isfinite(value) else value, exact=value == round(value, 6))


def tends_to(*values: float) -> float:
    """Return what values at distances d, d/2, d/4 … tend to: ±∞ if they grow all along, NaN if nobody knows.

    As v + c·d^p the steps of the first are a geometric series (Aitken).
    """
    far, near, nearest, *rest = values
    first, second = near - far, nearest - near
    if abs(second) <= SAME * SAME * abs(nearest):
        return nearest
    if not abs(second) < UNBOUNDED * abs(first):
        grows = rest and all(a < b for a, b in pairwise(map(abs, values)))
        return math.copysign(math.inf, nearest) if grows else math.nan
    return nearest + second * second / (first - second)
