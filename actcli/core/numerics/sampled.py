"""Functions of plain doubles that NumPy lacks, from tables of a few series terms on a fine grid.

The tables hold samples of the exact functions, taken when they are first needed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics import gauss, pair, trigonometric
from actcli.core.numerics.program import empty, step
from actcli.core.numerics.tabulated import MAGIC

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


def normal(x: Array) -> tuple[Array, Array]:
    """Return two new buffers whose sum is Φ(x) to 2 ULP, from the tail to 32; see `_hold_within`."""
    step(_hold_within, x, TAIL, -TAIL)
    return _gaussian(x, _normal(), _NORMAL_STEP, 1 / 2, 1 / math.sqrt(math.tau))


@functools.cache
def _errors() -> Array:
    """Return erf(j/2048) for j modulo 32768; −0 for 0, so that the sign of a zero stays."""
    table = gauss.erf(pair.split(_modulo(1 << 15) * _ERF_STEP)).value()
    table[0] = -0.0
    return table


def _hold_within(x: Array, low: float, high: float) -> None:
    """Raise `FloatingPointError` if a number lies outside."""
    if not (x.min(initial=high) >= low and x.max(initial=low) <= high):
        raise FloatingPointError


def erf(x: Array) -> tuple[Array, Array]:
    """Return two new buffers whose sum is erf x to 2 ULP."""
    inside = np.clip(x, -_LAST, _LAST, out=empty(x.shape))
    return _gaussian(inside, _errors(), _ERF_STEP, 1.0, 2 / math.sqrt(math.pi))


def _gaussian(x: Array, table: Array, step: float, a: float, height: float) -> tuple[Array, Array]:
    """Return the sample at the nearest g = j·step, and the integral of height·e^(−a·t²) from there to x.

    With d = x − g and m = (g + x)/2 that is height·e^(−a·m²)·d·(1 + (2a·m² − 1)·a·d²/12 + …); the next term
    is below 2⁻⁵⁴ of the sum.
    """
    n, g, d, y = empty(x.shape), empty(x.shape), empty(x.shape), empty(x.shape)
    np.add(x, MAGIC * step, out=n)
    np.subtract(n, MAGIC * step, out=g)
    index = n.view(np.int64)
    np.bitwise_and(index, table.size - 1, out=index)
    np.take(table, index, out=y, mode="wrap")
    np.add(x, g, out=n)
    np.subtract(x, g, out=d)
    np.multiply(n, n, out=n)  # (2m)²
    np.multiply(n, -a / 4, out=g)
    np.exp(g, out=g)
    np.multiply(n, height * a * a / 24, out=n)
    np.subtract(n, height * a / 12, out=n)
    np.multiply(g, d, out=g)
    np.multiply(d, d, out=d)
    np.multiply(n, d, out=n)
    np.add(n, height, out=n)
    np.multiply(n, g, out=n)
    return y, n


_CIRCLE = 1 << 15
_STEP = tuple(map(float.fromhex, ("0x1.921fb54p-13", "0x1.10b46118p-43", "0x1.313198a2e037p-74")))
"""2π/32768 in three parts; the first two have 30 bits, so that their products with j < 2²³ are exact."""

COSINE_END = 1024.0


@functools.cache
def _circle() -> Array:
    """Return cos and its slope at j·2π/32768 for j modulo 32768."""
    turn = pair.constant(_STEP[0]) + _STEP[1] + _STEP[2]
    angle = pair.split(np.arange(_CIRCLE, dtype=np.float64)) * turn
    cosine = trigonometric.sin(angle, 1).value()
    cosine[[_CIRCLE // 4, 3 * _CIRCLE // 4]] = 0.0
    return np.ascontiguousarray([cosine, np.roll(cosine, -_CIRCLE // 4)])


def cos(x: Array) -> Array:
    """Return cos x to 3 ULP for |x| ≤ 1024, in a new buffer; see `_hold_within`.

    About the nearest g = j·2π/32768: cos(g + d) = cos g + d·(s − d·(cos g/2 + s·d/6)) to 2⁻⁵⁶, s = −sin g.
    """
    step(_hold_within, x, -COSINE_END, COSINE_END)
    values, slopes = _circle()
    n, g, d, y, c = empty(x.shape), empty(x.shape), empty(x.shape), empty(x.shape), empty(x.shape)
    np.multiply(x, _CIRCLE / (2 * math.pi), out=n)
    np.add(n, MAGIC, out=n)
    np.subtract(n, MAGIC, out=g)
    np.multiply(g, _STEP[0], out=c)
    np.subtract(x, c, out=d)  # exact
    for part in _STEP[1:]:
        np.multiply(g, part, out=c)
        np.subtract(d, c, out=d)
    index = n.view(np.int64)
    np.bitwise_and(index, _CIRCLE - 1, out=index)
    np.take(values, index, out=y, mode="wrap")
    np.take(slopes, index, out=c, mode="wrap")
    np.multiply(d, 1 / 6, out=g)
    np.multiply(g, c, out=g)
    np.multiply(y, 0.5, out=n)
    np.add(g, n, out=g)
    np.multiply(g, d, out=g)
    np.subtract(c, g, out=g)
    np.multiply(g, d, out=g)
    np.add(y, g, out=y)
    return y


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
    np.abs(x, out=y)
    small = np.flatnonzero(y < _SMALL)
    np.tanh(x, out=y)
    np.subtract(x, y, out=y)
    if not small.size:
        return
    z, u, above, below = (empty(small.shape) for _ in range(4))
    np.take(x.reshape(-1), small, out=z, mode="clip")
    np.multiply(z, z, out=u)
    for total, coefficients in ((above, _ABOVE), (below, _BELOW)):
        np.add(u, coefficients[1], out=total)
        for c in coefficients[2:]:
            np.multiply(total, u, out=total)
            np.add(total, c, out=total)
    np.divide(above, below, out=above)
    np.multiply(u, z, out=u)
    np.multiply(u, above, out=u)
    y.reshape(-1)[small] = u
