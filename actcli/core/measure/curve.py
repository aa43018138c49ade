"""A function looked at: in plain arithmetic, on a grid that is graded towards where something may happen.

What a function is like is told by its formula (`formula.analysis`). Looked at is what needs many values and
no more than ten digits: integrals, and where f″ is largest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.evaluate import evaluate, evaluate_roughly
from actcli.core.formula.analysis import BreakKind, Course
from actcli.core.spec import Activation, KinkRule, Params, Side
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actcli.core.arrays import Array
    from actcli.core.formula.analysis import Analysis

    Span = tuple[float, float]

_OCTAVES = 2.0 ** np.arange(-40, 6, 0.125)
"""Distances from a special point at which the grid lies: eight to an octave, from 1e-12 to 64."""

_EVEN = np.arange(-12, 12 + 1 / 128, 1 / 64)
_FAR = 10.0 ** np.arange(2, 308, 4)
_WIDE = 64.0
"""Where it is looked whether f has a value."""

GRADED = 12
"""Special points towards which grids are graded: those nearest to 0. More are a wave's, and alike."""

PERIODS = 3
"""So many periods on both sides of 0 stand for all of them in lists of places."""

REACH = 39.0
"""Beyond, the density of a normal number underflows."""

_TRIED = (-2.3, -0.7, 0.3, 1.9)
"""Where it is tried whether pairs of doubles can tell what a formula is."""

_ULPS = 8
"""Steps from the double next to a kink that is no double itself to where f″ is that of a side."""

_STEP = 2.0**-20
"""The distance, as a part of a place, at which growth towards it is measured: halving it tells the power."""

_PARTS = np.linspace(0, 1, 65)
_ZOOMS, _PEAKS = 7, 128
"""Steps towards a peak of |f″|, each 32 times closer, to where it is flat; and how many peaks next to 0 are
looked at."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value of f, f′ or f″ and where it is: at x, at one side of it, or on an interval [x, until].

    `attained` is False for a limit that is only neared.
    """

    x: float
    value: float
    attained: bool = True
    side: Side | None = None
    until: float | None = None


@dataclass(frozen=True)
class Curve:
    """An elementwise function with its parameters bound, and what its formula tells."""

    function: Activation
    params: Params
    found: Analysis

    def __call__(self, x: Array, order: int = 0) -> Array:
        """Return f, f′ or f″ at x, wrong by a few ULP at most; NaN where pairs of doubles cannot tell it."""
        return self._in_pairs(x, order) if self._is_within_doubles[order] else np.full(x.shape, np.nan)

    def _in_pairs(self, x: Array, order: int) -> Array:
        y = evaluate_roughly(self.function, x, order, self.params)
        for low, high in self.level if order else ():
            y[(x > low) & (x < high)] = 0.0  # which 0^(1/2)·0 does not tell
        return y

    @cached_property
    def _is_within_doubles(self) -> tuple[bool, ...]:
        in_catalogue = isinstance(self.function.definition, str)
        return tuple(in_catalogue or self._is_near_the_truth(order) for order in range(3))

    def _is_near_the_truth(self, order: int) -> bool:
        x = np.array(_TRIED)
        try:
            true = evaluate(self.function, x, order, self.params)
        except UsageError:  # there is no derivative of trigamma
            return False
        return np.allclose(self._in_pairs(x, order), true, rtol=1e-9, equal_nan=True)

    @cached_property
    def level(self) -> list[tuple[float, float]]:
        """The intervals on which f is constant, of a wave as many as a normal number may meet."""
        runs = [r for r in self.found.monotone if r.course is Course.CONSTANT]
        return repeated([(r.low.value, r.high.value) for r in runs], self.found, self.periods)

    @property
    def periods(self) -> int:
        """How many periods a normal number may meet on each side."""
        return math.ceil(REACH / self.found.period.value) if self.found.period else 0

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """The places where f, f′ or f″ breaks."""
        at = [(b.x.value, b.x.value) for b in self.found.breaks]
        return tuple(sorted({x for x, _ in repeated(at, self.found, self.periods)}))

    @cached_property
    def special(self) -> tuple[float, ...]:
        """The points near which something may happen: 0, kinks, parameters."""
        scales = [v for p in self.params.values() for v in (p, 1 / p if p else 0.0)]
        marks = {0.0, *self.kinks, *scales, *(-v for v in scales)}
        return tuple(sorted(m for m in marks if abs(m) < 1e9))

    @cached_property
    def grid(self) -> Array:
        """The points at which the function is looked at, in order, none of them a kink."""
        marks = np.array(sorted(self.special, key=abs))
        widest = max(1.0, float(np.abs(marks).max()))
        offsets = np.concatenate([-_OCTAVES, [0.0], _OCTAVES])
        near = (marks[:GRADED, None] + offsets).ravel()
        others = (marks[GRADED:, None] + offsets[::32]).ravel()
        wide = np.concatenate([_EVEN, _OCTAVES * widest, _FAR])
        points = np.unique(np.concatenate([near, others, wide, -wide]))
        return points[~np.isin(points, self.kinks)]

    @cached_property
    def is_everywhere(self) -> bool:
        """Whether f has a value at almost every number."""
        return not bool(np.isnan(self(self.grid[np.abs(self.grid) < _WIDE])).any())

    def growth(self, order: int) -> float:
        """Return the greatest power p with which f or f′ grows towards a kink, like |h|⁻ᵖ; 0 if none does."""
        x = np.array([k for k in self.kinks if abs(k) < REACH])
        h = _STEP * np.maximum(np.abs(x), 1.0)
        most = 0.0
        for sign in (-1, 1) if x.size else ():
            far, near, *rest = (np.abs(self(x + sign * h * 0.5**k, order)) for k in range(6))
            with np.errstate(all="ignore"):
                power = np.where(near == np.inf, np.inf, np.where(near > far, np.log2(near / far), 0.0))
            for beside in rest:  # what waves grows by chance
                power[~(beside >= near)] = 0.0
                near = beside
            most = max(most, float(power.max()))
        return most

    def most_bent(self) -> Point:
        """Return the supremum of |f″|, and the place nearest to 0 where it is, or is neared."""
        kinks = np.array(self.kinks)
        inside = np.array([x for x in self.special if x not in self.kinks])
        points = [Point(x, y) for x, y in self._at(np.concatenate([self._peaks(), inside]))]
        short = kinks * 2.0**20 % 1 == 0  # others lie between two doubles
        for side, step in ((Side.LEFT, -_ULPS), (Side.RIGHT, _ULPS)):
            beside = self._at(np.where(short, kinks, kinks + step * np.spacing(kinks)), side)
            points += [Point(x, y, False, side) for x, (_, y) in zip(self.kinks, beside, strict=True)]
        points += [Point(x, y, attained=False) for x, y in self._at(np.array([-np.inf, np.inf]))]
        runs = (r for r in self.found.convexity if r.course is Course.LINEAR)
        points += [Point(r.low.value, 0.0, until=r.high.value) for r in runs]
        for b in self.found.breaks:
            ends = (
                ((Side.LEFT, b.left), (Side.RIGHT, b.right))
                if b.kind is BreakKind.POLE and self._is_within_doubles[2]
                else ()
            )
            poles = (side for side, end in ends if end and math.isinf(end.value))
            points += [Point(b.x.value, math.inf, False, side) for side in poles]
        known = [p for p in points if not math.isnan(p.value) and not (p.attained and math.isinf(p.value))]
        if not known:
            return Point(math.nan, math.nan)
        size = max(abs(p.value) for p in known)
        best = [p for p in known if abs(p.value) == size or math.isclose(abs(p.value), size, rel_tol=1e-14)]
        first = min(best, key=lambda p: (p.until is None, not p.attained, abs(p.x), -p.x))
        return Point(first.x, size, first.attained, first.side, first.until)

    def _at(self, x: Array, side: Side | None = None) -> list[tuple[float, float]]:
        """Return points with f″ at them, on a side where it is one of a kink."""
        y = np.full(x.shape, np.nan)
        if self._is_within_doubles[2]:
            rule = KinkRule(side.value) if side else KinkRule.MIN_NORM
            y = np.asarray(evaluate(self.function, x, 2, self.params, kink=rule))
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def _peaks(self) -> Array:
        """Return where |f″| has a local maximum (there is no f‴ to find a root of)."""
        grid, cuts = self.grid, np.array(self.kinks)
        piece, size = np.searchsorted(cuts, grid), np.abs(self(grid, 2))
        peak = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (piece[:-2] == piece[2:])
        top = np.flatnonzero(peak) + 1
        top = top[np.argsort(np.abs(grid[top]), kind="stable")[:_PEAKS]]
        low, high, rows = grid[top - 1], grid[top + 1], np.arange(top.size)
        for _ in range(_ZOOMS if top.size else 0):
            inside = low[:, None] + (high - low)[:, None] * _PARTS
            best = np.argmax(np.abs(self(inside.ravel(), 2)).reshape(inside.shape), axis=1)
            low = inside[rows, np.maximum(best - 1, 0)]
            high = inside[rows, np.minimum(best + 1, _PARTS.size - 1)]
        middle, seen = (low + high) / 2, grid[top]
        # At a flat top the search ends a hair aside: a grid point that is as high is the place.
        level = np.abs(self(middle, 2)) * (1 - 1e-14)
        return np.where(np.abs(self(seen, 2)) >= level, seen, middle)


def repeated(spans: Iterable[Span], found: Analysis, periods: int = PERIODS) -> list[Span]:
    """Return intervals, those of a periodic function in the periods next to 0 as well, put together."""
    if not found.period:
        return list(spans)
    moves = [k * found.period.value for k in range(-periods, periods + 1)]
    joined: list[Span] = []
    for low, high in sorted((a + by, b + by) for a, b in spans for by in moves):
        if joined and low < high and math.isclose(joined[-1][1], low, rel_tol=1e-14, abs_tol=1e-14):
            joined[-1] = joined[-1][0], high
        else:
            joined.append((low, high))
    return joined
