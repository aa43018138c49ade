"""Whether results in a narrow format are the true values rounded once, for millions of arguments."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from actcli.core.evaluate import evaluate
from actcli.core.jets import Jet, Jets, lift
from tests.core.enclosures import Spans
from tests.core.oracle import named, rounded
from tests.core.spans import EXTENDED, STEP, Long, Span, Split, span

if TYPE_CHECKING:
    from actcli.core.dtypes import DType
    from actcli.core.spec import Activation

Array = NDArray[np.float64]

BLOCK = 1 << 13
NEAR, FAR = 2.0**-10, 2.0**10
"""Nearer to 0 than this x − tanh x and its like have no digit left, and further out x/(1 + x) − 1 has none;
power series in x and in 1/x have them all."""
TERMS = 20
"""Coefficients of those series; those beyond are less than 2^20 times the largest of these and 1."""


def misrounded(function: Activation, order: int, x: Array, dtype: DType) -> tuple[Array, int]:
    """Return the arguments with wrong results, and how many were left to mpmath.

    x holds numbers of the format. NaN and the sign of a zero are not judged here.
    """
    x = np.unique(x[~np.isnan(x)])
    got = np.asarray(evaluate(function, x, order, dtype=dtype), np.float64)
    low, other = bracket(function, order, x, dtype)
    expected = low.copy()
    open_ = np.flatnonzero((expected != other) | np.isnan(expected))
    for i in open_:
        nothing = expected[i] <= 0 <= other[i] and vanishes(function, order, float(x[i]))
        expected[i] = 0.0 if nothing else rounded(function, order, float(x[i]), dtype)
    untold = np.isnan(expected) & ((got == low) | (got == other))
    wrong = (got != expected) & ~(np.isnan(got) & np.isnan(expected)) & ~untold
    return x[wrong], open_.size


def bracket(function: Activation, order: int, x: Array, dtype: DType) -> tuple[Array, Array]:
    """Return two numbers of the format that the rounded true value lies between, NaN for unknown."""
    low, high = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    kinks = [k.at for k in function.kinks(**function.bind({}))]
    if not EXTENDED:
        return low, high
    inside = np.isfinite(x) & (x > function.domain.low) & (x < function.domain.high)
    inside &= ~np.isin(x, [*kinks, 0.0])
    for start in range(0, x.size, BLOCK):
        part = start + np.flatnonzero(inside[start : start + BLOCK])
        with np.errstate(all="ignore"):
            a, b = enclose(function, order, x[part].astype(Long))
            for far in (False, True):
                for sign in (-1, 1):
                    side = sign * x[part] > FAR if far else (sign * x[part] > 0) & (sign * x[part] < NEAR)
                    side &= ~(dtype.round(_double(a, -np.inf)) == dtype.round(_double(b, np.inf)))
                    if side.any():
                        a[side], b[side] = by_series(function, order, x[part][side].astype(Long), sign, far)
            low[part], high[part] = dtype.round(_double(a, -np.inf)), dtype.round(_double(b, np.inf))
    return low, high


def _double(bound: NDArray[Long], outwards: float) -> Array:
    near = bound.astype(np.float64)
    beyond = near > bound if outwards < 0 else near < bound
    return np.where(beyond, np.nextafter(near, outwards), near)


def enclose(function: Activation, order: int, x: NDArray[Long]) -> tuple[NDArray[Long], NDArray[Long]]:
    """Return bounds of f, f′ or f″ by its definition; NaN where a comparison is undecided."""
    low, high = np.full(x.shape, np.nan, Long), np.full(x.shape, np.nan, Long)
    if not x.size:
        return low, high
    try:
        found = _run(function, order, x)
    except Split as split:
        for mask in (split.true, split.false):
            mask = np.broadcast_to(mask, x.shape)
            low[mask], high[mask] = enclose(function, order, x[mask])
        return low, high
    low[:], high[:] = found.low, found.high
    return low, high


def _run(function: Activation, order: int, x: NDArray[Long]) -> Span:
    bound = function.bind({})
    numbers = {p.name: span(p.full(bound[p.name])) for p in function.params}
    m: Any = Jets(Spans())
    if order == 0:
        return span(function.definition(m, Span(x, x), **numbers))
    jet = function.definition(m, Jet(Span(x, x), span(1), span(0)), **numbers)
    if not isinstance(jet, Jet):
        return span(0)
    return span(jet.a1) if order == 1 else span(jet.a2) * 2


def vanishes(function: Activation, order: int, x: float) -> bool:
    """Return whether f, f′ or f″ is below 2^-200, by its definition with 300 bits and with 400."""
    sizes = []
    for bits in (300, 400):
        with mp.workprec(bits):
            numbers = {p.name: p.full(p.default) for p in function.params}
            full = {name: mp.mpf(n.numerator) / n.denominator for name, n in numbers.items()}
            point = Jet(mp.mpf(x), mp.mpf(1)) if order else mp.mpf(x)
            found = function.definition(Jets(mp), point, **full)
            sizes.append(abs((lift(found).a0, lift(found).a1, lift(found).a2)[order]))
    return bool(max(sizes) < mp.mpf(2) ** -200)


def by_series(
    function: Activation, order: int, x: NDArray[Long], sign: int, far: bool
) -> tuple[NDArray[Long], NDArray[Long]]:
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
