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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.numerics.pair import Array

TAIL_END = 39.0
"""From here on Φ(−a) has no double."""

_BITS = 12
"""Places of 1 + a that the grid of the normal tail keeps: its step is 2⁻¹² of the power of two below."""

_STEPS = 52 - _BITS
_FIRST = 1023 << _BITS
_NODES = 8 << _BITS  # 1 ≤ 1 + a < 256


@functools.cache
def _tails() -> Array:
    """Return φ(g)·(r₀, r₁, r₂, r₃) for the middles g of the cells, with R(g + d) = r₀ + r₁d + r₂d² + r₃d³.

    R is the Mills ratio: R′ = gR − 1 and R⁽ⁿ⁺¹⁾ = gR⁽ⁿ⁾ + nR⁽ⁿ⁻¹⁾. The term r₄d⁴ is spread over the others as
    its best approximation does, d⁴ ≈ h²d² − h⁴/8 on |d| ≤ h, which leaves 2⁻⁵⁶ of R.
    """
    bits = (_FIRST + np.arange(_NODES)) << _STEPS
    lower = bits.view(np.float64)
    width = (bits + (1 << _STEPS)).view(np.float64) - lower
    g = (lower - 1.0) + width / 2
    with np.errstate(all="ignore"):
        exact = gauss.mills(pair.split(g))
        r = exact.value()
        phi = gauss.density(pair.split(g))
        r1 = g * r - 1.0
        r2 = g * r1 + r
        r3 = g * r2 + 2 * r1
        r4 = g * r3 + 3 * r2
        h = width / 2
        height = phi.value()
        c0 = (exact * phi).value() - height * (r4 / 24 * h**4 / 8)
        rows = [c0, height * r1, height * (r2 / 2 + r4 / 24 * h * h), height * (r3 / 6)]
    return np.ascontiguousarray(np.roll(rows, _FIRST % _NODES, axis=1))


def normal_tail(a: Array) -> Array:
    """Return Φ(−a) for 0 ≤ a < 255 to 2 ULP where it is a normal double, in a new buffer; a is used up.

    Φ(−a) = φ(a)·R(a), with φ(g + d) = φ(g)·e^(−d(2g + d)/2) in the cell of 1 + a with the middle 1 + g.
    """
    rows = _tails()
    n, d, y, c = take(a.shape), take(a.shape), take(a.shape), take(a.shape)
    index, middle = n.view(np.int64), c.view(np.int64)
    np.add(a, 1.0, out=d)
    np.right_shift(d.view(np.int64), _STEPS, out=index)
    np.left_shift(index, _STEPS, out=middle)
    np.bitwise_or(middle, 1 << _STEPS - 1, out=middle)
    np.bitwise_and(index, _NODES - 1, out=index)
    np.subtract(c, 1.0, out=c)
    np.subtract(a, c, out=d)
    np.add(a, c, out=a)
    np.multiply(a, d, out=a)
    np.multiply(a, -0.5, out=a)
    np.exp(a, out=a)
    polynomial(rows, index, d, y, c)
    np.multiply(y, a, out=y)
    for buffer in (n, d, c, a):
        give(buffer)
    return y


def polynomial(rows: Array, index: NDArray[np.int64], d: Array, y: Array, c: Array) -> None:
    """Write c₀ + c₁d + … with the coefficients in columns `index` of the rows to y; c is scratch."""
    np.take(rows[-1], index, out=y, mode="wrap")
    for row in rows[-2::-1]:
        np.multiply(y, d, out=y)
        np.take(row, index, out=c, mode="wrap")
        np.add(y, c, out=y)


_PER_UNIT = 2048.0
_LAST = 6.0
"""erf is 1 to the last bit from here on."""


@functools.cache
def _errors() -> Array:
    """Return erf(j/2048) for j modulo 32768; −0 for 0, so that the sign of a zero stays."""
    table = gauss.erf(pair.split(_modulo(1 << 15) / _PER_UNIT)).value()
    table[0] = -0.0
    return np.ascontiguousarray(table)


def _modulo(size: int) -> Array:
    """Return the whole numbers j, |j| ≤ size/2, each in its place modulo the size."""
    return np.concatenate([np.arange(size // 2), np.arange(-size // 2, 0)]).astype(np.float64)


def erf(x: Array) -> Array:
    """Return erf x to 2 ULP, in a new buffer.

    With the nearest g = j/2048, d = x − g and m = (g + x)/2, erf x is erf g and the integral between them,
    2/√π·e^{−m²}·d·(1 + (2m² − 1)d²/12 + …); the next term is below 2⁻⁵⁴ of erf x.
    """
    s, n, g, y = take(x.shape), take(x.shape), take(x.shape), take(x.shape)
    np.clip(x, -_LAST, _LAST, out=s)
    np.multiply(s, _PER_UNIT, out=s)
    np.add(s, MAGIC, out=n)
    np.subtract(n, MAGIC, out=g)
    index = n.view(np.int64)
    np.bitwise_and(index, (1 << 15) - 1, out=index)
    np.take(_errors(), index, out=y, mode="wrap")
    np.add(s, g, out=n)
    np.subtract(s, g, out=s)
    np.multiply(n, n, out=n)  # (2m·2048)²
    np.multiply(n, -0.25 / _PER_UNIT**2, out=g)
    np.exp(g, out=g)
    height = 2 / math.sqrt(math.pi) / _PER_UNIT
    cubic = height / (12 * _PER_UNIT**2)
    np.multiply(n, 0.5 / _PER_UNIT**2 * cubic, out=n)
    np.subtract(n, cubic, out=n)
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

SINE_END = 1024.0


@functools.cache
def _circle() -> Array:
    """Return sin and cos of j·2π/32768 for j modulo 32768; sin 0 is −0, so that the sign of a zero stays."""
    turn = pair.constant(_STEP[0]) + _STEP[1] + _STEP[2]
    angle = pair.split(np.arange(_CIRCLE, dtype=np.float64)) * turn
    sine = trigonometric.sin(angle).value()
    sine[[0, _CIRCLE // 2]] = -0.0
    cosine = np.roll(sine, -_CIRCLE // 4)
    return np.ascontiguousarray([sine, cosine])


def sin(x: Array, quarters: int = 0) -> Array:
    """Return sin(x + quarters·π/2) to 2 ULP for |x| ≤ 1024, in a new buffer.

    About the nearest g = j·2π/32768: sin(g + d) = sin g + d·(cos g − d·(sin g/2 + cos g·d/6)) to 2⁻⁵⁶.
    """
    sines, cosines = _circle()
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
    if quarters:
        np.add(index, quarters * _CIRCLE // 4, out=index)
    np.bitwise_and(index, _CIRCLE - 1, out=index)
    np.take(sines, index, out=y, mode="wrap")
    np.take(cosines, index, out=c, mode="wrap")
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

_REST = tuple(2 * k / math.factorial(2 * k + 1) for k in range(10, 0, -1))


def tanh_rest(x: Array) -> Array:
    """Return x − tanh x to 4 ULP, in a new buffer.

    Below 1.25 it is (x·cosh x − sinh x)/cosh x = Σ 2k·x^(2k+1)/(2k + 1)!/cosh x: no term is negative.
    """
    y, size = take(x.shape), take(x.shape)
    np.abs(x, out=size)
    small = np.flatnonzero(size < _SMALL)
    give(size)
    np.tanh(x, out=y)
    np.subtract(x, y, out=y)
    if small.size:
        z = x.take(small)
        square = z * z
        total = square * _REST[0]
        for c in _REST[1:-1]:
            total += c
            total *= square
        total += _REST[-1]
        total *= square
        total *= z
        total /= np.cosh(z)
        y[small] = total
    return y
