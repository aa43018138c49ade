"""What can be said of an elementwise function, computed from the function itself.

Of a formula that someone has typed, range, zeros, extrema, slopes, course and breaks are those that the
formula tells (`formula.analysis`), where python-flint is installed and it tells them; the rest is measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.measure.curve import Curve, Point
from actcli.core.measure.gaussian import Moments, fixed_variance, moments, normal_share
from actcli.core.questions import is_available
from actcli.core.spec import Activation, Break, Interval, Params, Side
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.core.formula.analysis import Analysis

THRESHOLD = 0.01
"""Where |f′| is below this, f counts as saturated."""

_CENTRED = 1e-10


class Monotone(StrEnum):
    """How f runs from left to right."""

    INCREASING = "increasing"
    NON_DECREASING = "non-decreasing"
    DECREASING = "decreasing"
    NON_INCREASING = "non-increasing"
    CONSTANT = "constant"
    NO = "no"


class Symmetry(StrEnum):
    """What mirroring the argument does to f."""

    ODD = "odd"
    EVEN = "even"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The measured character of a function with its parameters bound.

    Attributes:
        range: the least interval that holds every value.
        values: the intervals that the values fill, in order.
        zeros: where f is 0.
        extrema: where f turns round, with its value.
        largest_slope: the supremum of |f′| and one place where it is reached or neared.
        largest_curvature: the same of |f″|.
        lipschitz: the least L with |f(a) − f(b)| ≤ L·|a − b|; inf at a jump or where slopes grow without end.
        monotone: how f runs.
        symmetry: odd, even or none.
        breaks: the lowest derivative that is discontinuous somewhere, and where; None for a smooth function.
        poles: the places, among those, towards which f grows without end.
        saturated: the intervals on which |f′| is below the threshold, in order.
        wavy: whether turning points go on for ever, so that lists of places show a part only.
        moments: mean and variance of f and f′ under a standard normal input.
        dead_share: the share of standard normal inputs at which f′ is exactly 0.
        saturated_share: the share of standard normal inputs at which |f′| is below the threshold.
        fixed_variance: the variance that a layer hands on unchanged.
        fixed_mean: the mean of the output at that variance.
    """

    range: Interval
    values: tuple[Interval, ...]
    zeros: tuple[Point, ...]
    extrema: tuple[Point, ...]
    largest_slope: Point
    largest_curvature: Point
    lipschitz: float
    monotone: Monotone
    symmetry: Symmetry
    breaks: tuple[Break, tuple[float, ...]] | None
    poles: tuple[float, ...]
    saturated: tuple[tuple[float, float], ...]
    wavy: bool
    moments: Moments
    dead_share: float
    saturated_share: float
    fixed_variance: float
    fixed_mean: float

    @property
    def zero_centred(self) -> bool:
        """Whether standard normal inputs give outputs of mean 0."""
        return abs(self.moments.mean) <= _CENTRED * math.sqrt(max(self.moments.square, 1e-300))

    @property
    def gain(self) -> float:
        """The factor on weights of variance 1/n that keeps the mean square of the signal at 1."""
        return _gain(self.moments.square)

    @property
    def gradient_gain(self) -> float:
        """The factor on weights of variance 1/n that keeps the mean square of the gradient."""
        return _gain(self.moments.slope_square)

    @property
    def saturates_below(self) -> float | None:
        """The point left of which |f′| stays below the threshold, or None."""
        return self.saturated[0][1] if self.saturated and self.saturated[0][0] == -math.inf else None

    @property
    def saturates_above(self) -> float | None:
        """The point right of which |f′| stays below the threshold, or None."""
        return self.saturated[-1][0] if self.saturated and self.saturated[-1][1] == math.inf else None


def _gain(square: float) -> float:
    return 1 / math.sqrt(square) if square > 0 else math.nan if math.isnan(square) else math.inf


def properties(
    function: Activation, params: Params | None = None, threshold: float = THRESHOLD
) -> Properties:
    """Return everything that can be measured of a function; saturated means |f′| < threshold.

    Raises:
        UsageError: it is a formula that is too long.
    """
    bound = function.bind(params or {})
    curve = Curve(function, bound, _told(function, bound))
    values, breaks = _values(curve), _breaks(curve)
    slope = _largest(curve, 1)
    saturated = curve.below(threshold)
    spread = fixed_variance(curve)
    at_fixed = moments(curve, math.sqrt(spread)).mean if 0 < spread < math.inf else math.nan
    return Properties(
        range=Interval(values[0].low, values[-1].high, values[0].low_closed, values[-1].high_closed),
        values=values,
        zeros=_zeros(curve),
        extrema=_extrema(curve),
        largest_slope=slope,
        largest_curvature=_largest(curve, 2),
        lipschitz=_lipschitz(curve, breaks, slope),
        monotone=_monotone(curve),
        symmetry=_symmetry(curve),
        breaks=breaks,
        poles=curve.poles,
        saturated=saturated,
        wavy=curve.wavy or bool(curve.found and curve.found.endless),
        moments=moments(curve),
        dead_share=_share((p.low, p.high) for p in curve.pieces if p.flat),
        saturated_share=_share(saturated),
        fixed_variance=spread,
        fixed_mean=curve.at(0.0) if spread == 0 else at_fixed,
    )


def _told(function: Activation, params: Params) -> Analysis | None:
    """Return what the formula of a typed function tells, if python-flint is there.

    Raises:
        UsageError: it is too long.
    """
    if isinstance(function.definition, str):
        return None
    if is_available():
        from actcli.core.formula.analysis import analysis

        return analysis(function.definition, params)
    from actcli.core.formula import replay

    if replay.is_long(replay.bound(function.definition, params)):
        raise UsageError("the formula is too long")
    return None


def _listed(curve: Curve) -> Analysis | None:
    """Return what a formula tells, if its lists are of the whole line, or there is nothing else to go by."""
    if curve.found is None or (curve.found.endless and curve.is_measurable):
        return None
    return curve.found


def _repeated(curve: Curve) -> tuple[Analysis | None, tuple[float, ...]]:
    """Return what a formula tells, and how far its lists are moved to make some periods next to 0."""
    if curve.found and curve.found.period:
        return curve.found, tuple(k * curve.found.period.value for k in range(-_PERIODS, _PERIODS + 1))
    return _listed(curve), (0.0,)


_PERIODS = 3
"""So many periods on both sides stand for all of them."""


def _share(intervals: Iterable[tuple[float, float]]) -> float:
    return math.fsum(normal_share(low, high) for low, high in intervals)


def _values(curve: Curve) -> tuple[Interval, ...]:
    if curve.found and curve.found.range and (curve.found.period or not curve.found.endless):
        spans = curve.found.range
        return tuple(Interval(s.low.value, s.high.value, s.low_closed, s.high_closed) for s in spans)
    points = list(curve.candidates(0))
    if not points:
        return (Interval(math.nan, math.nan),)
    low, high = min(p.value for p in points) + 0.0, max(p.value for p in points) + 0.0
    if curve.is_typed:
        seen = curve(curve.grid)
        seen = seen[np.isfinite(seen)]
        room = 1e-9 * max(map(abs, (low, high))) if math.isfinite(low) and math.isfinite(high) else 0.0
        if seen.size and (seen.min() < low - room or seen.max() > high + room):  # there are too many
            return (Interval(math.nan, math.nan),)
    whole = Interval(
        low,
        high,
        low_closed=any(p.attained for p in points if p.value == low) and math.isfinite(low),
        high_closed=any(p.attained for p in points if p.value == high) and math.isfinite(high),
    )
    return (whole,)


def _largest(curve: Curve, order: int) -> Point:
    """Return the supremum of |f′| or |f″|: where it holds on an interval, else the place nearest to 0."""
    points = list(curve.candidates(order))
    if not points:
        return Point(math.nan, math.nan)
    size = max(abs(p.value) for p in points)
    best = [p for p in points if math.isclose(abs(p.value), size, rel_tol=1e-14)]
    best.sort(key=lambda p: (p.until is None, not p.attained, abs(p.x), -p.x))
    first = best[0]
    return Point(first.x, size, first.attained, first.side, first.until)


def _lipschitz(curve: Curve, breaks: tuple[Break, tuple[float, ...]] | None, slope: Point) -> float:
    if curve.found and curve.found.lipschitz is not None:
        return curve.found.lipschitz.value
    return math.inf if breaks and breaks[0] is Break.VALUE else slope.value


def _extrema(curve: Curve) -> tuple[Point, ...]:
    found, moves = _repeated(curve)
    if found:
        return tuple(Point(e.x.value + by, e.value.value) for by in moves for e in found.extrema)
    return curve.extrema


def _zeros(curve: Curve) -> tuple[Point, ...]:
    told, moves = _repeated(curve)
    if told:
        single = [Point(z.x.value + by, 0.0) for by in moves for z in told.zeros]
        spans = [
            Point(z.low.value + by, 0.0, until=z.high.value + by) for by in moves for z in told.flat_zeros
        ]
        return tuple(sorted([*single, *spans], key=lambda p: p.x))
    spots = set(curve.roots(0).tolist())
    touched = np.array(curve.special)
    spots |= set((touched[curve(touched) == 0] + 0.0).tolist())
    flat = [p for p in curve.pieces if p.flat and np.all(curve(p.grid) == 0)]
    spots = {x for x in spots if not any(p.low <= x <= p.high for p in flat)}
    found = [Point(x, 0.0) for x in spots] + [Point(p.low, 0.0, until=p.high) for p in flat]
    return tuple(sorted(found, key=lambda p: p.x))


def _monotone(curve: Curve) -> Monotone:
    up = down = flat = False
    if found := _listed(curve):
        courses = {stretch.course.value for stretch in found.monotone}
        up, down, flat = (way in courses for way in ("increasing", "decreasing", "constant"))
        steps = [[s.value for s in (b.left, b.value, b.right) if s is not None] for b in found.breaks]
    else:
        for piece in curve.pieces:
            slopes = curve(piece.grid, 1)
            up, down = up or bool(np.any(slopes > 0)), down or bool(np.any(slopes < 0))
            flat = flat or piece.flat
        steps = [[curve.limit(x, Side.LEFT), curve.limit(x, Side.RIGHT)] for x in curve.kinks]
    up = up or any(a < b for step in steps for a, b in pairwise(step))
    down = down or any(a > b for step in steps for a, b in pairwise(step))
    return {
        (True, False): Monotone.NON_DECREASING if flat else Monotone.INCREASING,
        (False, True): Monotone.NON_INCREASING if flat else Monotone.DECREASING,
        (False, False): Monotone.CONSTANT if flat else Monotone.NO,
        (True, True): Monotone.NO,
    }[up, down]


def _symmetry(curve: Curve) -> Symmetry:
    if curve.found:
        found = curve.found.symmetry.value
        return Symmetry(found) if found in tuple(Symmetry) else Symmetry.NONE
    x = curve.grid[curve.grid > 0]
    with np.errstate(all="ignore"):
        right, left = curve(x), curve(-x)
    known = np.isfinite(right) & np.isfinite(left)
    if not known.any() or np.isnan(right).sum() != np.isnan(left).sum():
        return Symmetry.NONE
    right, left = right[known], left[known]
    close = 1e-14 * np.abs(right)
    if np.all(np.abs(right + left) <= close) and curve.at(0.0) == 0:
        return Symmetry.ODD
    return Symmetry.EVEN if np.all(np.abs(right - left) <= close) else Symmetry.NONE


def _breaks(curve: Curve) -> tuple[Break, tuple[float, ...]] | None:
    """Return the lowest derivative with a break that can be seen, and where it breaks."""
    if found := _listed(curve):
        kinds = {"kink": Break.SLOPE, "curvature": Break.CURVATURE}
        inner = [
            (b.x.value, kinds.get(b.kind.value, Break.VALUE))
            for b in found.breaks
            if b.kind.value not in ("edge", "hole")
        ]
        if not inner:
            return None
        lowest = min(order for _, order in inner)
        return lowest, tuple(x for x, order in inner if order is lowest)
    for order in (Break.VALUE, Break.SLOPE, Break.CURVATURE):
        where = tuple(x for x in curve.kinks if _differs(curve, x, order))
        if where:
            return order, where
    return None


def _differs(curve: Curve, x: float, order: int) -> bool:
    sides = (Side.LEFT, Side.RIGHT)
    if order == 0:
        left, right = (curve.limit(x, side) for side in sides)
        return left != right and not (math.isnan(left) and math.isnan(right))
    left, right = (curve.at(x, order, side) for side in sides)
    # Beside a kink that is no double f′ and f″ are those a few steps aside.
    return left != right if curve.function.exact_kinks else not math.isclose(left, right, rel_tol=1e-9)
