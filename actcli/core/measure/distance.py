"""How far two functions are apart, point by point and in the worst case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.measure.ulp import ulp_distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType


_EDGES = (0.0, 1e-30, 1e-6, 0.01, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 1e4, np.inf)
REGIONS = np.array([*(-edge for edge in reversed(_EDGES[1:])), *_EDGES])
"""Where the line is cut when errors are told region by region: finer where activation functions live."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference of some kind, and the x where it is; of several, the x nearest to 0."""

    size: float
    x: float


@dataclass(frozen=True, slots=True)
class Distance:
    """How two sets of results differ over points between low and high.

    Attributes:
        low: the least of the points.
        high: the greatest.
        points: how many there are.
        differing: at how many the results are not the same number.
        absolute: the largest |a − b|.
        relative: the largest |a − b| / max(|a|, |b|).
        ulp: the largest number of steps from a to b in the dtype.
    """

    low: float
    high: float
    points: int
    differing: int
    absolute: Gap
    relative: Gap
    ulp: Gap


def distance(x: Array, a: Array, b: Array, dtype: DType) -> Distance:
    """Return how far results a and b, numbers of the dtype, are apart at the points x."""
    with np.errstate(all="ignore"):
        alike = (a == b) | (np.isnan(a) & np.isnan(b))
        gap = np.where(alike, 0.0, np.abs(a - b))
        gap[np.isnan(gap)] = np.inf
        size = np.maximum(np.abs(a), np.abs(b))
        relative = np.where(alike, 0.0, np.where(np.isfinite(size), gap / size, np.inf))
    steps = ulp_distance(a, b, dtype)
    return Distance(
        float(x.min()),
        float(x.max()),
        x.size,
        int(np.count_nonzero(~alike)),
        *(_worst(x, sizes) for sizes in (gap, relative, steps)),
    )


def _worst(x: Array, sizes: Array) -> Gap:
    top = np.flatnonzero(sizes == sizes.max())
    at = top[np.argmin(np.abs(x[top]))]
    return Gap(float(sizes[at]), float(x[at]))


def by_region(x: Array) -> list[tuple[float, float, NDArray[np.intp]]]:
    """Return the regions that hold points, each with its ends and the indices of its points.

    A region holds its end nearer to 0; 0 itself belongs to the first on the right. NaN is in none.
    """
    known = ~np.isnan(x)
    place = np.where(x >= 0, np.searchsorted(REGIONS, x, "right"), np.searchsorted(REGIONS, x, "left"))
    place = np.clip(place, 1, REGIONS.size - 1)
    return [
        (float(REGIONS[i - 1]), float(REGIONS[i]), np.flatnonzero(known & (place == i)))
        for i in np.unique(place[known]).tolist()
    ]


def distances_by_region(x: Array, a: Array, b: Array, dtype: DType) -> list[Distance]:
    """Return how far a and b are apart in each region that holds points, from left to right."""
    return [distance(x[rows], a[rows], b[rows], dtype) for _, _, rows in by_region(x)]
