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

from actcli.core.evaluate import evaluate
from actcli.core.roots import ENOUGH, PARTS, ZOOMS, sign_changes
from actcli.core.spec import Activation, KinkRule, Params, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array


_OCTAVES = 2.0 ** np.arange(-40, 6, 0.125)
"""Distances from a special point at which the grid lies: eight to an octave, from 1e-12 to 64."""

_FAR = 10.0 ** np.arange(2, 308, 4)
_EVEN = np.arange(-12, 12 + 1 / 128, 1 / 64)
_WIDE = 64.0  # special points' distances from 0 within which waves are followed
_MANY = 24  # more turning points than this are a wave


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
    """A stretch of the line on which f has no kink; `affine` where f″ is 0 all along it."""

    low: float
    high: float
    grid: Array
    affine: bool


@dataclass(frozen=True)
class Curve:
    """An elementwise function with its parameters bound, and what can be seen of it."""

    function: Activation
    params: Params

    def __call__(self, x: Array, order: int = 0, side: Side | None = None, *, fast: bool = False) -> Array:
        """Return f, f′ or f″ at x; with a side, what the derivative tends to from there at a kink."""
        rule = KinkRule(side.value) if side else KinkRule.MIN_NORM
        return np.asarray(evaluate(self.function, x, order, self.params, kink=rule, fast=fast), np.float64)

    def at(self, x: float, order: int = 0, side: Side | None = None) -> float:
        """Return f, f′ or f″ at one point."""
        return float(self(np.array([x]), order, side)[0])

    def limit(self, x: float, side: Side) -> float:
        """Return what f tends to at x from the given side; at a jump that is not always f(x)."""
        if math.isinf(x):
            return self.at(x)
        near = math.nextafter(x, -math.inf if side is Side.LEFT else math.inf)
        # One step of the line through the neighbour leads to x itself: exact where a piece is a line.
        slope, at = self.at(near, 1), self.at(x)
        value = self.at(near) + (x - near) * slope
        nothing = 4 * abs(x - near) * (1 + abs(slope)) + 1e-14 * abs(at)
        return at if abs(value - at) <= nothing else value

    @cached_property
    def special(self) -> tuple[float, ...]:
        """The points near which something may happen: 0, kinks, ends of the domain, parameters."""
        scales = [v for p in self.params.values() for v in (p, 1 / p if p else 0.0)]
        marks = {0.0, *self.kinks, *scales, *(-v for v in scales)}
        marks |= {end for end in (self.function.domain.low, self.function.domain.high) if math.isfinite(end)}
        return tuple(sorted(m for m in marks if abs(m) < 1e9))

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """The places where the record says that f, f′ or f″ breaks."""
        return tuple(sorted({kink.at for kink in self.function.kinks(**self.params)}))

    @cached_property
    def grid(self) -> Array:
        """The points at which the function is looked at, in order, inside its domain."""
        marks = np.array(self.special)
        widest = max(1.0, float(np.abs(marks).max()))
        near = (marks[:, None] + np.concatenate([-_OCTAVES, [0.0], _OCTAVES])).ravel()
        wide = np.concatenate([_EVEN, _OCTAVES * widest, _FAR])
        points = np.unique(np.concatenate([near, wide, -wide]))
        low, high = self.function.domain.low, self.function.domain.high
        inside = points[(points > low) & (points < high)]
        ends = [end for end in (low, high) if math.isfinite(end) and not math.isnan(self.at(end))]
        return np.unique(np.concatenate([inside, ends]))

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The stretches between the kinks, from left to right."""
        low, high = self.function.domain.low, self.function.domain.high
        ends = [low, *(k for k in self.kinks if low < k < high), high]
        pieces = []
        for a, b in pairwise(ends):
            grid = self.grid[(self.grid > a) & (self.grid < b)]
            pieces.append(Piece(a, b, grid, bool(np.all(self(grid, 2) == 0))))
        return tuple(pieces)

    @cached_property
    def _inside(self) -> Array:
        """The special points that are no kinks."""
        low, high = self.function.domain.low, self.function.domain.high
        return np.array([x for x in self.special if low < x < high and x not in self.kinks])

    def roots(self, order: int, level: float = 0.0) -> Array:
        """Return where f, f′ or f″ passes through a level, inside the pieces, in order.

        Stretches on which it keeps the level are left out, underflow to 0 far out among them.
        """
        reach = _WIDE * max(1.0, *map(abs, self.special))
        found = [sign_changes(lambda x: self(x, order) - level, piece.grid, reach) for piece in self.pieces]
        return np.concatenate(found) if found else np.empty(0)

    def candidates(self, order: int) -> Iterator[Point]:
        """Yield every point where f or f′ may be at its largest or least: flat spots, kinks, ends, limits."""
        turning = self.roots(order + 1) if order < 2 else np.concatenate([self._peaks(), self._inside])
        for x, value in zip(turning.tolist(), self(turning, order).tolist(), strict=True):
            yield Point(x, value)
        for piece in self.pieces:
            if piece.affine and (order > 0 or self.at(_inside(piece), 1) == 0):
                yield Point(piece.low, self.at(_inside(piece), order), until=piece.high)
                continue
            for x, side in ((piece.low, Side.RIGHT), (piece.high, Side.LEFT)):
                value = self.limit(x, side) if order == 0 else self.at(x, order, side)
                held = order == 0 and math.isfinite(x) and value == self.at(x)
                if not math.isnan(value):
                    yield Point(x, value, attained=held, side=None if held or math.isinf(x) else side)
        if order == 0:
            for x in self.kinks:
                yield Point(x, self.at(x))

    def _peaks(self) -> Array:
        """Return where |f″| has a local maximum inside the pieces (there is no f‴ to find a root of)."""
        found = []
        for piece in self.pieces:
            if piece.affine or piece.grid.size < 3:
                continue
            size = np.abs(self(piece.grid, 2))
            top = np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:])) + 1
            top = top[np.argsort(np.abs(piece.grid[top]), kind="stable")[:ENOUGH]]
            low, high = piece.grid[top - 1], piece.grid[top + 1]
            rows = np.arange(top.size)
            for _ in range(ZOOMS if top.size else 0):
                inside = low[:, None] + (high - low)[:, None] * PARTS
                best = np.argmax(np.abs(self(inside.ravel(), 2)).reshape(inside.shape), axis=1)
                low, high = (
                    inside[rows, np.maximum(best - 1, 0)],
                    inside[rows, np.minimum(best + 1, PARTS.size - 1)],
                )
            peak, seen = (low + high) / 2, piece.grid[top]
            # At a flat top the search ends a hair aside: a grid point that is as high is the place.
            level = np.abs(self(peak, 2)) * (1 - 1e-14)
            found.append(np.where(np.abs(self(seen, 2)) >= level, seen, peak))
        return np.concatenate(found) if found else np.empty(0)

    @cached_property
    def extrema(self) -> tuple[Point, ...]:
        """The places where f turns round, in order: f′ changes its sign there, at a root or at a kink."""
        spots = set(self.roots(1).tolist())
        for left, right in pairwise(self.pieces):
            before, after = self.at(left.high, 1, Side.LEFT), self.at(left.high, 1, Side.RIGHT)
            joined = self.limit(left.high, Side.LEFT) == self.limit(right.low, Side.RIGHT)
            if joined and before * after < 0:
                spots.add(left.high)
        return tuple(Point(x, self.at(x)) for x in sorted(spots))

    def below(self, threshold: float) -> tuple[tuple[float, float], ...]:
        """Return the intervals on which |f′| stays below a threshold, in order."""
        low, high = self.function.domain.low, self.function.domain.high
        crossings = [*self.roots(1, threshold).tolist(), *self.roots(1, -threshold).tolist()]
        ends = sorted({low, high, *crossings, *(k for k in self.kinks if low < k < high)})
        found: list[tuple[float, float]] = []
        for a, b in pairwise(ends):
            if abs(self.at(_between(a, b), 1)) >= threshold:
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
