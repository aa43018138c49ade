"""Functions of waves and steps: whether they go on for ever, and with which period."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from actcli.core.formula.at_points import ZERO, Known
from actcli.core.formula.expression import Op, X, constant, depends_on, in_order, parameter, substituted
from actcli.core.formula.limits import Ending
from actcli.core.formula.simplify import simplified
from actcli.core.formula.zeros import slope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actcli.core.formula.at_points import Points
    from actcli.core.formula.expression import Expression

_SINES = frozenset({Op.SIN, Op.COS})
_STEPS = frozenset({Op.FLOOR, Op.CEIL})
_ENDLESS = frozenset({*_SINES, *_STEPS, Op.TAN, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA})
_LINEAR = frozenset({Op.VARIABLE, Op.ADD, Op.SUBTRACT, Op.NEGATE, Op.MULTIPLY, Op.DIVIDE})


def is_endless(e: Expression, points: Points) -> bool:
    """Return whether an operation waves or steps for ever: not where its argument tends to numbers."""
    return e.op in _ENDLESS and any(
        points.limit(e.args[0], side).ending is not Ending.NUMBER for side in (-1, 1)
    )


def is_at_a_point(condition: Expression, points: Points) -> bool:
    """Return whether a condition is x = c, or that of another line: it does not hold but at a cut."""
    return condition.op is Op.EQUAL and _rate(condition.args[0] - condition.args[1], points) is not None


def period(root: Expression, points: Points) -> Known | None:
    """Return a period of a formula in which x stands in waves and steps of a·x + b alone; None without one.

    Half of it is taken if the formula is the same with the other signs of its waves.
    """
    pi = points.value(constant("pi"), Known(ZERO))
    assert pi is not None
    lengths: dict[Expression, Fraction] = {}
    same: dict[Expression, Expression] = {}
    for i, e in enumerate(in_order(root)):
        if e.op in (_SINES | _STEPS | {Op.TAN}) and (rate := _rate(e.args[0], points)):
            turn = 1 if e.op in _STEPS else pi.fraction * (2 if e.op in _SINES else 1)
            lengths[e] = turn / abs(rate)
            repeated = parameter(f"wave {i}")
            same[e] = e.args[0] - repeated if e.op in _STEPS else repeated  # ⌊u⌋ = u − what repeats
    replaced = simplified(substituted(root, same))
    if not lengths or X in in_order(replaced):
        return None
    first = next(iter(lengths.values()))
    parts = {e: _short(length / first, points) for e, length in lengths.items()}
    if None in parts.values():
        return None
    total = _common(parts)
    turns = {e: total / part for e, part in parts.items() if part}
    if all(e.op in _SINES or turn % 2 == 0 for e, turn in turns.items()):
        signs = {e: -same[e] if e.op in _SINES and turns[e] % 2 else same[e] for e in same}
        if simplified(substituted(root, signs)) is replaced:
            total /= 2
    whole = _short(first * total, points)
    return Known(whole) if whole is not None else Known(first * total, exact=False)


def _short(q: Fraction, points: Points) -> Fraction | None:
    """Return the fraction of few digits that a number is, for all that is known of it."""
    near = q.limit_denominator(10**6)
    return near if abs(near - q) <= points.same * q / 10**7 else None


def _common(parts: Mapping[Expression, Fraction | None]) -> Fraction:
    """Return the least common multiple of fractions."""
    total = Fraction(1)
    for part in filter(None, parts.values()):
        p, q, r, s = *total.as_integer_ratio(), *part.as_integer_ratio()
        total = Fraction(math.lcm(p * s, r * q), q * s)
    return total


def _rate(u: Expression, points: Points) -> Fraction | None:
    """Return the slope of a line in x; None if it is no line, or level."""
    if any(e.op not in _LINEAR for e in depends_on(X, [u])):
        return None
    slope = slope_of(u)
    if slope is None or X in in_order(slope):
        return None
    rate = points.value(slope, Known(ZERO))
    return rate.value if rate and isinstance(rate.value, Fraction) and rate.value else None
