"""What a function makes of a standard normal input: mean, variance, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.measure.curve import GRADED, REACH

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.measure.curve import Curve


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_GRADES = 2.0 ** np.arange(-30, 5)
_DEEP = 2.0 ** np.arange(-300, -30)
_HALVINGS = 12
_TOLERANCE = 1e-13
_ROUGH = 1e-9  # enough to see the sign of a change
_MOST = 1500  # panels at once
_INTEGRABLE = 0.99
"""A power of growth |h|⁻ᵖ below which a pole is integrable: 1, and what the measured power may be off."""
_LEAST_GROWTH = 0.03
"""A pole has at least that power: log |h| has 1/20 at the distance 2^-20, what stays bounded less."""
_SETTLED = 1e-7
"""An integral of which a larger part has not settled is not told."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance and mean square of f(z) and f′(z) for a normal z with mean 0."""

    mean: float
    variance: float
    slope_mean: float
    slope_variance: float

    @property
    def square(self) -> float:
        """The mean of f(z)²."""
        return self.variance + self.mean * self.mean

    @property
    def slope_square(self) -> float:
        """The mean of f′(z)²: by this a layer multiplies the variance of a gradient."""
        return self.slope_variance + self.slope_mean * self.slope_mean


def normal_share(low: float, high: float) -> float:
    """Return the probability that a standard normal number lies between low and high, tails included."""
    if low > 0:
        low, high = -high, -low
    return (math.erfc(-high / math.sqrt(2)) - math.erfc(-low / math.sqrt(2))) / 2


def moments(curve: Curve, spread: float = 1.0) -> Moments:
    """Return the moments of f(z) and f′(z), z normal with mean 0 and the given standard deviation.

    Gauss-Legendre on panels that end at every kink and are graded towards it, each halved until it no longer
    changes: 10 digits and more, for which plain arithmetic is good enough. NaN where f has no value for some
    z, or a pole that is not integrable.
    """
    return Moments(*_moments(curve, 0, spread), *_moments(curve, 1, spread))


def _moments(curve: Curve, order: int, spread: float, tolerance: float = _TOLERANCE) -> tuple[float, float]:
    """Return mean and variance of f(z) or f′(z)."""
    power = curve.growth(order) if curve.is_everywhere else math.inf
    if power > _INTEGRABLE:
        return math.nan, math.nan
    edges = _edges(curve, spread, steep=power > _LEAST_GROWTH)
    found = _mean_and_variance(lambda z: curve(spread * z, order), edges, tolerance)
    if curve.found.symmetry == ("odd", "even")[order]:
        found = 0.0, found[1] + (found[0] * found[0] if math.isfinite(found[1]) else 0.0)
    return (found[0], math.nan) if 2 * power > _INTEGRABLE else found


def _mean_and_variance(
    function: Callable[[Array], Array], edges: Array, tolerance: float = _TOLERANCE
) -> tuple[float, float]:
    # Around a rough mean: the mean of plain squares would leave no digit of a variance beside a large mean.
    with np.errstate(all="ignore"):
        rough = float(np.median(function(np.linspace(-2, 2, 9))))
    rough = rough if math.isfinite(rough) else 0.0
    shift, square = _expectation(lambda z: function(z) - rough, edges, tolerance)
    if not square < math.inf or math.isnan(shift):
        return rough + shift, square
    variance = square - shift * shift
    return rough + shift, 0.0 if variance <= 1e-15 * square else variance


def _edges(curve: Curve, spread: float, *, steep: bool = False) -> Array:
    """Return the ends of panels, graded to 0 as far as doubles go if f is `steep` beyond all bounds."""
    marks = np.array(sorted(curve.special, key=abs)) / spread
    graded = (marks[:GRADED, None] + np.concatenate([-_GRADES, [0.0], _GRADES])).ravel()
    deep = np.concatenate([-_DEEP, _DEEP]) if steep else np.empty(0)
    edges = np.unique(np.concatenate([graded, deep, marks, np.arange(-REACH, REACH + 0.5, 0.5)]))
    edges = edges[np.abs(edges) <= REACH]
    # Marks that differ by rounding only would make panels without width; a kink itself must stay an edge.
    keep = np.concatenate([[True], np.diff(edges) > 1e-14])
    keep |= np.isin(edges, np.concatenate([np.array(curve.kinks) / spread, deep]))
    return np.asarray(edges[keep])


def _expectation(function: Callable[[Array], Array], edges: Array, tolerance: float) -> tuple[float, float]:
    """Integrate a function and its square against the standard normal density, panel by panel."""
    low, high, total = edges[:-1], edges[1:], np.zeros(2)
    with np.errstate(all="ignore"):
        coarse = _panels(function, low, high)
        for halving in range(1, _HALVINGS + 1):
            middle = (low + high) / 2
            left, right = _panels(function, low, middle), _panels(function, middle, high)
            fine = left + right
            scale = np.abs(fine).sum(axis=1) + np.abs(total)
            unsure = (np.abs(fine - coarse) > tolerance * scale[:, None]).any(axis=0)
            total += fine[:, ~unsure].sum(axis=1)
            # Growth beyond float64 does not settle, nor does a wave far too fast for panels.
            if (
                halving == _HALVINGS
                or not np.isfinite(fine).all()
                or unsure.sum() > _MOST
                or not unsure.any()
            ):
                rest = np.abs(fine - coarse)[:, unsure].sum(axis=1)
                total += fine[:, unsure].sum(axis=1)
                mean, square = np.where(rest > _SETTLED * scale, np.nan, total).tolist()
                return mean, square
            low, high = (
                np.concatenate([first[unsure], second[unsure]])
                for first, second in ((low, middle), (middle, high))
            )
            coarse = np.concatenate([left[:, unsure], right[:, unsure]], axis=1)
    raise AssertionError("the last halving ends it")


def _panels(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Return the integrals of a function and of its square over each panel, in two rows."""
    half = (high - low) / 2
    z = (low + high)[:, None] / 2 + half[:, None] * _NODES
    weights = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * _WEIGHTS * half[:, None]
    values = function(z.ravel()).reshape(z.shape)
    # 0 times an overflow is the 0 that the integrand tends to, not NaN.
    values = np.where(weights == 0, 0.0, values)
    first = values * weights
    return np.stack([first.sum(axis=1), (first * values).sum(axis=1)])


def fixed_variance(curve: Curve) -> float:
    """Return the variance that a layer hands on unchanged, reached from 1.

    The layer's weights have sum 0 and square sum 1, as in the analysis of selu: variance v of z ~ N(0, v)
    becomes that of f(z). 0 where it dies out, inf where it grows without end, NaN where any v will do or none
    is defined.
    """

    def change(v: float, tolerance: float = _ROUGH) -> float:
        return _moments(curve, 0, math.sqrt(v), tolerance)[1] / v - 1

    start = change(1.0, _TOLERANCE)
    if math.isnan(start):
        return math.nan
    if abs(start) < 1e-12:
        wider = change(4.0, _TOLERANCE)
        return math.nan if abs(wider) < 1e-12 else 1.0
    sign = math.copysign(1.0, start)
    # Kinks of waves are known as far as a few standard deviations.
    farthest = 2 if start > 0 and len(curve.kinks) > GRADED else 12
    steps = [4.0 ** (k if start > 0 else -k) for k in range(farthest + 1)]
    for near, far in pairwise(steps):
        found = change(far)
        if not math.isfinite(found):
            break
        if found * sign < -_ROUGH:  # less is the rounding of a function that is a line near 0
            return math.exp(_root(lambda t: change(math.exp(t), _TOLERANCE), math.log(near), math.log(far)))
    return math.inf if start > 0 else 0.0


def _root(function: Callable[[float], float], a: float, b: float) -> float:
    """Return where a function changes its sign between a and b, by false position (Illinois)."""
    left, right = function(a), function(b)
    for _ in range(60):
        c = (a * right - b * left) / (right - left)
        middle = function(c)
        if abs(middle) < 1e-15 or abs(b - a) < 1e-15:
            return c
        if middle * right < 0:
            a, left = b, right
        else:
            left /= 2  # else one end would never move
        b, right = c, middle
    return b
