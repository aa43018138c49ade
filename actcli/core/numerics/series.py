"""Differences and power series next to a root, where everything else cancels."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.numerics import pair
from actcli.core.numerics.expansions import SERIES
from actcli.core.numerics.pair import Array, Pair, normal
from actcli.core.numerics.pool import give, take
from actcli.core.numerics.tape import step

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray


class Expansion(NamedTuple):
    """A series ready for use: the root in three doubles, c₀ and c₁ as pairs, then the others."""

    root: tuple[float, float, float]
    radius: float
    power: int
    c0: Pair
    c1: Pair
    rest: tuple[float, ...]


def exact_sum(a: Array, b: Array | float) -> tuple[Array, Array]:
    """Return a + b and its rounding error."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@functools.lru_cache(maxsize=256)
def in_three(constant: str | Decimal | Fraction) -> tuple[float, float, float]:
    """Return a real constant as a head of 26 bits and two doubles."""
    rest = Fraction(constant)
    head = pair.constant(rest).h.item()
    rest -= Fraction(head)
    middle = float(rest)
    return head, middle, float(rest - Fraction(middle))


def minus(x: Pair, constant: str | Decimal | Fraction) -> Pair:
    """Return x − constant to 2⁻⁷⁰ of itself for 45 digits of the constant, however close they are."""
    return _minus(x, in_three(constant))


def _minus(x: Pair, constant: tuple[float, float, float]) -> Pair:
    high, middle, low = constant
    s, e = exact_sum(x.h, -high)
    t, rest = exact_sum(x.l, -middle)
    s, more = exact_sum(s, t)
    return normal(s, e + rest + more - low, take(s.shape))


@functools.lru_cache(maxsize=256)
def expansions(name: str, scale: float) -> tuple[Expansion, ...]:
    """Return the series of that name, their roots divided by the scale."""
    return tuple(
        Expansion(
            in_three(Fraction(series.root) / Fraction(scale)),
            series.radius,
            series.power,
            pair.constant(series.coefficients[0]),
            pair.constant(series.coefficients[1]),
            tuple(float(c) for c in series.coefficients[2:]),
        )
        for series in SERIES[name]
    )


def within(expansion: Expansion, x: Array, scale: float, radius: float | None = None) -> NDArray[np.bool_]:
    """Return where the points are closer to the root than the radius of the series, or another."""
    d = np.subtract(x, expansion.root[0] + expansion.root[1], out=take(x.shape))
    np.abs(d, out=d)
    inside = d < (radius or expansion.radius) / abs(scale)
    give(d)
    return inside


def offset(x: Pair, expansion: Expansion) -> Pair:
    """Return x − root."""
    return _minus(x, expansion.root)


def polynomial(expansion: Expansion, d: Pair) -> Pair:
    """Return c₀ + c₁d + …, to 2⁻⁶⁰ within the radius."""
    v = d.value()
    tail = np.zeros_like(v)
    for c in reversed(expansion.rest):
        tail = (tail + c) * v
    return (expansion.c1 + tail) * d + expansion.c0


def near(name: str, x: Pair, value: Pair, scale: float, *, calm: bool = False) -> Pair:
    """Return `value` with the points close to a root of the series computed anew."""
    value = pair.of(value)
    for expansion in expansions(name, scale):
        if calm and expansion.power == 1 and expansion.root[0] == 0:
            continue  # c₀·x + c₁·x² + …: nothing cancels, and only the subnormals need its digits
        result = Pair(take(x.shape), take(x.shape))
        step(_replaced, expansion, scale, x.h, x.l, value.h, value.l, result.h, result.l)
        value = result
    return value


def _replaced(
    expansion: Expansion, scale: float, xh: Array, xl: Array, vh: Array, vl: Array, h: Array, low: Array
) -> None:
    """Write the pairs v to h and low, but where x is close to the root the series."""
    np.copyto(h, vh)
    np.copyto(low, vl)
    points = np.add(xh, xl, out=take(xh.shape))
    index = np.flatnonzero(within(expansion, points, scale))
    if index.size:
        d = offset(pair.split(points.reshape(-1)[index]), expansion) * scale
        result = polynomial(expansion, d)
        for _ in range(expansion.power):
            result = result * d
        h.reshape(-1)[index] = result.h
        low.reshape(-1)[index] = result.l
    give(points)
