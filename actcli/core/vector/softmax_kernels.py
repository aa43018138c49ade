"""The kernels of softmax and its logarithm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.numerics import logarithm, pair
from actcli.core.numerics.exponential import powers_for, scaled_exp
from actcli.core.numerics.logarithm import LN2, LN2_REST
from actcli.core.numerics.pair import ANY, Pair, two_sum
from actcli.core.vector.row_kernels import buffers, exact_sum, greatest, least, rounded, scaled, times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask

_LOWEST, _VANISHED = -690.0, -750.0
"""Gaps to the largest entry down to the first have exponentials of all digits; below the second, one that
rounds to 0 and is nothing beside the others."""

_HIGHEST = 700.0
"""So large may an entry be for `scaled_exp`, with another the lowest gap below it."""

_EXTREME = 2.0**500
"""Temperatures beyond, and below its inverse, have no quotient in two doubles with all digits."""


class Powers(NamedTuple):
    """e^(x/T)/2^k = a + b for ordinary rows, and 0 for what vanishes beside the largest.

    Attributes:
        z: x/T as a double, and what is to be added to it (None: nothing); 0 in rows that are left out.
        top: the largest z of each row.
        k: a whole number for each row.
        a: of 22 bits.
        b: far smaller.
        gone: the places of the entries that vanish; None: there are none.
        undone: the rows that are left out; None: there are none.
    """

    z: tuple[Array, Array | None]
    top: Array
    k: Array
    a: Array
    b: Array
    gone: Mask | None
    undone: Mask | None


def _powers(x: Array, low: Array | None, axis: int, room: list[Array]) -> Powers:
    """Return the exponentials of a block of numbers x + low, in the third and fourth of five arrays.

    The first may hold x; it is changed where there is something to leave out.
    """
    gone: Mask | None = None
    undone: Mask | None = None
    top = greatest(x, axis)
    own, *four = room
    if not np.all((top - least(x, axis) <= -_LOWEST) & (np.abs(top) <= _HIGHEST)):
        gap = np.subtract(x, top, out=four[0])
        gone = gap < _VANISHED
        undone = np.any((gap < _LOWEST) & ~gone, axis=axis, keepdims=True) | ~(np.abs(top) <= _HIGHEST)
        top = np.where(undone, 0.0, top)
        if x is not own:
            np.copyto(own, x)
            x = own
        np.copyto(x, top, where=gone | undone)
        if low is not None:
            np.copyto(low, 0.0, where=gone | undone)
    k = powers_for(top)
    a, b = scaled_exp(x, low, k, four)
    if gone is not None:
        np.copyto(a, 0.0, where=gone)
        np.copyto(b, 0.0, where=gone)
    return Powers((x, low), top, k, a, b, gone, undone)


def _over_temperature(x: Array, temperature: float, h: Array, low: Array) -> tuple[Array, Array | None]:
    """Return x/T as two doubles, in two arrays if need be; NaN where T is extreme."""
    if temperature == 1:
        return x, None
    if not 1 / _EXTREME < abs(temperature) < _EXTREME:
        h.fill(np.nan)
        return h, None
    return h, times(x, 1.0 / pair.constant(temperature), h, low)


def softmax_kernel(
    x: Array, out: Array, axis: int, *, temperature: float, narrow: bool, sign: int = 1
) -> Mask | None:
    """Write softmax of ordinary rows, or of their negative for softmin."""
    h, low, *room = buffers(x.shape, 6)
    e = _powers(*_over_temperature(x, sign * temperature, h, low), axis, [h, *room])
    scaled(e.a, e.b, 1.0 / exact_sum(e.a, e.b, axis, room[0]), out, room[0], narrow=narrow)
    return e.undone


_NEAR = 300.0
"""Up to here e^x has a double, and so have sums of its like and their quotients, without a shift; what lies
below by more than the gap that vanishes is 0 beside them."""


def softmax_fast(x: Array, out: Array, axis: int, *, temperature: float, sign: int = 1) -> Mask | None:
    """Write softmax in doubles, without a shift by the largest entry, which would cost digits.

    So would a division by the temperature, but by a power of two.
    """
    if math.frexp(temperature)[0] != 0.5:
        return np.ones(x.shape[1 + axis], np.bool_)
    e, room = buffers(x.shape, 2)
    if sign * temperature != 1:
        x = np.divide(x, sign * temperature, out=e)
    top = greatest(x, axis)
    undone: Mask | None = None
    if not (top.max() <= _NEAR and x.min() >= -_NEAR):
        bad = (x < -_NEAR) & (x >= -_NEAR + _VANISHED)
        undone = np.any(bad, axis=axis, keepdims=True) | ~(np.abs(top) <= _NEAR)
    np.exp(x, out=e)
    unit = ldexp(1.0, powers_for(top) + 1)
    np.divide(e, exact_sum(e, None, axis, room, unit).value(), out=out)
    return undone


_PEAKED = -0.25
"""The logarithm of a component above this has lost digits to a difference; there is one in a row at most."""

_GRID = 1.5 * 2.0**32
"""(x + C) − C rounds to a multiple of 2⁻²⁰: differences of such numbers below 2³³ are exact."""


def log_softmax_kernel(x: Array, out: Array, axis: int, *, temperature: float, narrow: bool) -> Mask | None:
    """Write the logarithm of softmax of ordinary rows of two and more: x/T − ln Σ e^(x/T)."""
    if x.shape[axis] == 1:
        return np.ones(x.size, np.bool_)
    h, low, *room = buffers(x.shape, 6)
    e = _powers(*_over_temperature(x, temperature, h, low), axis, [h, *room])
    log = logarithm.log(exact_sum(e.a, e.b, axis, room[0])) + Pair(e.k * LN2, e.k * LN2_REST)
    peaked = e.top - log.value() > _PEAKED
    patch = _largest(e, axis, peaked.reshape(-1)) if peaked.any() else None
    whole = log.value() + _GRID - _GRID
    rest = (log.h - whole) + log.l
    z, low_z = e.z
    high, _, _, other = room
    np.add(z, _GRID, out=high)
    np.subtract(high, _GRID, out=high)
    np.subtract(z, high, out=other)
    if low_z is not None:
        np.add(other, low_z, out=other)
    np.subtract(high, whole, out=high)
    np.subtract(other, rest, out=other)
    if patch is not None:
        rows, column = np.flatnonzero(peaked), patch[0].reshape(-1)
        place = (column, rows) if axis == 0 else (rows, column)
        high[place], other[place] = (part.reshape(-1) for part in patch[1].terms())
    rounded(high, other, out, narrow=narrow)
    if e.gone is None or e.undone is None:
        return None
    return e.undone | _vanished(x, e.gone, (whole, rest), out, axis, temperature)


def _vanished(
    x: Array, gone: Mask, log: tuple[Array, Array], out: Array, axis: int, temperature: float
) -> Mask:
    """Write x less two numbers where an entry vanishes beside the largest; return the rows that are left.

    Of what is beside nothing but −∞ the logarithm is 0, which has no sign.
    """
    infinite = x == -np.inf
    np.copyto(out, -np.inf, where=infinite)
    np.copyto(out, 0.0, where=~infinite & (np.sum(~infinite, axis=axis, keepdims=True) == 1))
    finite = gone & ~infinite
    if temperature != 1:
        return np.asarray(np.any(finite, axis=axis, keepdims=True))
    whole, rest = (np.broadcast_to(part, x.shape)[finite] for part in log)
    high, low = two_sum(x[finite], -whole)
    out[finite] = high + (low - rest)
    return np.zeros_like(log[0], np.bool_)


def _largest(e: Powers, axis: int, rows: Mask) -> tuple[NDArray[np.intp], Pair]:
    """Return where the largest entries of some rows are, and ln softmax there: −ln(1 + Σ others/e)."""

    def of(part: NDArray[Any]) -> NDArray[Any]:
        return np.compress(rows, part, axis=1 + axis)

    z, low = of(e.z[0]), None if e.z[1] is None else of(e.z[1])
    gone = np.zeros(z.shape, np.bool_) if e.gone is None else of(e.gone)
    z[gone] = -np.inf
    place = np.expand_dims(np.argmax(z, axis=axis), axis)
    largest = Pair(np.take_along_axis(of(e.a), place, axis), np.take_along_axis(of(e.b), place, axis), ANY)
    np.put_along_axis(gone, place, True, axis)
    z[gone] = -np.inf
    top = np.maximum(greatest(z, axis), _LOWEST - _HIGHEST)
    np.copyto(z, top, where=gone)
    k = powers_for(top)
    a, b = scaled_exp(z, low, k, [np.empty(z.shape) for _ in range(4)])
    a[gone] = b[gone] = 0.0
    high, rest = (exact_sum(a, b, axis, z) / largest).terms()
    shift = k - of(e.k)
    return place, -logarithm.log1p(Pair(ldexp(high, shift), ldexp(rest, shift), ANY))


def log_softmax_fast(x: Array, out: Array, axis: int, *, temperature: float) -> Mask | None:
    """Write the logarithm of softmax in doubles."""
    gap, e, room = buffers(x.shape, 3)
    top = greatest(x, axis)
    undone = ~(np.abs(top) < 2.0**1000)
    np.subtract(x, top, out=gap)
    if temperature != 1:
        np.divide(gap, temperature, out=gap)
    np.exp(gap, out=e)
    total = exact_sum(e, None, axis, room).value()
    log = np.log(total)
    peaked = (total < 2).reshape(-1)
    if peaked.any():  # the 1 that the largest entry adds hides the others, and the digits of their gaps count
        if temperature == 1:
            few, gaps, each = (np.compress(peaked, part, axis=1 + axis) for part in (e, gap, x))
            lost = two_sum(each, -np.compress(peaked, top, axis=1 + axis))[1]
            few[gaps == 0] = 0.0
            few += few * np.where(gaps > -np.inf, lost, 0.0)
            log.reshape(-1)[peaked] = np.log1p(exact_sum(few, None, axis, gaps).value()).reshape(-1)
        else:
            undone |= peaked.reshape(undone.shape)
    np.subtract(gap, log, out=out)
    return undone if undone.any() else None
