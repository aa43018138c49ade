"""The bits of every function, as check sums: what every Python, NumPy and processor is held to.

python -m tests.generate

A line of tests/core/bits.txt is a function at some parameters, and a CRC-32 of its results for each of f, f′,
f″ and the derivatives by its parameters; for a vector function, of f, its Jacobian and those derivatives. The
arguments come from integers, since the streams of NumPy's generators may change.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import evaluate, registry
from actcli.core.spec import Activation
from tests.core.oracle import bindings

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.spec import Params, VectorActivation

TARGET = Path(__file__).parents[1] / "core" / "bits.txt"

WEYL = 0x9E3779B97F4A7C15
"""2⁶⁴ over the golden ratio: its multiples modulo 2⁶⁴ fill every interval evenly."""

PARAMETERS = (
    (0.3, 1.7, 0.9),
    (2.5, 3.25, 0.1),
    (-0.7, 1.3, -0.45),
    (0.8, 0.8, 0.8),  # differences of parameters that vanish
    (-4.7, 1e-20, 3.0),
    (1e-300, 2.0, 1e300),
)
"""Values of the first, second and third parameter; those that a function does not take are left out."""


def points() -> Array:
    """Return arguments where formulas go wrong: about 9,000, the same on every machine.

    All sizes, as powers of two and as bit patterns; the middle, densely, and towards 0; and up to four
    neighbours on each side of powers of two, kinks, zeros, and ends of the range of exponentials.
    """
    weyl = np.array([i * WEYL % 2**64 for i in range(1, 2001)], np.uint64)
    patterns = weyl[:1000].view(np.float64)
    dense = (weyl >> np.uint64(11)).astype(np.float64) * 2.0**-53  # in [0, 1), exactly
    places = (0.7071067811865475, 0.75, 3.0, 6.0, 10.0, 0.75179156, 1.19243, 1.27846454, 2.39935728)
    ends = (17.3, 19.0615, 36.04365, 37.4299, 38.5683, 354.1, 692.6, 708.396419, 709.7827129, 745.133219)
    marks = np.array([*(math.ldexp(1, k) for k in range(-1074, 1024, 11)), *places, *ends])
    steps = np.arange(-4, 5, dtype=np.int64)[:, None]
    near = (marks.view(np.int64) + steps).view(np.float64).reshape(-1)
    near = near[np.isfinite(near)]
    middle = np.concatenate([dense[:1000] * 16 - 8, dense[1000:1500] * 80 - 40, dense[1500:] * 1600 - 800])
    towards = np.ldexp(1 + dense, -(np.arange(2000) % 32))
    towards[::2] *= -1
    return np.concatenate([[0.0, -0.0, np.inf, -np.inf, np.nan], patterns, middle, towards, near, -near])


def vectors() -> list[Array]:
    """Return rows of an even length: spread, equal, tiny, huge, and some of every size."""
    scale = (1.0, 40.0, 1e-3, 700.0, 1e-310, 1e300)
    dense = points()[1005:3005] / 8
    rows = [dense[12 * i : 12 * i + 12].reshape(2, 6) * scale[i % len(scale)] for i in range(18)]
    few = [
        [5.0, 2.0, 5.0, 5.0],
        [0.0, -0.0],
        [1e308, 1e308, -1e308, 5e-324],
        [1.0, 1 + 2**-52, 1 - 2**-53, 1],
    ]
    return [*rows, *map(np.array, few)]


def parameters(function: Activation | VectorActivation) -> list[Params]:
    """Return the parameters that a function is evaluated at: its defaults, and others that it takes."""
    return [{}, *bindings(function, PARAMETERS)]


def same(y: Array) -> Array:
    """Return numbers with every NaN replaced by one: which one it is depends on the processor."""
    return np.where(np.isnan(y), np.nan, y)


def results(function: Activation | VectorActivation, params: Params) -> list[Array]:
    """Return what is held to its bits: values, derivatives, derivatives by each parameter."""
    if isinstance(function, Activation):
        x = points()
        found = [evaluate.evaluate(function, x, order, params) for order in range(3)]
        few = x[::4]  # these are many, and often settled in balls: slow, and the same on every machine
        return [*found, *(evaluate.evaluate_wrt(function, few, p.name, params) for p in function.params)]
    rows = vectors()
    calls: list[Callable[[Array], Any]] = [
        lambda x: evaluate.evaluate_vector(function, x, params),
        lambda x: evaluate.evaluate_jacobian(function, x, params),
        *(lambda x, p=name: evaluate.evaluate_vector_wrt(function, x, p, params) for name in function.wrt),
    ]
    return [np.concatenate([call(x).reshape(-1) for x in rows]) for call in calls]


def line(function: Activation | VectorActivation, params: Params) -> str:
    """Return the line of a function at some parameters."""
    name = " ".join([function.name, *(f"{name}={value}" for name, value in params.items())])
    sums = (zlib.crc32(same(y).astype("<f8").tobytes()) for y in results(function, params))
    return f"{name}: " + " ".join(f"{checked:08x}" for checked in sums)


def lines(function: Activation | VectorActivation) -> list[str]:
    """Return the lines of a function."""
    return [line(function, params) for params in parameters(function)]


def table() -> str:
    """Return the text of the table."""
    return "".join(f"{row}\n" for function in registry.entries() for row in lines(function))
