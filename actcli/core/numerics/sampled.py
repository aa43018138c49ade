"""Functions of plain doubles that NumPy lacks, from tables of a few series terms on a fine grid.

The tables hold samples of the exact functions, taken when they are first needed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics import gauss, pair, trigonometric
from actcli.core.numerics.pool import give, take
from actcli.core.numerics.tabulated import MAGIC
from actcli.core.numerics.tape import step

if TYPE_CHECKING:
    from actcli.core.numerics.heads import Array

ODDS_END = 40.0
"""From here on Φ(−x)/Φ(x) or its inverse has no double."""

_ODDS_STEP = 1 / 256
_ODDS_SIZE = 1 << 15


@functools.cache
def _odds() -> Array:
    """Return o(g) = Φ(−g)/Φ(g) and the series of −ln o(g + d)/o(g) = w₁d + w₂d² + … for g = j/256.

    With A = φ/Φ and B = φ/(1 − Φ): −(ln o)′ = A + B, A′ = −A(g + A), B′ = B(B − g). The fifth term is spread
    over the others as its best approximation does, d⁵ ≈ 5h²d³/4 on |d| ≤ h.
    """
    g = _modulo(_ODDS_SIZE) * _ODDS_STEP
    with np.errstate(all="ignore"):
        right, height = gauss.normal(pair.split(g))
        left, _ = gauss.normal(pair.split(-g))
        a, b = ([(height / p).value()] for p in (right, left))
        for n in range(1, 5):  # Leibniz: the derivatives of A′ = −gA − A² and B′ = B² − gB
            for f, sign in ((a, -1.0), (b, 1.0)):
                square = sum(math.comb(n - 1, k) * f[k] * f[n - 1 - k] for k in range(n))
                linear = g * f[n - 1] + ((n - 1) * f[n - 2] if n > 1 else 0.0)
                f.append(sign * square - linear)
        w = [(p + q) / math.factorial(n + 1) for n, (p, q) in enumerate(zip(a, b, strict=True))]
        w[2] = w[2] + w[4] * (5 / 4) * (_ODDS_STEP / 2) ** 2
        rows = [(left / right).value(), *w[:4]]
    ends = [np.where(g < 0, np.inf, 0.0)] + 4 * [np.zeros(g.shape)]
    known = np.isfinite(rows).all(axis=0)
    return np.ascontiguousarray(np.where(known, rows, ends))


def odds(x: Array) -> Array:
    """Return Φ(−x)/Φ(x) to 2 ULP for |x| < 64, where it is a normal double, in a new buffer.

    It is o(g)·e^(−δ) about the nearest g = j/256, with the series of δ = ln o(g) − ln o(x).
    """
    table, *series = _odds()
    n, d, y, c = take(x.shape), take(x.shape), take(x.shape), take(x.shape)
    np.add(x, MAGIC * _ODDS_STEP, out=n)
    np.subtract(n, MAGIC * _ODDS_STEP, out=c)
    np.subtract(c, x, out=d)  # −d: the terms of odd powers change their sign, and with them −δ
    index = n.view(np.int64)
    np.bitwise_and(index, _ODDS_SIZE - 1, out=index)
    np.take(series[-1], index, out=y, mode="wrap")
    for k in (2, 1, 0):
        np.multiply(y, d, out=y)
        np.take(series[k], index, out=c, mode="wrap")
        np.subtract(c, y, out=y)
    np.multiply(y, d, out=y)
    np.exp(y, out=y)
    np.take(table, index, out=c, mode="wrap")
    np.multiply(y, c, out=y)
    for buffer in (n, d, c):
        give(buffer)
    return y


def _modulo(size: int) -> Array:
    """Return the whole numbers j, |j| ≤ size/2, each in its place modulo the size."""
    return np.concatenate([np.arange(size // 2), np.arange(-size // 2, 0)]).astype(np.float64)


_ERF_STEP = 1 / 2048
_LAST = 6.0
"""erf is 1 to the last bit from here on."""


@functools.cache
def _errors() -> Array:
    """Return erf(j/2048) for j modulo 32768; −0 for 0, so that the sign of a zero stays."""
    table = gauss.erf(pair.split(_modulo(1 << 15) * _ERF_STEP)).value()
    table[0] = -0.0
    return np.ascontiguousarray(table)


def erf(x: Array) -> Array:
    """Return erf x to 2 ULP, in a new buffer.

    With the nearest g = j/2048, d = x − g and m = (g + x)/2, erf x is erf g and the integral between them,
    2/√π·e^{−m²}·d·(1 + (2m² − 1)d²/12 + …); the next term is below 2⁻⁵⁴ of erf x.
    """
    s, n, g, y = take(x.shape), take(x.shape), take(x.shape), take(x.shape)
    np.clip(x, -_LAST, _LAST, out=s)
    np.add(s, MAGIC * _ERF_STEP, out=n)
    np.subtract(n, MAGIC * _ERF_STEP, out=g)
    index = n.view(np.int64)
    np.bitwise_and(index, (1 << 15) - 1, out=index)
    np.take(_errors(), index, out=y, mode="wrap")
    np.add(s, g, out=n)
    np.subtract(s, g, out=s)
    np.multiply(n, n, out=n)  # (2m)²
    np.multiply(n, -0.25, out=g)
    np.exp(g, out=g)
    height = 2 / math.sqrt(math.pi)
    np.multiply(n, height / 24, out=n)
    np.subtract(n, height / 12, out=n)
    np.multiply(g, s, out=g)
    np.multiply(s, s, out=s)
    np.multiply(n, s, out=n)
    np.add(n, height, out=n)
    np.multiply(n, g, out=n)
    np.add(y, n, out=y)
    for buffer in (s, n, g):
        give(buffer)
    return y


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
    """Return cos x to 3 ULP for |x| ≤ 1024, in a new buffer.

    About the nearest g = j·2π/32768: cos(g + d) = cos g + d·(s − d·(cos g/2 + s·d/6)) to 2⁻⁵⁶, s = −sin g.
    """
    values, slopes = _circle()
    n, g, d, y, c = take(x.shape), take(x.shape), take(x.shape), take(x.shape), take(x.shape)
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
    for buffer in (n, g, d, c):
        give(buffer)
    return y


_SMALL = 1.25
"""From here on x − tanh x loses less than two bits."""

_ABOVE = (1.0, 1430.0, 289575.0, 16081065.0, 218243025.0)
_BELOW = (1.0, 1485.0, 315315.0, 18918900.0, 310134825.0, 654729075.0)
"""x − tanh x ≈ x³·A(x²)/B(x²) to 2⁻⁵⁶ for |x| < 1.25, from the highest power on: the continued fraction
tanh x = x/(1 + x²/(3 + x²/(5 + …))) as far as 19."""


def tanh_rest(x: Array) -> Array:
    """Return x − tanh x to 3 ULP, in a new buffer: below 1.25 from a continued fraction."""
    y = take(x.shape)
    step(_write_rest, x, y)
    return y


def _write_rest(x: Array, y: Array) -> None:
    np.abs(x, out=y)
    small = np.flatnonzero(y < _SMALL)
    np.tanh(x, out=y)
    np.subtract(x, y, out=y)
    if not small.size:
        return
    z, u, above, below = (take(small.shape) for _ in range(4))
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
    for buffer in (z, u, above, below):
        give(buffer)
