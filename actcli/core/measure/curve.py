"""The shape of a function, found by looking at it: its pieces, zeros, turning points and bounds.

Nothing here is taken from what a record claims but the places where a function breaks and what it tends to at
the ends of the line. Everything else is computed from the values of f, f′ and f″: a fine grid, graded towards
every place where something may happen, shows where a sign changes, and bisection finds the double next to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.evaluate import evaluate, evaluate_roughly
from actcli.core.roots import ENOUGH, PARTS, ZOOMS, sign_changes
from actcli.core.spec import Activation, KinkRule, Params, Side
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array
    from actcli.core.formula.analysis import Analysis


_OCTAVES = 2.0 ** np.arange(-40, 6, 0.125)
"""Distances from a special point at which the grid lies: eight to an octave, from 1e-12 to 64."""

_FAR = 10.0 ** np.arange(2, 308, 4)
_EVEN = np.arange(-12, 12 + 1 / 128, 1 / 64)
_WIDE = 64.0  # special points' distances from 0 within which waves are followed
_MANY = 24  # more turning points than this are a wave
GRADED = 12
"""Special points towards which grids are graded: those nearest to 0. More are a wave's, and alike."""

_TRIED = (-2.3, -0.7, 0.3, 1.9)
"""Where it is tried whether pairs of doubles can tell what a typed formula is."""

_ULPS = 8
"""Steps from the double next to a kink that is no double itself to where f′ and f″ are those of a side."""
_NEAREST = 2.0**-500
"""A number that stands for the neighbours of 0."""
_STEP = 2.0**-20
"""The distance, as a part of a place, at which growth towards it is measured: halving it tells the power."""
_LEAST_GROWTH = 0.03
"""A pole has at least that power: log |h| has 1/20 at the distance 2^-20, what stays bounded less."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value of f, f′ or f″ and where it is: at x, on one side of x, or on a whole interval [x, until].

    `attained` is False for a limit that is only neared.
    """

    x: float
    value: float
    attained: bool = True
    side: Side | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the line on which f has values and no kink.

    `affine` where f″ is 0 all along it, `flat` where f′ is.
    """

    low: float
    high: float
    grid: Array
    affine: bool
    flat: bool


@dataclass(frozen=True)
class Curve:
    """An elementwise function with its parameters bound, and what can be seen of it.

    `found` is what its formula tells, where that is known. A formula that was typed is looked at in plain
    arithmetic, where a few ULP are nothing.
    """

    function: Activation
    params: Params
    found: Analysis | None = None

    def __call__(self, x: Array, order: int = 0, side: Side | None = None, *, fast: bool = False) -> Array:
        """Return f, f′ or f″ at x; with a side, what the derivative tends to from there at a kink."""
        if self.is_typed and not side:
            return self._roughly(x, order)
        if self.is_typed and not self._is_within_doubles[order]:
            return np.full(x.shape, np.nan)
        rule = KinkRule(side.value) if side else KinkRule.MIN_NORM
        return np.asarray(evaluate(self.function, x, order, self.params, kink=rule, fast=fast), np.float64)

    def _roughly(self, x: Array, order: int) -> Array:
        """Return f, f′ or f″ of a typed formula; NaN if its numbers are too huge for pairs of doubles."""
        if not self._is_within_doubles[order]:
            return np.full(x.shape, np.nan)
        return self._in_pairs(x, order)

    def _in_pairs(self, x: Array, order: int) -> Array:
        y = evaluate_roughly(self.function, x, order, self.params)
        for low, high in self._level if order else ():
            y[(x > low) & (x < high)] = 0.0  # which 0^(1/2)·0 does not tell
        return y

    @cached_property
    def _level(self) -> list[tuple[float, float]]:
        """The intervals on which f is constant."""
        runs = self.found.monotone if self.found and not self.found.endless else ()
        return [(run.low.value, run.high.value) for run in runs if run.course.value == "constant"]

    @property
    def is_measurable(self) -> bool:
        """Whether f can be looked at."""
        return not self.is_typed or self._is_within_doubles[0]

    @cached_property
    def _is_within_doubles(self) -> tuple[bool, ...]:
        return tuple(self._is_near_the_truth(order) for order in range(3))

    def _is_near_the_truth(self, order: int) -> bool:
        x = np.array(_TRIED)
        try:
            true = evaluate(self.function, x, order, self.params)
        except UsageError:  # there is no derivative of trigamma
            return False
        return np.allclose(self._in_pairs(x, order), true, rtol=1e-9, equal_nan=True)

    @cached_property
    def is_typed(self) -> bool:
        """Whether the function is a formula that someone has typed."""
        return not isinstance(self.function.definition, str)

    def at(self, x: float, order: int = 0, side: Side | None = None) -> float:
        """Return f, f′ or f″ at one point."""
        if order and side and (found := self._one_sided(order).get((x, side))) is not None:
            return found
        return float(self(np.array([x]), order, side)[0])

    def _one_sided(self, order: int) -> dict[tuple[float, Side], float]:
        """Return what f′ or f″ tends to at each kink from each side."""
        return self._sides_of_slope if order == 1 else self._sides_of_curvature

    @cached_property
    def _sides_of_slope(self) -> dict[tuple[float, Side], float]:
        return self._at_sides(1)

    @cached_property
    def _sides_of_curvature(self) -> dict[tuple[float, Side], float]:
        return self._at_sides(2)

    def _at_sides(self, order: int) -> dict[tuple[float, Side], float]:
        exact = np.array([x for x in self.kinks if self._is_double(x)])
        other = np.array([x for x in self.kinks if not self._is_double(x)])
        found: dict[tuple[float, Side], float] = {}
        for side, step in ((Side.LEFT, -_ULPS), (Side.RIGHT, _ULPS)):
            values = np.concatenate([self(exact, order, side), self(other + step * np.spacing(other), order)])
            x = np.concatenate([exact, other]).tolist()
            found |= {(at, side): value for at, value in zip(x, values.tolist(), strict=True)}
        return found

    def _is_double(self, kink: float) -> bool:
        """Return whether a kink is the double that stands for it."""
        if self.function.exact_kinks or kink == 0:
            return True
        for b in self.found.breaks if self.found else ():
            if b.x.value == kink:
                return b.x.exact and b.x.value == float(b.x.value)
        return (kink * 2**20).is_integer()

    def limit(self, x: float, side: Side) -> float:
        """Return what f tends to at x from the given side; at a jump that is not always f(x)."""
        if math.isinf(x):
            return self.at(x)
        if (found := self._limits.get((x, side))) is not None:
            return found
        return float(self._tends(np.array([x]), side)[0])

    @cached_property
    def _limits(self) -> dict[tuple[float, Side], float]:
        """What f tends to at each kink from each side."""
        x = np.array(self.kinks)
        return {
            (at, side): value
            for side in Side
            for at, value in zip(self.kinks, self._tends(x, side).tolist(), strict=True)
        }

    def _tends(self, x: Array, side: Side) -> Array:
        near = np.nextafter(x, -np.inf if side is Side.LEFT else np.inf)
        if self.is_typed:  # pairs have no subnormals
            near[x == 0] = -_NEAREST if side is Side.LEFT else _NEAREST
        beside, slope, at = self(near), self(near, 1), self(x)
        with np.errstate(all="ignore"):
            # One step of the line through the neighbour leads to x itself: exact where a piece is a line.
            value = beside + (x - near) * slope
            nothing = 4 * np.abs(x - near) * (1 + np.abs(slope)) + 1e-14 * np.abs(at)
            value = np.where(np.abs(value - at) <= nothing, at, value)
            endless = np.array([self.growth(k, 0, side) > _LEAST_GROWTH for k in x.tolist()], np.bool_)
            return np.where(endless & ~np.isnan(beside), np.copysign(np.inf, beside), value)

    def growth(self, x: float, order: int, side: Side) -> float:
        """Return the power p with which f or f′ grows towards a kink, like |h|⁻ᵖ; 0 if it does not."""
        return self._growths[order].get((x, side), 0.0)

    @cached_property
    def _growths(self) -> tuple[dict[tuple[float, Side], float], ...]:
        x = np.array(self.kinks)
        h = _STEP * np.maximum(np.abs(x), 1.0)
        found: tuple[dict[tuple[float, Side], float], ...] = ({}, {})
        for side, sign in ((Side.LEFT, -1), (Side.RIGHT, 1)) if self.is_typed else ():
            for order, powers in enumerate(found):
                far, near, *rest = (np.abs(self(x + sign * h * 0.5**k, order)) for k in range(6))
                with np.errstate(all="ignore"):
                    power = np.where(near == np.inf, np.inf, np.where(near > far, np.log2(near / far), 0.0))
                for beside in rest:  # what waves grows by chance
                    power[~(beside >= near)] = 0.0
                    near = beside
                powers |= {(at, side): p for at, p in zip(self.kinks, power.tolist(), strict=True)}
        return found

    @cached_property
    def poles(self) -> tuple[float, ...]:
        """The kinks towards which f grows without end on one side at least."""
        if self.found and not (self.found.endless and self.is_measurable):
            return tuple(b.x.value for b in self.found.breaks if b.kind.value == "pole")
        return tuple(x for x in self.kinks if any(self.growth(x, 0, s) > _LEAST_GROWTH for s in Side))

    @cached_property
    def special(self) -> tuple[float, ...]:
        """The points near which something may happen: 0, kinks, ends of the domain, parameters."""
        scales = [v for p in self.params.values() for v in (p, 1 / p if p else 0.0)]
        marks = {0.0, *self.kinks, *scales, *(-v for v in scales)}
        marks |= {end for end in (self.function.domain.low, self.function.domain.high) if math.isfinite(end)}
        return tuple(sorted(m for m in marks if abs(m) < 1e9))

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """The places where f, f′ or f″ breaks: those that the formula tells, or the record."""
        if self.found and not (self.found.endless and self.is_measurable):
            return tuple(sorted({b.x.value for b in self.found.breaks if math.isfinite(b.x.value)}))
        return tuple(sorted({kink.at for kink in self.function.kinks(**self.params)}))

    @cached_property
    def grid(self) -> Array:
        """The points at which the function is looked at, in order, inside its domain."""
        marks = np.array(sorted(self.special, key=abs))
        widest = max(1.0, float(np.abs(marks).max()))
        offsets = np.concatenate([-_OCTAVES, [0.0], _OCTAVES])
        near = (marks[:GRADED, None] + offsets).ravel()
        others = (marks[GRADED:, None] + offsets[::32]).ravel()
        wide = np.concatenate([_EVEN, _OCTAVES * widest, _FAR])
        points = np.unique(np.concatenate([near, others, wide, -wide]))
        low, high = self.function.domain.low, self.function.domain.high
        inside = points[(points > low) & (points < high)]
        ends = [end for end in (low, high) if math.isfinite(end) and not math.isnan(self.at(end))]
        return np.unique(np.concatenate([inside, ends]))

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The stretches between the kinks on which f has values, from left to right."""
        low, high = self.function.domain.low, self.function.domain.high
        ends = [low, *(k for k in self.kinks if low < k < high), high]
        with np.errstate(all="ignore"):
            value, slope, curvature = (self(self.grid, order) for order in range(3))
        pieces = []
        for a, b in pairwise(ends):
            inside = slice(np.searchsorted(self.grid, a, "right"), np.searchsorted(self.grid, b, "left"))
            grid = self.grid[inside]
            if grid.size and not np.isnan(value[inside]).all():
                affine, flat = (bool(np.all(v[inside] == 0)) for v in (curvature, slope))
                level = np.all(value[inside] == value[inside][0])  # else steps beyond the last kink known
                pieces.append(Piece(a, b, grid, affine, bool(affine and flat and level)))
        return tuple(pieces)

    @cached_property
    def is_everywhere(self) -> bool:
        """Whether f has a value at almost every number."""
        ends = [end for piece in self.pieces for end in (piece.low, piece.high)]
        if not ends or (ends[0], ends[-1]) != (-math.inf, math.inf) or ends[1:-1:2] != ends[2::2]:
            return False
        inner = self.grid[~np.isin(self.grid, self.kinks) & (np.abs(self.grid) < _WIDE)]
        return not self.is_typed or not bool(np.isnan(self(inner)).any())

    @cached_property
    def _inside(self) -> Array:
        """The special points that are no kinks."""
        low, high = self.function.domain.low, self.function.domain.high
        return np.array([x for x in self.special if low < x < high and x not in self.kinks])

    def roots(self, order: int, level: float = 0.0) -> Array:
        """Return where f, f′ or f″ passes through a level, inside the pieces, in order.

        Stretches on which it keeps the level are left out, underflow to 0 far out among them.
        """
        cuts = np.array(self.kinks)
        reach = _WIDE * max(1.0, *map(abs, self.special))
        grid = self.grid[~np.isin(self.grid, cuts)]
        if self.is_typed and len(cuts) > GRADED:  # a wave's, and others beyond them are not known
            grid = grid[(grid > cuts[0]) & (grid < cuts[-1])]
        return sign_changes(lambda x: self(x, order) - level, grid, reach, cuts)

    def candidates(self, order: int) -> Iterator[Point]:
        """Yield every point where f or f′ may be at its largest or least: flat spots, kinks, ends, limits."""
        turning = self.roots(order + 1) if order < 2 else np.concatenate([self._peaks(), self._inside])
        for x, value in zip(turning.tolist(), self(turning, order).tolist(), strict=True):
            if math.isfinite(value):  # else it overflows on its way to a limit
                yield Point(x, value)
        for piece in self.pieces:
            if piece.affine and (order > 0 or piece.flat):
                yield Point(piece.low, self.at(_inside(piece), order), until=piece.high)
                continue
            for x, side in ((piece.low, Side.RIGHT), (piece.high, Side.LEFT)):
                value = self._towards(x, order, side)
                held = order == 0 and math.isfinite(x) and value == self.at(x)
                if not math.isnan(value):
                    yield Point(x, value, attained=held, side=None if held or math.isinf(x) else side)
        with np.errstate(all="ignore"):
            beyond = self.grid[np.isinf(self(self.grid, order))]
        wave = self.found and self.found.endless
        for x in beyond[[0, -1]].tolist() if beyond.size and not wave else []:
            if x not in self.kinks:
                yield Point(math.copysign(math.inf, x), self.at(x, order), attained=False)
        if order == 0:
            for x in self.kinks:
                if not math.isnan(value := self.at(x)):
                    yield Point(x, value)

    def _towards(self, x: float, order: int, side: Side) -> float:
        """Return what f, f′ or f″ tends to at an end of a piece."""
        if order == 0:
            return self.limit(x, side)
        return math.inf if x in self.poles and self.growth(x, 0, side) > 0 else self.at(x, order, side)

    def _peaks(self) -> Array:
        """Return where |f″| has a local maximum inside the pieces (there is no f‴ to find a root of)."""
        cuts = np.array(self.kinks)
        grid = self.grid[~np.isin(self.grid, cuts)]
        if grid.size < 3:
            return np.empty(0)
        piece, size = np.searchsorted(cuts, grid), np.abs(self(grid, 2))
        peak = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (piece[:-2] == piece[2:])
        top = np.flatnonzero(peak) + 1
        top = top[np.argsort(np.abs(grid[top]), kind="stable")[:ENOUGH]]
        low, high = grid[top - 1], grid[top + 1]
        rows = np.arange(top.size)
        for _ in range(ZOOMS if top.size else 0):
            inside = low[:, None] + (high - low)[:, None] * PARTS
            best = np.argmax(np.abs(self(inside.ravel(), 2)).reshape(inside.shape), axis=1)
            low, high = (
                inside[rows, np.maximum(best - 1, 0)],
                inside[rows, np.minimum(best + 1, PARTS.size - 1)],
            )
        middle, seen = (low + high) / 2, grid[top]
        # At a flat top the search ends a hair aside: a grid point that is as high is the place.
        level = np.abs(self(middle, 2)) * (1 - 1e-14)
        return np.where(np.abs(self(seen, 2)) >= level, seen, middle)

    @cached_property
    def extrema(self) -> tuple[Point, ...]:
        """The places where f turns round, in order: f′ changes its sign there, at a root or at a kink."""
        spots = set(self.roots(1).tolist())
        for left, right in pairwise(self.pieces):
            x = left.high
            if x != right.low or x in self.poles:
                continue
            before, after = self.at(x, 1, Side.LEFT), self.at(x, 1, Side.RIGHT)
            if before * after < 0 and self.limit(x, Side.LEFT) == self.limit(x, Side.RIGHT):
                spots.add(x)
        return tuple(Point(x, self.at(x)) for x in sorted(spots))

    def below(self, threshold: float) -> tuple[tuple[float, float], ...]:
        """Return the intervals on which |f′| stays below a threshold, in order."""
        crossings = [*self.roots(1, threshold).tolist(), *self.roots(1, -threshold).tolist()]
        found: list[tuple[float, float]] = []
        for piece in self.pieces:
            inner = (x for x in crossings if piece.low < x < piece.high)
            for a, b in pairwise([piece.low, *sorted(set(inner)), piece.high]):
                if not abs(self.at(_between(a, b), 1)) < threshold:
                    continue
                if found and found[-1][1] == a:
                    found[-1] = (found[-1][0], b)
                else:
                    found.append((a, b))
        return tuple(found)

    @cached_property
    def wavy(self) -> bool:
        """Whether the slope turns so often that a list of places would never end."""
        return len(self.roots(2)) > _MANY


def _inside(piece: Piece) -> float:
    return float(piece.grid[piece.grid.size // 2])


def _between(a: float, b: float) -> float:
    if math.isinf(a) and math.isinf(b):
        return 0.0
    if math.isinf(a):
        return b - max(1.0, abs(b))
    return a + max(1.0, abs(a)) if math.isinf(b) else (a + b) / 2
