"""What can be said of an elementwise function: what its formula tells, and what is measured of it.

Range, zeros, extrema, slopes, course, breaks and saturation follow from the formula (`formula.analysis`);
moments under normal inputs, and where f″ is largest, are measured (`Curve`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from actcli.core.definition import expression_of
from actcli.core.evaluate import evaluate
from actcli.core.formula.analysis import BreakKind, Course, analysis, below
from actcli.core.measure.curve import Curve, Point, repeated
from actcli.core.measure.gaussian import Moments, fixed_variance, moments, normal_share
from actcli.core.spec import Activation, Break, Interval, Params, Side

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from actcli.core.formula.analysis import Analysis
    from actcli.core.formula.expression import Expression

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


@dataclass(frozen=True)
class Properties:
    """The character of a function with its parameters bound; what is asked for is found then, once.

    Attributes:
        function: the function.
        params: its parameters.
        threshold: saturated means |f′| < threshold.
    """

    function: Activation
    params: Params
    threshold: float

    @cached_property
    def found(self) -> Analysis:
        """What the formula tells."""
        return told(self.function, self.params)

    @cached_property
    def curve(self) -> Curve:
        """The function as it is looked at."""
        return Curve(self.function, self.params, self.found)

    @property
    def values(self) -> tuple[Interval, ...]:
        """The intervals that the values fill, in order; of NaN if they are not told."""
        spans = self.found.range
        known = (Interval(s.low.value, s.high.value, s.low_closed, s.high_closed) for s in spans)
        stated = self.function.range(**self.params) if isinstance(self.function.definition, str) else None
        return tuple(known) or (stated or Interval(math.nan, math.nan),)

    @property
    def range(self) -> Interval:
        """The least interval that holds every value."""
        first, last = self.values[0], self.values[-1]
        return Interval(first.low, last.high, first.low_closed, last.high_closed)

    @property
    def zeros(self) -> tuple[Point, ...]:
        """Where f is 0."""
        single = [Point(x, 0.0) for z in self.found.zeros for x in _places(z.x.value, self.found)]
        spans = repeated([(z.low.value, z.high.value) for z in self.found.flat_zeros], self.found)
        level = [Point(low, 0.0, until=high) for low, high in spans]
        return tuple(sorted([*single, *level], key=lambda p: p.x))

    @property
    def extrema(self) -> tuple[Point, ...]:
        """Where f turns round, with its value."""
        found = self.found
        points = [Point(x, e.value.value) for e in found.extrema for x in _places(e.x.value, found)]
        return tuple(sorted(points, key=lambda p: p.x))

    @property
    def largest_slope(self) -> Point:
        """The supremum of |f′| between breaks, and one place where it is reached or neared."""
        steepest = self.found.steepest
        if not steepest:
            return Point(math.nan, math.nan)
        x = min(_places(steepest.x.value, self.found), key=abs)
        until = steepest.until.value if steepest.until else None
        side = None if math.isinf(x) else {-1: Side.LEFT, 0: None, 1: Side.RIGHT}[steepest.side]
        return Point(x, steepest.size.value, steepest.side == 0, side, until)

    @cached_property
    def largest_curvature(self) -> Point:
        """The same of |f″|; of NaN where that of |f′| is not told."""
        return self.curve.most_bent() if self.found.steepest else Point(math.nan, math.nan)

    @property
    def lipschitz(self) -> float:
        """The least L with |f(a) − f(b)| ≤ L·|a − b|: inf at a jump, NaN if it is not told."""
        return self.found.lipschitz.value if self.found.lipschitz else math.nan

    @property
    def monotone(self) -> Monotone:
        """How f runs."""
        return _monotone(self.found)

    @property
    def symmetry(self) -> Symmetry:
        """Odd, even or none."""
        symmetry = self.found.symmetry.value
        return Symmetry(symmetry) if symmetry in Symmetry.__members__.values() else Symmetry.NONE

    @property
    def breaks(self) -> tuple[Break, tuple[float, ...]] | None:
        """The lowest derivative that is discontinuous inside the domain, and where; None if none is."""
        found = self.found
        inside = [b for b in found.breaks if b.kind is not BreakKind.POLE or (b.left and b.right)]
        inner = [(b.x.value, _ORDERS[b.kind]) for b in inside if b.kind in _ORDERS]
        if not inner:
            return None
        lowest = min(order for _, order in inner)
        return lowest, tuple(sorted(x for at, order in inner if order is lowest for x in _places(at, found)))

    @property
    def poles(self) -> tuple[float, ...]:
        """The places, among those, towards which f grows without end."""
        poles = [b.x.value for b in self.found.breaks if b.kind is BreakKind.POLE]
        return tuple(x for at in poles for x in _places(at, self.found))

    @cached_property
    def saturated(self) -> tuple[tuple[float, float], ...]:
        """The intervals on which |f′| is below the threshold, in order."""
        spans = below(*formula_with(self.function, self.params), self.threshold)
        return tuple(repeated(spans, self.found, self.curve.periods))

    @property
    def wavy(self) -> bool:
        """Whether waves or steps go on for ever, so that lists of places show a part only."""
        return self.found.endless

    @cached_property
    def moments(self) -> Moments:
        """Mean and variance of f and f′ under a standard normal input."""
        return moments(self.curve)

    @property
    def dead_share(self) -> float:
        """The share of standard normal inputs at which f′ is exactly 0."""
        return _share(self.curve.level)

    @property
    def saturated_share(self) -> float:
        """The share of standard normal inputs at which |f′| is below the threshold."""
        return _share(self.saturated)

    @cached_property
    def fixed_variance(self) -> float:
        """The variance that a layer hands on unchanged."""
        return fixed_variance(self.curve)

    @cached_property
    def fixed_mean(self) -> float:
        """The mean of the output at that variance."""
        if self.fixed_variance == 0:
            return float(evaluate(self.function, 0.0, 0, self.params))
        is_known = 0 < self.fixed_variance < math.inf
        return moments(self.curve, math.sqrt(self.fixed_variance)).mean if is_known else math.nan

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


_ORDERS = {
    BreakKind.POLE: Break.VALUE,
    BreakKind.JUMP: Break.VALUE,
    BreakKind.KINK: Break.SLOPE,
    BreakKind.CURVATURE: Break.CURVATURE,
}
"""The derivative that breaks; at an edge of the domain, or a hole in it, none does."""


def _gain(square: float) -> float:
    return 1 / math.sqrt(square) if square > 0 else math.nan if math.isnan(square) else math.inf


def properties(
    function: Activation, params: Params | None = None, threshold: float = THRESHOLD
) -> Properties:
    """Return what can be said of a function; saturated means |f′| < threshold.

    Raises:
        UsageError: it is a formula that is too long.
    """
    found = Properties(function, function.bind(params or {}), threshold)
    told(function, found.params)
    return found


def told(function: Activation, bound: Params) -> Analysis:
    """Return what the formula of a function tells.

    Raises:
        UsageError: it is too long.
    """
    return analysis(*formula_with(function, bound))


def formula_with(function: Activation, bound: Params) -> tuple[Expression, dict[str, Fraction]]:
    """Return the formula of a function and its parameters in full."""
    return expression_of(function.definition), {p.name: p.full(bound[p.name]) for p in function.params}


def _places(x: float, found: Analysis) -> list[float]:
    """Return a place, of a periodic function in the periods next to 0 as well."""
    return [low for low, _ in repeated([(x, x)], found)]


def _share(intervals: Iterable[tuple[float, float]]) -> float:
    return math.fsum(normal_share(low, high) for low, high in intervals)


def _monotone(found: Analysis) -> Monotone:
    courses = {stretch.course for stretch in found.monotone}
    up, down, flat = (way in courses for way in (Course.INCREASING, Course.DECREASING, Course.CONSTANT))
    steps = [[s.value for s in (b.left, b.value, b.right) if s is not None] for b in found.breaks]
    up = up or any(a < b for step in steps for a, b in pairwise(step))
    down = down or any(a > b for step in steps for a, b in pairwise(step))
    return {
        (True, False): Monotone.NON_DECREASING if flat else Monotone.INCREASING,
        (False, True): Monotone.NON_INCREASING if flat else Monotone.DECREASING,
        (False, False): Monotone.CONSTANT if flat else Monotone.NO,
        (True, True): Monotone.NO,
    }[up, down]
