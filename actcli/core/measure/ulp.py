"""Distances between floating-point numbers, in units in the last place.

Two measures. The *distance* of two numbers of a format counts the steps from one to the other over its
numbers. The *error* of a result is its difference from the true value, which need not be a number of the
format, in units of the spacing at the true value: at most 0.5 means correctly rounded.

In both, +0 and −0 are the same number, infinity is the number one step beyond the largest finite one, two
NaNs agree, and a NaN is infinitely far from every number. In a format without NaN the largest number stands
for all beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.dtypes import FLOAT64, DType

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.arrays import Array


def ordinal(values: ArrayLike, dtype: DType = FLOAT64) -> NDArray[np.int64]:
    """Return the place of each number in the order of the format's numbers: 0 for zeros, 1 for the next up.

    Values must be numbers of the format; NaN has no place and gets that of infinity.
    """
    return dtype.ordinal(values)


def ulp_distance(a: ArrayLike, b: ArrayLike, dtype: DType = FLOAT64) -> Array:
    """Return how many steps lie between two numbers of a format, as float64.

    >>> ulp_distance([1.0, 0.0, float("nan")], [1.0000000000000002, -0.0, 1.0]).tolist()
    [1.0, 0.0, inf]
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    i, j = ordinal(left, dtype), ordinal(right, dtype)
    # From one sign to the other the steps may exceed an int64; a float64 holds them well enough.
    across = np.abs(i.astype(np.float64)) + np.abs(j.astype(np.float64))
    steps = np.where((i < 0) == (j < 0), np.abs(i - j).astype(np.float64), across)
    lost = np.isnan(left) | np.isnan(right)
    return np.where(lost, np.where(np.isnan(left) & np.isnan(right), 0.0, np.inf), steps)


def error_in_ulp(got: ArrayLike, truth: ArrayLike, dtype: DType = FLOAT64, rest: ArrayLike = 0.0) -> Array:
    """Return |got − true value| in units of the format's spacing at the true value.

    Args:
        got: results, numbers of the format.
        truth: the true values, as float64.
        dtype: the format.
        rest: what the true values have beyond that float64, in units of its last place. Its sign tells on
            which side of a power of two they lie: below, the spacing is half as large.
    """
    edge, unit = dtype.largest, float(dtype.spacing(dtype.largest))
    result, true = np.asarray(got, np.float64), np.asarray(truth, np.float64)
    more = np.asarray(rest, np.float64)
    scale = dtype.spacing(np.clip(true, -edge, edge))
    below = is_power_of_two(true) & (np.abs(true) > 2.0**dtype.lowest) & (more * np.sign(true) < 0)
    scale = np.where(below, scale / 2, scale)
    with np.errstate(all="ignore"):
        # In units of the last place even the number beyond the largest float64 is finite.
        beyond = unit if dtype.nan else 0.0
        least, most = dtype.least / scale - beyond / scale, edge / scale + beyond / scale
        one = np.clip(result / scale, least, most)
        two = np.clip(true / scale, least, most)
        more = np.where((two > least) & (two < most), more * (FLOAT64.spacing(true) / scale), 0.0)
        error = np.abs((one - two) - more)
    due = np.isnan(true if dtype.infinite else dtype.round(true))
    lost = np.isnan(result)
    return np.where(lost | due, np.where(lost & due, 0.0, np.inf), error)


def is_power_of_two(values: ArrayLike) -> NDArray[np.bool_]:
    """Return which numbers are ±2ᵉ."""
    return np.asarray(np.abs(np.frexp(values)[0]) == 0.5)
