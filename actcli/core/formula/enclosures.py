"""Expressions at points, proved: values are enclosed in balls (`truth`, the extra `exact`)."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from actcli.core.balls import Extreme, UndecidedError, ball, plain, real, sign
from actcli.core.formula import truth
from actcli.core.formula.at_points import Known, simplest
from actcli.core.formula.limits import limit
from actcli.core.jets import Jet, arb, ctx, fmpq

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.formula.expression import Expression
    from actcli.core.formula.limits import Limit

BITS = 160, 1280
"""The precisions that are tried: 15 digits of what is computed from a zero want no more than the first."""

COARSE = 300
"""Bits of a zero that is no fraction."""

FINE = 1000
"""Bits of one that has limits on both sides, which are read off 2^−800 beside it."""

SAME = Fraction(1, 2**80)
"""Numbers that differ by less, and are not known to differ, are the same."""

TOLD = 60
"""Bits of a number that are known before it counts as known: those of 15 digits, and ten more."""

LARGEST = 1 << 14
"""Numbers beyond 2 to plus or minus that are not written out."""

NEWTON = 14
"""Newton's steps that are tried: five or six double the digits of a good start as often as it takes."""


class Enclosures:
    """What balls prove; see `Points`."""

    proves = True
    same = SAME

    def has_value(self, e: Expression, x: Fraction) -> bool:
        """Return whether e has a value at a point, or may have one."""
        try:
            with truth.precision():
                ctx.prec = BITS[0]
                return truth.Run(truth.program_of(e), Jet(real(x)), {}).result() is not None
        except truth.SidesError:
            return False
        except UndecidedError:  # beyond all measure
            return True

    def returned(self, e: Expression, x: Fraction, order: int) -> Known | None:
        """Return what is given for e or e′ at a point, by the rule for kinks."""
        return _answer(lambda: _known(truth.enclose(e, {}, x, order)))

    def value(self, e: Expression, at: Known, order: int = 0) -> Known | None:
        """Return e, e′ or e″ at a point."""
        assert isinstance(at.value, Fraction)
        point = real(at.value)

        def told() -> Known | None:
            return _known(_at(e, point if at.exact else _about(point), order))

        return _answer(told)

    def sign(self, e: Expression, x: Fraction, order: int = 0) -> int | None:
        """Return the sign of e, e′ or e″ at a point."""

        def told() -> int | None:
            value = _at(e, real(x), order)
            return None if value is None else truth.end_of(value) or sign(value)

        return _answer(told)

    def beside(self, e: Expression, at: Known, side: int, order: int = 0) -> Known | None:
        """Return what e, e′ or e″ tends to at a point from a side."""
        tends = truth.approach if at.exact else truth.approached
        assert isinstance(at.value, Fraction)
        place = real(at.value)
        return _answer(lambda: _known(tends(e, place, side, order)))

    def bounds(self, e: Expression, low: float, high: float) -> tuple[float, float] | None:
        """Return what the values between two points lie between."""

        def told() -> tuple[float, float] | None:
            value = _at(e, arb(real(low)).union(arb(real(high))), 0)
            if value is None or isinstance(value, Extreme):
                return None
            enclosed = ball(value)
            return float(enclosed.lower()), float(enclosed.upper())

        return _answer(told)

    def zero(self, e: Expression, low: Fraction, high: Fraction, precise: bool) -> Known:
        """Return the zero between two points, by Newton's steps from where enough halvings lead."""
        left, bits = self.sign(e, low), FINE if precise else COARSE
        for halvings in (0, 12, 60):
            for _ in range(halvings):
                middle = (low + high) / 2
                if not (side := self.sign(e, middle)):
                    return Known(middle, side == 0)
                low, high = (middle, high) if side == left else (low, middle)
            if self.sign(e, q := simplest(low, high)) == 0:
                return Known(q)
            at = _answer(partial(_newton, e, low, high), (bits + 100,))
            if at is None:
                continue
            near = abs(at) / 2**bits
            a, b = at - near, at + near
            if self.sign(e, a) == left and self.sign(e, b) not in (left, None):
                is_exact = self.sign(e, q := simplest(a, b)) == 0
                return Known(q if is_exact else at, is_exact)
        return Known((low + high) / 2, exact=False)

    def limit(self, e: Expression, end: int, order: int = 0) -> Limit:
        """Return what e, e′ or e″ tends to at −∞ or ∞."""
        return limit(e, {}, end, order)

    def number(self, limit: object) -> Known | None:
        """Return the number that a limit is."""
        return _answer(lambda: _known(limit))


def _about(point: fmpq) -> arb:
    """Return the ball in which a zero is, where that is not a fraction."""
    return arb(point, abs(arb(point)) * arb((1, -COARSE)))


def _answer(question: Callable[[], T | None], bits: tuple[int, ...] = BITS) -> T | None:
    """Return an answer at the first precision that tells; None if none does."""
    with truth.precision():
        for precision in bits:
            ctx.prec = precision
            try:
                return question()
            except UndecidedError:
                continue
    return None


def _at(e: Expression, x: Any, order: int) -> Any:
    """Return e, e′ or e″ at a point or over a ball."""
    jet = Jet(x, fmpq(1), fmpq(0)) if order else Jet(x)
    try:
        found = truth.Run(truth.program_of(e), jet, {}, order and 1, beside=order > 0).result()
    except truth.SidesError:
        return None
    if found is None:
        return None
    return found.coefficient(order) * (2 if order == 2 else 1)


def _newton(e: Expression, low: Fraction, high: Fraction) -> Fraction | None:
    program, at = truth.program_of(e), arb(real((low + high) / 2))
    for _ in range(NEWTON):
        jet = truth.Run(program, Jet(at, fmpq(1), fmpq(0)), {}, 1, beside=True).result()
        if jet is None:
            return None
        step = ball(jet.a0) / ball(jet.coefficient(1))
        if not step.is_finite():
            return None
        at = (at - step).mid()
        if not real(low) <= at <= real(high):
            return None
        if abs(step.mid()) < abs(at) * arb((1, -ctx.prec // 2)):
            return _fraction(at.fmpq())
    return None


def _fraction(q: fmpq) -> Fraction:
    return Fraction(int(q.p), int(q.q))


def _known(value: Any) -> Known | None:
    """Return a number that is enclosed well enough.

    Raises:
        UndecidedError: it is not.
    """
    value = value if value is None else plain(value)
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return Known(Fraction(value) if math.isfinite(value) else value)
    if isinstance(value, fmpq):
        return Known(_fraction(value))
    if isinstance(value, Extreme) and value.is_huge:
        return None
    if isinstance(value, Extreme) and value.is_tiny:
        return Known(Fraction(0), exact=False)
    if end := truth.end_of(value):
        return Known(end * math.inf)
    enclosed = ball(value)
    size = abs(enclosed.mid())
    if enclosed.rad() > size * arb((1, -TOLD)):
        if enclosed.contains(0) and enclosed.rad() < real(SAME):
            return Known(Fraction(0), exact=False)
        raise UndecidedError
    if abs(int(enclosed.mid().man_exp()[1])) > LARGEST:
        return None if size > 1 else Known(Fraction(0), exact=False)
    return Known(_fraction(enclosed.mid().fmpq()), exact=False)
