"""Evenly spaced points, correctly rounded to float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.pair import two_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.tables.chunk import Numbers

_BLOCK = 8192  # points at a time: the temporaries stay in the cache
_LEAST = 2.0**-1022  # the smallest normal double


def spaced(low: float, high: float, count: int, start: int = 0, end: int | None = None) -> Numbers:
    """Return count evenly spaced points from low to high, both included, each rounded once.

    Given `start` or `end`, only the points with these indices, the end excluded.

    >>> spaced(-1, 1, 11).tolist()
    [-1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if count == 1:
        return np.array([low], np.float64)
    i, last = np.arange(start, count if end is None else end, dtype=np.float64), count - 1
    (a, b), unit = _whole(low, high)
    if max(abs(a), abs(b)) * last < 1 << 53 and unit < 1 << 900:
        points = (low * (last - i) + high * i) / last  # of exact numbers
    else:
        points = np.empty(len(i))
        for at in range(0, len(i), _BLOCK):
            some = slice(at, at + _BLOCK)
            points[some], doubtful = _nearly(low, high, i[some], last)
            for place in (np.flatnonzero(doubtful) + at).tolist():
                number = int(i[place])
                points[place] = (a * (last - number) + b * number) / (unit * last)  # Python rounds it once
    points[i == 0], points[i == last] = low, high
    return points


def _whole(low: float, high: float) -> tuple[list[int], int]:
    """Return two doubles as integer multiples of 1/unit, and the unit."""
    ratios = [float(one).as_integer_ratio() for one in (low, high)]
    unit = max(parts for _, parts in ratios)
    return [number * (unit // parts) for number, parts in ratios], unit


def _nearly(low: float, high: float, i: Numbers, last: int) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return points, and which of them may be rounded wrongly, since they lie near a midpoint of two doubles.

    The ends are scaled below 1 and split so that the products of their heads and integers up to `last` are
    exact. What is rounded are numbers below 2^(2·bits − 53), each with an error below 2^(2·bits − 106). There
    are some six of them, and they are divided by `last`, which is at least 2^(bits − 1): the error of a point
    stays below 2^(bits − 101), or 2⁻⁷⁴ for a hundred million points.
    """
    bits = last.bit_length()
    power = math.frexp(max(abs(low), abs(high)))[1]
    a, b = np.ldexp([low], -power), np.ldexp([high], -power)
    (a, a_rest), (b, b_rest) = _cut(a, bits), _cut(b, bits)
    total, error = two_sum(a * (last - i), b * i)
    error += a_rest * (last - i) + b_rest * i
    near = (total + error) / last
    head, tail = _cut(near, bits)
    rest = (((total - head * last) - tail * last) + error) / last
    unsure = 2.0 ** (bits - 101)
    points = near + rest
    doubtful = near + (rest - unsure) != near + (rest + unsure)
    for half in (power // 2, power - power // 2):  # a power of two may itself be too large for a double
        points *= 2.0**half
    return points, doubtful | (np.abs(points) < _LEAST)


def _cut(x: Numbers, bits: int) -> tuple[Numbers, Numbers]:
    """Split numbers into heads, without their last `bits` bits, and the rest."""
    head = (x.view(np.int64) & np.int64(-(1 << bits))).view(np.float64)
    return head, x - head
