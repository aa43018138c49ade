"""What a function makes of a standard normal input: mean, variance, and what follows from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.measure.curve import Curve

Array = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)
_REACH = 39.0  # the density underflows beyond
_GRADES = 2.0 ** np.arange(-30, 5)
_HALVINGS = 12
_TOLERANCE = 1e-13


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
    changes: 10 digits and more. NaN where f is not defined for all z.
    """
    domain = curve.function.domain
    if domain.low > -math.inf or domain.high < math.inf:
        return Moments(*[math.nan] * 4)
    edges = _edges(curve, spread)
    return Moments(
        *_mean_and_variance(lambda z: curve(spread * z), edges),
        *_mean_and_variance(lambda z: curve(spread * z, 1), edges),
    )


def _mean_and_variance(function: Callable[[Array], Array], edges: Array) -> tuple[float, float]:
    # Two passes: the mean of squares less the square of the mean would leave no digit beside a large mean.
    mean = _expectation(function, edges)
    variance = _expectation(lambda z: np.asarray(np.square(function(z) - mean)), edges)
    return mean, variance if variance > 1e-30 * mean * mean else 0.0


def _edges(curve: Curve, spread: float) -> Array:
    marks = np.array(curve.special) / spread
    graded = (marks[:, None] + np.concatenate([-_GRADES, [0.0], _GRADES])).ravel()
    edges = np.unique(np.concatenate([graded, np.arange(-_REACH, _REACH + 0.5, 0.5)]))
    edges = edges[np.abs(edges) <= _REACH]
    # Marks that differ by rounding only would make panels without width; a kink itself must stay an edge.
    keep = np.concatenate([[True], np.diff(edges) > 1e-14]) | np.isin(edges, np.array(curve.kinks) / spread)
    return np.asarray(edges[keep])


def _expectation(function: Callable[[Array], Array], edges: Array) -> float:
    """Integrate a function against the standard normal density, panel by panel."""
    low, high, total = edges[:-1], edges[1:], 0.0
    with np.errstate(all="ignore"):
        coarse = _panels(function, low, high)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            left, right = _panels(function, low, middle), _panels(function, middle, high)
            fine = left + right
            unsure = np.abs(fine - coarse) > _TOLERANCE * (np.abs(fine).sum() + abs(total))
            total += float(fine[~unsure].sum())
            if not unsure.any():
                return total
            low, high, coarse = (
                np.concatenate([first[unsure], second[unsure]])
                for first, second in ((low, middle), (middle, high), (left, right))
            )
    return total + float(coarse.sum())


def _panels(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    half = (high - low) / 2
    z = (low + high)[:, None] / 2 + half[:, None] * _NODES
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    values = function(z.ravel()).reshape(z.shape)
    # 0 times an overflow is the 0 that the integrand tends to, not NaN.
    weighted = np.where(density == 0, 0.0, values * density)
    return np.asarray((weighted * _WEIGHTS).sum(axis=1) * half)


def fixed_variance(curve: Curve) -> float:
    """Return the variance that a layer hands on unchanged, reached from 1.

    The layer's weights have sum 0 and square sum 1, as in the analysis of selu: variance v of z ~ N(0, v)
    becomes that of f(z). 0 where it dies out, inf where it grows without end, NaN where any v will do or none
    is defined.
    """

    def change(v: float) -> float:
        spread = math.sqrt(v)
        return _mean_and_variance(lambda z: curve(spread * z), _edges(curve, spread))[1] / v - 1

    domain = curve.function.domain
    if domain.low > -math.inf or domain.high < math.inf:
        return math.nan
    start = change(1.0)
    if abs(start) < 1e-12:
        wider = change(4.0)
        return math.nan if abs(wider) < 1e-12 else 1.0
    steps = [2.0**k for k in range(25)] if start > 0 else [2.0**-k for k in range(25)]
    sign = math.copysign(1.0, start)
    for near, far in pairwise(steps):
        if change(far) * sign < -1e-12:  # less is the rounding of a function that is a line near 0
            return _bisect(change, near, far)
    return math.inf if start > 0 else 0.0


def _bisect(change: Callable[[float], float], near: float, far: float) -> float:
    sign = math.copysign(1.0, change(near))
    for _ in range(50):
        middle = math.sqrt(near * far)
        near, far = (middle, far) if change(middle) * sign > 0 else (near, middle)
    return math.sqrt(near * far)
