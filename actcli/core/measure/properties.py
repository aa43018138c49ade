"""What can be said of an elementwise function, computed from the function itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.measure.curve import Curve, Piece, Point
from actcli.core.measure.gaussian import Moments, fixed_variance, moments, normal_share
from actcli.core.spec import Activation, Break, Interval, Params, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        zeros: where f is 0.
        extrema: where f turns round, with its value.
        largest_slope: the supremum of |f′| and one place where it is reached or neared.
        largest_curvature: the same of |f″|.
        lipschitz: the least L with |f(a) − f(b)| ≤ L·|a − b|; inf at a jump or where slopes grow without end.
        monotone: how f runs.
        symmetry: odd, even or none.
        breaks: the lowest derivative that is discontinuous somewhere, and where; None for a smooth function.
        saturated: the intervals on which |f′| is below the threshold, in order.
        wavy: whether turning points go on for ever, so that lists of places show a part only.
        moments: mean and variance of f and f′ under a standard normal input.
        dead_share: the share of standard normal inputs at which f′ is exactly 0.
        saturated_share: the share of standard normal inputs at which |f′| is below the threshold.
        fixed_variance: the variance that a layer hands on unchanged.
        fixed_mean: the mean of the output at that variance.
    """

    range: Interval
    zeros: tuple[Point, ...]
    extrema: tuple[Point, ...]
    largest_slope: Point
    largest_curvature: Point
    lipschitz: float
    monotone: Monotone
    symmetry: Symmetry
    breaks: tuple[Break, tuple[float, ...]] | None
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
    """Return everything that can be measured of a function; saturated means |f′| < threshold."""
    curve = Curve(function, function.bind(params or {}))
    breaks = _breaks(curve)
    slope = _largest(curve, 1)
    saturated = curve.below(threshold)
    spread = fixed_variance(curve)
    at_fixed = moments(curve, math.sqrt(spread)).mean if 0 < spread < math.inf else math.nan
    return Properties(
        range=_range(curve),
        zeros=_zeros(curve),
        extrema=curve.extrema,
        largest_slope=slope,
        largest_curvature=_largest(curve, 2),
        lipschitz=math.inf if breaks and breaks[0] is Break.VALUE else slope.value,
        monotone=_monotone(curve),
        symmetry=_symmetry(curve),
        breaks=breaks,
        saturated=saturated,
        wavy=curve.wavy,
        moments=moments(curve),
        dead_share=_share((p.low, p.high) for p in curve.pieces if _is_flat(curve, p)),
        saturated_share=_share(saturated),
        fixed_variance=spread,
        fixed_mean=curve.at(0.0) if spread == 0 else at_fixed,
    )


def _is_flat(curve: Curve, piece: Piece) -> bool:
    return piece.affine and bool(np.all(curve(piece.grid, 1) == 0))


def _share(intervals: Iterable[tuple[float, float]]) -> float:
    return math.fsum(normal_share(low, high) for low, high in intervals)


def _range(curve: Curve) -> Interval:
    points = list(curve.candidates(0))
    low, high = min(p.value for p in points) + 0.0, max(p.value for p in points) + 0.0
    return Interval(
        low,
        high,
        low_closed=any(p.attained for p in points if p.value == low) and math.isfinite(low),
        high_closed=any(p.attained for p in points if p.value == high) and math.isfinite(high),
    )


def _largest(curve: Curve, order: int) -> Point:
    """Return the supremum of |f′| or |f″|: where it holds on an interval, else the place nearest to 0."""
    points = list(curve.candidates(order))
    size = max(abs(p.value) for p in points)
    best = [p for p in points if math.isclose(abs(p.value), size, rel_tol=1e-14)]
    best.sort(key=lambda p: (p.until is None, not p.attained, abs(p.x), -p.x))
    first = best[0]
    return Point(first.x, size, first.attained, first.side, first.until)


def _zeros(curve: Curve) -> tuple[Point, ...]:
    spots = set(curve.roots(0).tolist())
    touched = np.array(curve.special)
    spots |= set((touched[curve(touched) == 0] + 0.0).tolist())
    flat = [p for p in curve.pieces if p.affine and np.all(curve(p.grid) == 0)]
    spots = {x for x in spots if not any(p.low <= x <= p.high for p in flat)}
    found = [Point(x, 0.0) for x in spots] + [Point(p.low, 0.0, until=p.high) for p in flat]
    return tuple(sorted(found, key=lambda p: p.x))


def _monotone(curve: Curve) -> Monotone:
    up = down = flat = False
    for piece in curve.pieces:
        slopes = curve(piece.grid, 1)
        up, down = up or bool(np.any(slopes > 0)), down or bool(np.any(slopes < 0))
        flat = flat or _is_flat(curve, piece)
    for x in curve.kinks:
        left, right = curve.limit(x, Side.LEFT), curve.limit(x, Side.RIGHT)
        up, down = up or left < right, down or left > right
    return {
        (True, False): Monotone.NON_DECREASING if flat else Monotone.INCREASING,
        (False, True): Monotone.NON_INCREASING if flat else Monotone.DECREASING,
        (False, False): Monotone.CONSTANT,
        (True, True): Monotone.NO,
    }[up, down]


def _symmetry(curve: Curve) -> Symmetry:
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
    for order in (Break.VALUE, Break.SLOPE, Break.CURVATURE):
        where = tuple(x for x in curve.kinks if _differs(curve, x, order))
        if where:
            return order, where
    return None


def _differs(curve: Curve, x: float, order: int) -> bool:
    if order == 0:
        return curve.limit(x, Side.LEFT) != curve.limit(x, Side.RIGHT)
    return curve.at(x, order, Side.LEFT) != curve.at(x, order, Side.RIGHT)
