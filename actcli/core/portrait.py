"""What a picture of a function shows: the part of the line where it lives, its points, breaks, asymptotes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from actcli.core.evaluate import evaluate
from actcli.core.plan import between
from actcli.core.spec import KinkRule, Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actcli.core.spec import Activation, Params

Array: TypeAlias = NDArray[np.float64]

_POINTS = 385  # before refinement; odd, so that the middle of the picture is one of them
_ROUNDS = 5  # halvings of an interval on which the curve bends
_BEND = 2e-4  # how far a curve may be from its chord, as a share of its height: a tenth of a line's width
_MANY_KINKS = 8  # more on one side are a wave's
_NARROWEST = 0.2  # closer up, a slope of 1 would leave a picture that is as high as wide
_NEARED = 0.5  # of the distance from an asymptote that a function still has at the edge of a picture
_STEEP = 1e5  # what is as large next to a break has a pole there
_BESIDE = 2.0 ** -np.arange(8, 26)  # distances from a pole of points on the curve, as parts of the width
_LARGEST = 1e300  # with a margin it is still a number
SMALLEST = 1e-280  # lengths below it are nothing to who draws them
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0)


class End(NamedTuple):
    """Where a curve ends at a break; `held` if it has that value there, and not only nears it."""

    x: float
    y: float
    held: bool


class Trace(NamedTuple):
    """The points of f, f′ or f″ on a part of the line, in order; y is NaN at a break."""

    x: Array
    y: Array
    ends: tuple[End, ...] = ()


class Asymptote(NamedTuple):
    """The line slope·x + intercept that a function nears at a side; upright at x if the slope is infinite."""

    slope: float
    intercept: float
    side: Side
    x: float = 0.0


def trace(
    function: Activation,
    params: Params,
    order: int,
    low: float,
    high: float,
    kink: KinkRule = KinkRule.MIN_NORM,
) -> Trace:
    """Return the points of f (order 0), f′ (1) or f″ (2) between two ends, broken where it jumps.

    They lie closer together where the curve bends. A break has two ends, and a third, lone one where the
    value at the break is neither limit.
    """
    low, high = max(low, function.domain.low), min(high, function.domain.high)
    kinks = np.array(
        sorted({k.at for k in function.kinks(**params) if low <= k.at <= high and k.breaks <= order})
    )
    near = 1e-9 * np.maximum(np.abs(kinks), high - low)
    before, after = kinks - near, kinks + near
    beside = np.abs([_at(function, at, order, params) for at in (before, after)])
    steep = kinks[(beside > _STEEP).any(axis=0)]
    poles = (steep[:, None] + (high - low) * np.concatenate([-_BESIDE, _BESIDE])).ravel()
    x = np.unique(np.concatenate([np.linspace(low, high, _POINTS), before, after, poles]))
    x = x[~np.isin(x, kinks) & (x >= low) & (x <= high)]
    x, y = _refine(function, params, order, x, _at(function, x, order, params), kinks)
    if not kinks.size:
        return Trace(x, y)
    left, right = (_at(function, at, order, params) for at in (before, after))
    held = _at(function, kinks, order, params, kink)
    if order and not function.exact_kinks:
        held = _held(kinks, held, left, right, kink)
    left, right = (
        np.where(before < low, held, left),
        np.where(after > high, held, right),
    )  # beyond the picture
    broken = ~np.isclose(left, right, rtol=1e-6, atol=1e-6)
    where = np.searchsorted(x, kinks)
    x, y = np.insert(x, where, kinks), np.insert(y, where, np.where(broken, np.nan, held))
    ends = [
        end
        for at, a, b, value in zip(*(v[broken].tolist() for v in (kinks, left, right, held)), strict=True)
        for end in ends_at(at, a, b, value)
    ]
    return Trace(x, y, tuple(ends))


def _held(kinks: Array, held: Array, left: Array, right: Array, rule: KinkRule) -> Array:
    """Return the values at kinks, by the rule where a kink lies between two doubles, on a side of both."""
    aside = kinks * 2.0**30 % 1 != 0  # a kink that is a fraction of few digits is a double
    one_sided = [between(a, b, rule) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    return np.where(aside & np.isfinite(left) & np.isfinite(right), one_sided, held)


def _at(
    function: Activation, x: Array, order: int, params: Params, kink: KinkRule = KinkRule.MIN_NORM
) -> Array:
    """Return f, f′ or f″ in plain arithmetic: nobody sees a few ULP."""
    return np.asarray(evaluate(function, x, order, params, kink=kink, fast=True))


def ends_at(at: float, left: float, right: float, value: float) -> list[End]:
    """Return the ends of a curve at a break, from its limits at both sides and its value there."""
    sides = [End(at, y, math.isclose(y, value, rel_tol=1e-6, abs_tol=1e-6)) for y in (left, right)]
    if math.isfinite(value) and not any(end.held for end in sides):
        sides.append(End(at, value, held=True))
    return [end for end in sides if math.isfinite(end.y)]


def _refine(
    function: Activation, params: Params, order: int, x: Array, y: Array, kinks: Array
) -> tuple[Array, Array]:
    """Put points between neighbours wherever the curve is not near its chord."""
    finite = y[np.isfinite(y)]
    height = min(float(np.ptp(finite)) if finite.size else 0.0, 4 * float(x[-1] - x[0])) or 1.0
    split = np.ones(x.size - 1, bool)
    for _ in range(_ROUNDS):
        at = np.flatnonzero(split & (np.diff(np.searchsorted(kinks, x)) == 0))
        if not at.size:
            break
        middle = (x[at] + x[at + 1]) / 2
        value = _at(function, middle, order, params)
        with np.errstate(all="ignore"):
            bent = np.abs(value - (y[at] + y[at + 1]) / 2) > _BEND * height
        at, middle, value = at[bent], middle[bent], value[bent]
        fresh = np.zeros(x.size - 1, bool)
        fresh[at] = True
        x, y = np.insert(x, at + 1, middle), np.insert(y, at + 1, value)
        split = np.repeat(fresh, fresh + 1)
    return x, y


def view(function: Activation, params: Params) -> tuple[float, float]:
    """Return the part of the line that a picture shows: the usual −6…6 unless the function lives elsewhere.

    It lives where it has kinks and where its slope has not yet settled on its limits.
    """
    low, high = function.view
    if dict(params) == function.defaults and (low, high) != (-6.0, 6.0):
        return _inside(function, low, high)
    left, right = _reach(function, params, -1), _reach(function, params, 1)
    reach = max(left.distance, right.distance)
    if reach > 1.4 * high:
        low = -_nice(max(left.distance, 0.6 * reach))
        high = _nice(max(right.distance, 0.6 * reach))
    elif 0 < reach < 0.35 * high and left.settles and right.settles:
        high = max(_nice(1.25 * reach), _NARROWEST)
        low = -high
    return _inside(function, low, high)


def _inside(function: Activation, low: float, high: float) -> tuple[float, float]:
    return max(low, function.domain.low), min(high, function.domain.high)


class _Reach(NamedTuple):
    """How far from 0 something happens on a side, and whether f′ settles on its limit beyond."""

    distance: float
    settles: bool


def _reach(function: Activation, params: Params, sign: int) -> _Reach:
    """Return half as far again as the last kink, unless they go on for ever, or where f′ settles."""
    kinks = [sign * k.at for k in function.kinks(**params) if sign * k.at >= 0]
    if len(kinks) > _MANY_KINKS or not np.isfinite(_at(function, sign * np.array(kinks), 0, params)).all():
        return _Reach(0.0, settles=False)  # a wave, or poles
    reach = 1.5 * max(kinks, default=0.0)
    limit = (function.right if sign > 0 else function.left)(**params).slope
    distance = np.geomspace(1e-3, 1e4, 281)
    slope = _at(function, sign * distance, 1, params)
    with np.errstate(all="ignore"):
        away = np.abs(slope - limit)
    if not np.all(np.isfinite(away)):
        return _Reach(reach, settles=False)
    if not away.any():
        return _Reach(reach, settles=True)
    half, settled = (float(distance[away > share * away.max()][-1]) for share in (0.5, 0.05))
    settled = 1.3 * settled if settled < 11 * half else min(3 * half, function.view[1])
    return _Reach(max(reach, settled), settles=True)


def _nice(x: float) -> float:
    scale = 10.0 ** math.floor(math.log10(x))
    return next(n for n in _NICE if n * scale >= x * (1 - 1e-9)) * scale


def height(functions: Sequence[Mapping[int, Trace]], low: float, high: float) -> tuple[float, float]:
    """Return the limits of y for the traces, by order, of some functions from low to high; 0 is among them.

    A function that grows faster than a line is cut off where a line of slope 1 would be, and one that grows
    without end at the end of its domain a little above most of its values, so that the rest is not flattened.
    Of every trace something is in view.
    """
    half = (high - low) / 2
    bottom, top = 0.0, 0.0
    for traces in functions:
        cap = half
        for order, points in traces.items():
            y = points.y[np.abs(points.y) < _LARGEST]
            if not y.size:
                continue
            size = np.abs(y)
            most_of_it, largest = float(np.quantile(size, 0.8)), float(size.max())
            pole = bool(np.isinf(points.y).any()) and most_of_it < 4 * half
            steep = pole or (largest > 2 * half and most_of_it < 0.55 * largest)
            if order == 0:
                cap = 2.5 * most_of_it if pole else half if steep else max(half, largest)
            least, most = float(y.min()), float(y.max())
            if steep:
                edge = cap if float(size.min()) < cap else 2.5 * most_of_it
                least, most = max(least, -edge), min(most, edge)
            bottom, top = min(bottom, least), max(top, most)
    if top - bottom < SMALLEST:
        return -1.0, 1.0
    margin = 0.06 * (top - bottom)
    return bottom - margin, top + margin


def asymptotes(function: Activation, params: Params, low: float, high: float) -> list[Asymptote]:
    """Return the lines that f nears on their side of 0 in a picture and does not run along."""
    found = []
    sides = (
        (Side.LEFT, function.left, min(high, 0.0), low),
        (Side.RIGHT, function.right, max(low, 0.0), high),
    )
    for side, tail, start, edge in sides:
        end = tail(**params)
        if end.intercept is None or not math.isfinite(end.slope) or not low <= start <= high or start == edge:
            continue
        x = np.linspace(start, edge, 41)[1:]
        away = np.abs(_at(function, x, 0, params) - (end.slope * x + end.intercept))
        if float(away.max()) > 1e-3 * (high - low) and away[-1] < _NEARED * away.max():
            found.append(Asymptote(end.slope, end.intercept, side))
    for edge, side in ((function.domain.low, Side.RIGHT), (function.domain.high, Side.LEFT)):
        if math.isfinite(edge) and not np.isfinite(_at(function, np.array([edge]), 0, params)[0]):
            found.append(Asymptote(math.inf, 0.0, side, edge))
    return found
