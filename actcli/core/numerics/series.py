"""Differences and power series next to a root, where everything else cancels."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.expansions import SERIES
from actcli.core.numerics.heads import cut, difference, nearest
from actcli.core.numerics.pair import ANY, CUT, Pair
from actcli.core.numerics.program import empty, step

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.core.arrays import Array


class Expansion(NamedTuple):
    """A series ready for use: the root in three doubles, c₀ and c₁ as pairs, then the others."""

    root: tuple[float, float, float]
    scale: float | Pair
    radius: float
    power: int
    c0: Pair
    c1: Pair
    rest: tuple[float, ...]


@functools.lru_cache(maxsize=256)
def in_three(constant: str | Decimal | Fraction) -> tuple[float, float, float]:
    """Return a real constant as the sum of three doubles, each the nearest to what is left."""
    rest = Fraction(constant)
    high = nearest(rest)
    if math.isinf(high):
        return high, 0.0, 0.0
    middle = float(rest - Fraction(high))
    return high, middle, float(rest - Fraction(high) - Fraction(middle))


def minus(x: Pair, constant: str | Decimal | Fraction) -> Pair:
    """Return x − constant for doubles x to 2⁻⁷⁰ of itself, for 45 digits of the constant, however close."""
    points = np.add(x.h, x.l, out=empty(x.shape))
    return _minus(points, in_three(constant))


def _minus(x: Array, constant: tuple[float, float, float]) -> Pair:
    high, middle, low = constant
    s, t = difference(x, high, x.shape)  # where s is small, there is no error
    if middle:
        np.subtract(t, middle, out=t)
    if not low:
        return Pair(s, t, ANY)
    h, rest = Pair(s, t, ANY).terms(CUT)
    return Pair(h, np.subtract(rest, low, out=empty(rest.shape)))


@functools.lru_cache(maxsize=256)
def expansions(name: str, scale: float | Fraction) -> tuple[Expansion, ...]:
    """Return the series of that name, their roots divided by the scale."""
    return tuple(
        Expansion(
            in_three(Fraction(series.root) / Fraction(scale)),
            pair.constant(scale) if isinstance(scale, Fraction) else scale,
            series.radius,
            series.power,
            pair.constant(series.coefficients[0]),
            pair.constant(series.coefficients[1]),
            tuple(float(c) for c in series.coefficients[2:]),
        )
        for series in SERIES[name]
    )


def within(
    expansion: Expansion, x: Array, scale: float | Fraction, radius: float | None = None
) -> NDArray[np.bool_]:
    """Return where the points are closer to the root than the radius of the series, or another."""
    d = np.subtract(x, expansion.root[0], out=empty(x.shape))
    np.abs(d, out=d)
    return d < (radius or expansion.radius) / abs(float(scale))


def offset(x: Array, expansion: Expansion) -> Pair:
    """Return x − root."""
    return _minus(x, expansion.root)


def polynomial(expansion: Expansion, d: Pair) -> Pair:
    """Return c₀ + c₁d + …, to 2⁻⁶⁰ within the radius, where c₀ is the greatest term."""
    c0, c1 = expansion.c0, expansion.c1
    v = d.value()
    tail = v * expansion.rest[-1]
    for c in expansion.rest[-2::-1]:
        tail += c
        tail *= v
    head = c1.h + tail
    cut(head)
    p = head * d.h  # exact
    low = ((c1.h - head) + tail + c1.l) * v + head * d.l
    s = c0.h + p
    low += (c0.h - s) + p
    low += c0.l
    return Pair(s, low, ANY)


def near(name: str, x: Pair, value: Pair, scale: float | Fraction) -> Pair:
    """Return `value` with the points close to a root of the series computed anew."""
    value = pair.of(value)
    for expansion in expansions(name, scale):
        if expansion.power == 1 and expansion.root[0] == 0:
            continue  # c₀·x + c₁·x² + …: nothing cancels, and where exponents run out `Deep` has its digits
        h, low = empty(x.shape), empty(x.shape)
        step(_replaced, expansion, scale, x.h, x.l, *value.terms(), h, low)
        value = Pair(h, low, value.rest)
    return value


def _replaced(
    expansion: Expansion,
    scale: float | Fraction,
    xh: Array,
    xl: Array,
    vh: Array,
    vl: Array,
    h: Array,
    low: Array,
) -> None:
    """Write the pairs v to h and low, but where x is close to the root the series."""
    np.copyto(h, vh)
    np.copyto(low, vl)
    points = np.add(xh, xl, out=empty(xh.shape))
    index = np.flatnonzero(within(expansion, points, scale))
    if index.size:
        if any(expansion.root):
            d = offset(points.reshape(-1)[index], expansion)
        else:
            d = Pair(xh.reshape(-1)[index], xl.reshape(-1)[index])
        d = d * expansion.scale
        result = polynomial(expansion, d)
        for _ in range(expansion.power):
            result = result * d
        h.reshape(-1)[index] = result.h
        low.reshape(-1)[index] = result.l
