"""Functions of plain doubles that NumPy lacks, from tables of a few series terms on a fine grid.

The tables hold samples of the exact functions, taken when they are first needed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics import gauss, pair
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.tabulated import MAGIC, entries

if TYPE_CHECKING:
    from actcli.core.arrays import Array

TAIL = -20.0
"""Below, Φ changes too much between two samples."""

_NORMAL_STEP = 1 / 4096
_ERF_STEP = 1 / 2048
_LAST = 6.0
"""erf is 1 to the last bit from here on."""


def _modulo(size: int) -> Array:
    """Return the whole numbers j, |j| ≤ size/2, each in its place modulo the size."""
    return np.concatenate([np.arange(size // 2), np.arange(-size // 2, 0)]).astype(np.float64)


@functools.cache
def _normal() -> Array:
    """Return Φ(j/4096) for j modulo 2¹⁸, from the tail on."""
    g = _modulo(1 << 18) * _NORMAL_STEP
    table = (g > 0).astype(np.float64)
    varied = (g >= TAIL) & (g < 9.0)
    table[varied] = gauss.normal(pair.split(g[varied]))[0].value()
    return table


def normal(x: Array) -> Array:
    """Return Φ(x) to 2 ULP for |x| ≤ 20; beyond, `FloatingPointError`."""
    step(_hold_to_table, x)
    return _gaussian(x, _normal(), _NORMAL_STEP, 1 / 2, 1 / math.sqrt(math.tau))


def _hold_to_table(x: Array) -> None:
    if not (x.min(initial=0.0) >= TAIL and x.max(initial=0.0) <= -TAIL):
        raise FloatingPointError


@functools.cache
def _errors() -> Array:
    """Return erf(j/2048) for j modulo 32768; −0 for 0, so that the sign of a zero stays."""
    table = gauss.erf(pair.split(_modulo(1 << 15) * _ERF_STEP)).value()
    table[0] = -0.0
    return table


def erf(x: Array) -> Array:
    """Return erf x to 2 ULP."""
    inside = np.clip(x, -_LAST, _LAST, out=empty(x.shape))
    return _gaussian(inside, _errors(), _ERF_STEP, 1.0, 2 / math.sqrt(math.pi))


def _gaussian(x: Array, table: Array, step: float, a: float, height: float) -> Array:
    """Return the sample at the nearest g = j·step plus the integral of height·e^(−a·t²) from there to x.

    With d = x − g and m = (g + x)/2 that is height·e^(−a·m²)·d·(1 + (2a·m² − 1)·a·d²/12 + …); the next term
    is below 2⁻⁵⁴ of the sum.
    """
    n = x + MAGIC * step
    g = n - MAGIC * step
    d, square = x - g, (x + g) * (x + g)  # (2m)²
    bell = np.exp(square * (-a / 4)) * d
    factor = (square * (height * a * a / 24) - height * a / 12) * (d * d) + height
    return entries(table, n.view(np.int64) & table.size - 1) + factor * bell


_SMALL = 1.25
"""From here on x − tanh x loses less than two bits."""

_ABOVE = (1.0, 1430.0, 289575.0, 16081065.0, 218243025.0)
_BELOW = (1.0, 1485.0, 315315.0, 18918900.0, 310134825.0, 654729075.0)
"""x − tanh x ≈ x³·A(x²)/B(x²) to 2⁻⁵⁶ for |x| < 1.25, from the highest power on: the continued fraction
tanh x = x/(1 + x²/(3 + x²/(5 + …))) as far as 19."""


def tanh_rest(x: Array) -> Array:
    """Return x − tanh x to 3 ULP, in a new buffer: below 1.25 from a continued fraction."""
    y = empty(x.shape)
    step(_write_rest, x, y)
    return y


def _write_rest(x: Array, y: Array) -> None:
    np.subtract(x, np.tanh(x), out=y)
    small = np.flatnonzero(np.abs(x) < _SMALL)
    if small.size:
        z = x.reshape(-1)[small]
        u = z * z
        y.reshape(-1)[small] = u * z * (np.polyval(_ABOVE, u) / np.polyval(_BELOW, u))
