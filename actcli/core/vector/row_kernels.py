"""What the kernels of vector functions are made of, and how they are run over the rows of an array.

A kernel does in few passes over a block of rows what a formula does in many. It takes the ordinary rows, on
which nothing over- or underflows and no digits cancel, and says which rows those were not; the formula does
these. Which they are, and every bit of a result, depends on the row alone.

Rows lie along the last axis of a block or, where they are short, along its first: a reduction of a few
numbers, and an operation of a row with its one sum, cost many times as much along the last.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from actcli.core.blocks import for_blocks
from actcli.core.numerics.pair import ANY, Pair, cut
from actcli.core.numerics.program import CACHE_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask

SHORT = 64
"""Rows of fewer numbers are laid along the first axis: there, up to here, a softmax takes less time."""

KEPT = 1 << 20
"""Numbers that the buffers of a thread may hold between two calls."""


class RowKernel(Protocol):
    """A vector function on ordinary rows."""

    def __call__(self, x: Array, out: Array, axis: int, **params: Any) -> Mask | None:
        """Write the function of every row of a block to `out`; return which rows it cannot do (None: none).

        Args:
            x: a contiguous block of rows.
            out: a block of results, with rows along the same axis.
            axis: the axis of the rows, 0 or −1.
            params: what is bound before a kernel is run: the parameters of the function and, for an exact
                one, whether to round to odd (`narrow`).
        """


class _Local(threading.local):
    """The memory of this thread's buffers."""

    memory = np.empty(0)


_local = _Local()


def buffers(shape: tuple[int, ...], count: int) -> list[Array]:
    """Return arrays with anything in them, which are this thread's until it asks again.

    They begin on cache lines, and not at equal distances of a power of two, which share places in a cache.
    """
    size, line = math.prod(shape), CACHE_LINE // 8
    apart = -(-size // line) * line + 9 * line
    if _local.memory.size < apart * count + line:
        _local.memory = np.empty(apart * count + line)
    memory = _local.memory
    if memory.size > KEPT:
        _local.memory = np.empty(0)
    start = -memory.ctypes.data % CACHE_LINE // 8
    return [memory[at : at + size].reshape(shape) for at in range(start, start + apart * count, apart)]


def run(kernels: Sequence[RowKernel], x: Array, out: Array) -> NDArray[np.intp]:
    """Write a function of every row of x to the rows of `out`; return which rows are left to do.

    Each of the kernels is tried on the rows that those before it have left.
    """
    left: list[NDArray[np.intp]] = []

    def work(part: slice) -> None:
        with np.errstate(all="ignore"):
            rows = _tried(kernels, x[part], out[part])
        if rows.size:
            left.append(rows + part.start)

    # A block has twice the numbers of other blocks: some operations are on one number for each row alone.
    for_blocks(len(x), work, width=-(-x.shape[1] // 2))
    return np.sort(np.concatenate(left)) if left else np.empty(0, np.intp)


def _tried(kernels: Sequence[RowKernel], x: Array, out: Array) -> NDArray[np.intp]:
    """Write a function of a block of rows; return which are left."""
    kernel, *others = kernels
    if x.shape[1] < SHORT:
        turned, result = np.ascontiguousarray(x.T), np.empty(out.shape[::-1])
        undone = kernel(turned, result, 0)
        np.copyto(out, result.T)
    else:
        undone = kernel(np.ascontiguousarray(x), out, -1)
    rows = np.flatnonzero(undone) if undone is not None else np.empty(0, np.intp)
    if not rows.size or not others:
        return rows
    if rows.size == len(x):
        return _tried(others, x, out)
    again = np.empty((rows.size, out.shape[1]))
    still = _tried(others, x[rows], again)
    out[rows] = again
    return rows[still]


def least(x: Array, axis: int) -> Array:
    """Return the least number of each row, as a block of rows of one."""
    return np.minimum.reduce(x, axis=axis, keepdims=True)


def greatest(x: Array, axis: int) -> Array:
    """Return the greatest number of each row, as a block of rows of one."""
    return np.maximum.reduce(x, axis=axis, keepdims=True)


def level(column: Array) -> Array | float:
    """Return the number of each row, or that of all where it is the same: operations with one take half."""
    first = column.flat[0]
    return float(first) if np.all(column == first) else column


def times(x: Array, factor: Pair, h: Array, low: Array) -> Array | None:
    """Write x·factor to two arrays, to 2⁻⁷⁸ of itself; None for the second if the first is all of it."""
    if not factor.l and math.frexp(float(factor.h))[0] in (0.5, -0.5):
        np.multiply(x, factor.h, out=h)
        return None
    np.copyto(h, x)
    cut(h)
    np.subtract(x, h, out=low)
    np.multiply(low, factor.value(), out=low)
    np.add(low, h * factor.l, out=low)
    np.multiply(h, factor.h, out=h)  # exact
    return low


def exact_sum(x: Array, rest: Array | None, axis: int, room: Array, unit: Any = 1.0) -> Pair:
    """Return the sums of rows of |x| < 4 units, and of what is to be added to x, far smaller; both stay.

    (x + C) − C rounds to a multiple of 2⁻ᵖ, and sums of n of those fit in 53 bits. So that sum is exact, and
    what is left is below 2⁻ᵖ⁻¹ or as small as `rest`: its sum in doubles is right to some 2⁻⁶⁴ of the whole.
    """
    grid = grid_of(x.shape[axis]) * unit
    np.add(x, grid, out=room)
    np.subtract(room, grid, out=room)
    high = np.add.reduce(room, axis=axis, keepdims=True)
    np.subtract(x, room, out=room)
    if rest is not None:
        np.add(room, rest, out=room)
    return Pair(high, sum_of(room, axis, room), ANY)


def sum_of(x: Array, axis: int, room: Array) -> Array:
    """Return the sums of rows in doubles; x stays, unless it is the room itself.

    Along the last axis NumPy has one order for rows of a length. Along the first it has another for a row
    alone: there the last half is added to the first, and so on.
    """
    if axis:
        return np.add.reduce(x, axis=axis, keepdims=True)
    while (n := len(x)) > 1:
        half = n // 2
        np.add(x[:half], x[-half:], out=room[:half])
        if n % 2:
            room[half] = x[half]
        x = room = room[: n - half]
    return x.copy()


def grid_of(n: int) -> float:
    """Return C such that (x + C) − C, for |x| < 4, is a number whose n-fold sums are exact."""
    return 1.5 * 2.0 ** (2 + n.bit_length())


def scaled(x: Array, rest: Array, factor: Pair, out: Array, room: Array, *, narrow: bool) -> None:
    """Write (x + rest)·factor, rounded once, for x of 26 bits and a factor for each row; x and rest are lost.

    The product of x and the head of the factor is exact, and all others are so small beside it that they may
    be rounded.
    """
    np.multiply(rest, factor.value(), out=rest)
    np.multiply(x, factor.h, out=room)
    np.multiply(x, factor.l, out=x)
    np.add(rest, x, out=rest)
    rounded(room, rest, out, narrow=narrow)


def rounded(high: Array, low: Array, out: Array, *, narrow: bool) -> None:
    """Write high + low, rounded once; rounded to odd where it is rounded again to fewer bits."""
    if narrow:
        np.copyto(out, Pair(high, low, ANY).odd())
    else:
        np.add(high, low, out=out)


def square_sum(
    head: Array, rest: Array, axis: int, room: list[Array], unit: Array | float
) -> tuple[Pair, Array]:
    """Return Σ (head + rest)² of rows below 2 units, and the least head² of each; head has 26 bits."""
    square, other, free = room
    np.multiply(head, 2.0, out=other)
    np.add(other, rest, out=other)
    np.multiply(other, rest, out=other)
    np.multiply(head, head, out=square)  # exact
    return exact_sum(square, other, axis, free, unit * unit), least(square, axis)
