"""Vectors on which floating-point formulas go wrong, and how far results are from the truth there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from actcli.core import registry
from actcli.core.definition import ask_jacobian, ask_vector, ask_vector_wrt
from actcli.core.measure import error_in_ulp
from actcli.core.questions import Double, split
from actcli.core.spec import VectorActivation
from actcli.core.vector import rows

if TYPE_CHECKING:
    from actcli.core.spec import Params


MP = mpmath.mp.clone()
DIGITS = 900
"""Enough for 1e308 and 5e−324 in one sum."""

ROWS = {
    "moderate": [0.3, -1.2, 2.5, 0.1],
    "one entry": [3.0],
    "zeros": [0.0, 0.0, 0.0],
    "negative zeros": [-0.0, 0.0],
    "ties": [5.0, 2.0, 5.0, 5.0],
    "spread of 745": [0.0, -700.0, -708.5, -744.4, -745.2, -760.0],
    "far above": [700.0, -20.0, 3.0, 699.5],
    "huge": [1e308, 1e308, -1e308],
    "huge neighbours": [1.7e308, 1.7e308 - 2e292, 0.0],
    "subnormal": [5e-324, 1e-310, -1e-320, 0.0],
    "tiny": [1e-300, 2e-300, -1e-300],
    "tiny beside large": [1e-300, 100.0, -100.0, 0.5],
    "neighbours of 1": [1.0, 1.0 + 2**-52, 1.0 - 2**-53],
    "beyond the last bit": [1e16, 1e16 + 2],
    "one close to the mean": [0.1, 0.2, 0.3],
    "one at the mean": [1.0, 2.0, 3.0],
    "a sum that leaves a last bit": [1.0, 2**-60, 0.0],
    "a sum that leaves less": [1.0, 2**-1000, 0.0, -1.0],
    "squares that leave a last bit": [2.0, 1e-17, 0.0],
    "integers": [3.0, 1.0, 2.0, 0.0],
    "two pairs": [-67.3, 16.9, -67.3, 16.9],
    "one and a pair": [22.48, -9.937, -9.937],
    "one far from all": [-0.016, -1.17e7, 0.003, -2.1e-7],
    "wide": [-1e5, 37.0, 36.5, -800.0],
}
RANDOM = {
    f"random {n} × {scale}": np.random.default_rng(n).normal(0, scale, n).tolist()
    for n, scale in ((2, 1.0), (3, 40.0), (5, 0.01), (8, 3.0), (30, 200.0), (100, 1.0))
}


def vector(name: str) -> VectorActivation:
    function = registry.get(name)
    assert isinstance(function, VectorActivation)
    return function


def fitting(function: VectorActivation, x: list[float]) -> list[float]:
    """Return x, one entry longer where the function wants an even number of them."""
    halved = function.name in ("glu", "reglu", "geglu", "swiglu", "bilinear")
    return [*x, x[0]] if halved and len(x) % 2 else x


def error(got: float, true: Double | Any) -> float:
    """Return |got − true value| in units of the spacing of float64; the true value is split, or an mpf."""
    if not isinstance(true, Double):
        head = float(true)
        rest = MP.fsub(true, head, exact=True) / MP.mpf(math.ulp(head)) if math.isfinite(head) else 0
        true = Double(head, float(rest))
    return float(error_in_ulp(got, true.head, rest=true.rest))


def worst(got: Any, true: list[Any]) -> float:
    """Return the largest error of several results."""
    return max(error(a, b) for a, b in zip(np.ravel(got).tolist(), true, strict=True))


def worst_value(function: VectorActivation, x: list[float], params: Params) -> float:
    """Return the largest error of a component, in ULP of its true value."""
    return worst(rows.value(function, x, params), ask_vector(function, x, split, params))


def worst_slope(function: VectorActivation, x: list[float], params: Params) -> float:
    """Return the largest error of an entry of the Jacobian, in ULP of its true value."""
    true = ask_jacobian(function, x, split, params)
    return worst(rows.jacobian(function, x, params), [entry for row in true for entry in row])


def worst_gradient(function: VectorActivation, x: list[float], param: str, params: Params) -> float:
    """Return the largest error of the derivative by a parameter, in ULP of its true value."""
    return worst(rows.wrt(function, x, param, params), ask_vector_wrt(function, x, param, split, params))
