"""What a function makes of a standard normal input: mean, variance, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.measure.curve import Curve


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_REACH = 39.0  # the density underflows beyond
_GRADES = 2.0 ** np.arange(-30, 5)
_HALVINGS = 12
_TOLERANCE = 1e-13
_ROUGH = 1e-9  # enough to see the sign of a change
_MOST = 1500  # panels at once


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
        return self.variance + self.mean**2

    @property
    def slope_square(self) -> float:
        """The mean of f′(z)²: by this a layer multiplies the variance of a gradient."""
        return self.slope_variance + self.slope_mean**2


def normal_share(low: float, high: float) -> float:
    """Return the probability that a standard normal number lies between low and high, tails included."""
    if low > 0:
        low, high = -high, -low
    return (math.erfc(-high / math.sqrt(2)) - math.erfc(-low / math.sqrt(2))) / 2


def moments(curve: Curve, spread: float = 1.0) -> Moments:
    """Return the moments of f(z) and f′(z), z normal with mean 0 and the given standard deviation.

    Gauss-Legendre on panels that end at every kink and are graded towards it, each halved until it no longer
    changes: 10 digits and more, for which plain arithmetic is good enough. NaN where f is not defined for
    all z.
    """
    domain = curve.function.domain
    if domain.low > -math.inf or domain.high < math.inf:
        return Moments(*[math.nan] * 4)
    edges = _edges(curve, spread)
    return Moments(
        *_mean_and_variance(lambda z: curve(spread * z, fast=True), edges),
        *_mean_and_variance(lambda z: curve(spread * z, 1, fast=True), edges),
    )


def _mean_and_variance(
    function: Callable[[Array], Array], edges: Array, tolerance: float = _TOLERANCE
) -> tuple[float, float]:
    # Around a rough mean: the mean of plain squares would leave no digit of a variance beside a large mean.
    with np.errstate(all="ignore"):
        rough = float(np.median(function(np.linspace(-2, 2, 9))))
    rough = rough if math.isfinite(rough) else 0.0
    shift, square = _expectation(lambda z: function(z) - rough, edges, tolerance)
    variance = square - shift * shift
    return rough + shift, variance if variance > 1e-15 * square else 0.0


def _edges(curve: Curve, spread: float) -> Array:
    marks = np.array(curve.special) / spread
    graded = (marks[:, None] + np.concatenate([-_GRADES, [0.0], _GRADES])).ravel()
    edges = np.unique(np.concatenate([graded, np.arange(-_REACH, _REACH + 0.5, 0.5)]))
    edges = edges[np.abs(edges) <= _REACH]
    # Marks that differ by rounding only would make panels without width; a kink itself must stay an edge.
    keep = np.concatenate([[True], np.diff(edges) > 1e-14]) | np.isin(edges, np.array(curve.kinks) / spread)
    return np.asarray(edges[keep])


def _expectation(function: Callable[[Array], Array], edges: Array, tolerance: float) -> tuple[float, float]:
    """Integrate a function and its square against the standard normal density, panel by panel."""
    low, high, total = edges[:-1], edges[1:], np.zeros(2)
    with np.errstate(all="ignore"):
        coarse = _panels(function, low, high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            left, right = _panels(function, low, middle), _panels(function, middle, high)
            fine = left + right
            scale = np.abs(fine).sum(axis=1) + np.abs(total)
            unsure = (np.abs(fine - coarse) > tolerance * scale[:, None]).any(axis=0)
            total += fine[:, ~unsure].sum(axis=1)
            # Growth beyond float64 does not settle; a wave far too fast for panels will have to do.
            if not np.isfinite(fine).all() or not unsure.any() or unsure.sum() > _MOST:
                total += fine[:, unsure].sum(axis=1)
                return float(total[0]), float(total[1])
            low, high = (
                np.concatenate([first[unsure], second[unsure]])
                for first, second in ((low, middle), (middle, high))
            )
            coarse = np.concatenate([left[:, unsure], right[:, unsure]], axis=1)
    total += coarse.sum(axis=1)
    return float(total[0]), float(total[1])


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
        spread = math.sqrt(v)
        edges = _edges(curve, spread)
        return _mean_and_variance(lambda z: curve(spread * z, fast=True), edges, tolerance)[1] / v - 1

    domain = curve.function.domain
    if domain.low > -math.inf or domain.high < math.inf:
        return math.nan
    start = change(1.0, _TOLERANCE)
    if abs(start) < 1e-12:
        wider = change(4.0, _TOLERANCE)
        return math.nan if abs(wider) < 1e-12 else 1.0
    sign = math.copysign(1.0, start)
    steps = [4.0 ** (k if start > 0 else -k) for k in range(13)]
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
