"""Vectors that show what goes wrong, and the truth about them from the definitions."""

from __future__ import annotations

import math

import mpmath
import numpy as np
from numpy.typing import NDArray

from actcli.core.spec import VectorActivation

Array = NDArray[np.float64]


_OVERFLOW = mpmath.ldexp(1, 1024) - mpmath.ldexp(1, 970)
"""From here on the nearest double is infinite."""


def truth(
    function: VectorActivation, x: list[float], params: dict[str, float], digits: int = 60
) -> list[mpmath.mpf]:
    with mpmath.workdps(digits):
        return list(function.definition(mpmath.mp, [mpmath.mpf(v) for v in x], **function.bind(params)))


def slopes(
    function: VectorActivation, x: list[float], params: dict[str, float], digits: int = 60
) -> list[list[mpmath.mpf]]:
    """Return the Jacobian by central differences of the definition, in three times the digits."""
    with mpmath.workdps(3 * digits):
        points = [mpmath.mpf(v) for v in x]
        bound = function.bind(params)
        h = mpmath.mpf(10) ** -digits
        columns = []
        for j in range(len(x)):
            up = function.definition(mpmath.mp, [v + h * (i == j) for i, v in enumerate(points)], **bound)
            down = function.definition(mpmath.mp, [v - h * (i == j) for i, v in enumerate(points)], **bound)
            columns.append([(a - b) / (2 * h) for a, b in zip(up, down, strict=True)])
        return [list(row) for row in zip(*columns, strict=True)]


def ulp_error(got: float, true: mpmath.mpf) -> float:
    """Return |got − true| in units in the last place of the true value."""
    if math.isnan(got) or mpmath.isnan(true):
        return 0.0 if math.isnan(got) and mpmath.isnan(true) else math.inf
    if mpmath.isinf(true):
        return 0.0 if got == true else math.inf
    if true == 0:
        return 0.0 if got == 0 else math.inf
    if abs(true) >= _OVERFLOW:
        return 0.0 if math.isinf(got) and (got > 0) == (true > 0) else math.inf
    if math.isinf(got):
        return math.inf
    _, exponent = mpmath.frexp(abs(true))
    unit = mpmath.ldexp(1, max(int(exponent) - 53, -1074))
    return float(abs(mpmath.mpf(got) - true) / unit)
