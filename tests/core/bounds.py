"""Bounds of f, f′ and f″ for millions of arguments: definitions in intervals, power series at 0 and ∞."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from actcli.core.jets import Jet, Jets
from tests.core.enclosures import Spans
from tests.core.oracle import named
from tests.core.spans import EXTENDED, STEP, Long, Span, Split, span

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.spec import Activation

Longs = NDArray[Long]

BLOCK = 1 << 13
NEAR, FAR = 2.0**-10, 2.0**10
"""Nearer to 0 than this x − tanh x and its like have no digit left, and further out x/(1 + x) − 1 has none;
power series in x and in 1/x have them all."""
NARROW = 2.0**-55
"""The relative width of an interval that needs no series."""
TERMS = 20
"""Coefficients of those series; those beyond are less than 2^20 times the largest of these and 1."""


def bounds(function: Activation, order: int, x: Array) -> tuple[Longs, Longs]:
    """Return numbers that the true values lie between; NaN for what is unknown.

    That is outside the domain, at its ends, at kinks and 0, and where long doubles are too short.
    """
    low, high = np.full(x.shape, np.nan, Long), np.full(x.shape, np.nan, Long)
    inside = np.isfinite(x) & (x > function.domain.low) & (x < function.domain.high) & EXTENDED
    inside &= ~np.isin(x, [0.0, *(kink.at for kink in function.kinks(**function.bind({})))])
    for start in range(0, x.size, BLOCK):
        part = start + np.flatnonzero(inside[start : start + BLOCK])
        with np.errstate(all="ignore"):
            low[part], high[part] = _bounds(function, order, x[part].astype(Long))
    return low, high


def _bounds(function: Activation, order: int, x: Longs) -> tuple[Longs, Longs]:
    low, high = by_definition(function, order, x)
    width = high - low
    wide = ~(width <= NARROW * np.minimum(abs(low), abs(high))) | np.isinf(width)
    for sign in (-1, 1):
        for far in (False, True):
            side = sign * x > FAR if far else (sign * x > 0) & (sign * x < NEAR)
            if (side := side & wide).any():
                a, b = by_series(function, order, x[side], sign, far)
                low[side], high[side] = np.fmax(low[side], a), np.fmin(high[side], b)
    return low, high


def by_definition(function: Activation, order: int, x: Longs) -> tuple[Longs, Longs]:
    """Return bounds of f, f′ or f″ by the definition; NaN where a comparison is undecided."""
    low, high = np.full(x.shape, np.nan, Long), np.full(x.shape, np.nan, Long)
    if not x.size:
        return low, high
    try:
        found = _run(function, order, x)
    except Split as split:
        for mask in (split.true, split.false):
            mask = np.broadcast_to(mask, x.shape)
            low[mask], high[mask] = by_definition(function, order, x[mask])
        return low, high
    low[:], high[:] = found.low, found.high
    return low, high


def _run(function: Activation, order: int, x: Longs) -> Span:
    bound = function.bind({})
    numbers = {p.name: span(p.full(bound[p.name])) for p in function.params}
    m: Any = Jets(Spans())
    if order == 0:
        return span(function.definition(m, Span(x, x), **numbers))
    jet = function.definition(m, Jet(Span(x, x), span(1), span(0)), **numbers)
    if not isinstance(jet, Jet):
        return span(0)
    return span(jet.a1) if order == 1 else span(jet.a2) * 2


def by_series(function: Activation, order: int, x: Longs, sign: int, far: bool) -> tuple[Longs, Longs]:
    """Return bounds of f, f′ or f″ by a series in |x|, or one in 1/|x| times |x|ᵖ; NaN if there is none."""
    power, series = coefficients(function.name, sign, far)
    if not series:
        return np.full(x.shape, np.nan, Long), np.full(x.shape, np.nan, Long)
    u = abs(Span(x, x))
    step, total = u.reciprocal() if far else u, span(0)
    for k, c in reversed(list(enumerate(series))):
        exponent = power - k if far else Fraction(k)
        total = total * step + c * span((1, exponent, exponent * (exponent - 1))[order])
    most = np.max([1, *(abs(c).high for c in series)])
    rest = step.high**TERMS * most * 2**30
    scale = Spans().sqrt(u) if power.denominator == 2 else u**power.numerator
    found = (total + Span(-rest, rest)) * scale * (sign * u.reciprocal()) ** order
    return np.broadcast_to(found.low, x.shape), np.broadcast_to(found.high, x.shape)


@lru_cache(maxsize=512)
def coefficients(name: str, sign: int, far: bool) -> tuple[Fraction, list[Span]]:
    """Return p and the coefficients of a function's series next to 0, or towards ±∞, from many values there.

    A series that does not foretell another value is none: e^x has none at ∞, and sin x has not.
    """
    function = named(name)
    numbers = {p.name: p.full(p.default) for p in function.params}

    def value(t: Any) -> Any:
        u = 1 / t if far else t
        full = {name: mp.mpf(n.numerator) / n.denominator for name, n in numbers.items()}
        return mp.mpf(function.definition(Jets(mp), sign * u, **full)) * t ** mp.mpf(power)

    def leading(t: Any) -> Any:
        return mp.fsum(c * t**k for k, c in enumerate(series))

    with mp.workprec(4000):
        h = mp.mpf(2) ** -100
        for power in (Fraction(1), Fraction(1, 2)) if far else (Fraction(0),):
            values = [value(h * j) for j in range(1, 2 * TERMS + 1)]
            powers = mp.matrix([[mp.mpf(j) ** k for k in range(2 * TERMS)] for j in range(1, 2 * TERMS + 1)])
            scaled = mp.lu_solve(powers, mp.matrix(values))
            series = [scaled[k] / h**k for k in range(TERMS)]
            most = max(1, *map(abs, series))
            if all(abs(value(t) - leading(t)) <= most * t**TERMS * 2**20 for t in (h / 3, 50 * h)):
                return power, [_enclosed(c, most) for c in series]
    return Fraction(0), []


def _enclosed(number: Any, most: Any) -> Span:
    if abs(number) <= most * mp.mpf(2) ** -200:
        return span(0)
    head = float(number)
    rest = number - mp.mpf(head)
    if abs(rest) < abs(number) * mp.mpf(2) ** -190:
        return span(head)
    near = Long(head) + Long(float(rest))
    return Span(near, near, STEP)
