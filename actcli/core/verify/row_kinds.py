"""The rows that a kernel of a vector function is tried on, of kinds and lengths that kernels stumble over."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.dtypes import FLOAT32
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import VectorActivation


class RowKind(StrEnum):
    """What is special about a row."""

    ORDINARY = "ordinary"
    DOMINANT = "one dominant"
    EQUAL = "all equal"
    TIES = "ties"
    SPREAD = "large spread"
    FAR = "far from 0"
    BELOW = "far below 0"
    TINY = "tiny"
    HUGE = "huge"
    SUBNORMAL = "subnormal"
    MASKED = "masked"
    ONE_LEFT = "masked but one"
    ALL_MASKED = "all masked"
    INFINITE = "infinite"
    NAN = "NaN"


KINDS = tuple(RowKind)

SHAPE = (256, 1000)
"""The array that is tried if nobody says, beside rows of `LENGTHS`."""

LENGTHS = (
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 511, 512,
    513, 1023, 1024, 1025, 2049, 4095, 4096, 4097, 8191, 8192, 8193, 16385, 65537,
)  # fmt: skip
"""Lengths beside the powers of two, where vectors, blocks and buffers of kernels end; of functions that split
a vector, that many times the least length."""

LONG = 1 << 15
"""From this length on only a few kinds are tried: the length is what matters there."""

_FEW = (RowKind.ORDINARY, RowKind.DOMINANT, RowKind.EQUAL, RowKind.FAR)


class Table(NamedTuple):
    """Rows of one length, and the array that they are handed over in.

    Attributes:
        x: the rows, numbers of the format of inputs.
        kinds: the place of each row's kind in `KINDS`.
        shape: the shape of the array.
        axis: where the rows lie in it, not negative.
    """

    x: Array
    kinds: NDArray[np.intp]
    shape: tuple[int, ...]
    axis: int

    @property
    def length(self) -> int:
        """The length of the rows."""
        return int(self.x.shape[1])

    def laid_out(self, rows: Array) -> Array:
        """Return as many rows, of any length, in an array of the shape that these have."""
        others = (*self.shape[: self.axis], *self.shape[self.axis + 1 :])
        return np.ascontiguousarray(np.moveaxis(rows.reshape(*others, rows.shape[-1]), -1, self.axis))

    def rows_of(self, array: Array) -> Array:
        """Return the rows of an array: the inverse of `laid_out`."""
        moved = np.moveaxis(array, self.axis, -1)
        return np.ascontiguousarray(moved.reshape(-1, moved.shape[-1]))


class Space(NamedTuple):
    """What rows are drawn for.

    Attributes:
        dtype: the format.
        n: their length.
        masks: what an entry is that does not count: −inf for softmax; None where there is no such thing.
        power: the power of entries that must stay in the format: squares and products of two, or more.
        ordinary: returns ordinary entries.
    """

    dtype: DType
    n: int
    masks: float | None
    power: int
    ordinary: Callable[[np.random.Generator, tuple[int, int]], Array]


def tables(
    function: VectorActivation,
    params: dict[str, float],
    dtype: DType,
    shape: Sequence[int] | None = None,
    axis: int = -1,
    seed: int = 0,
    within: tuple[float, float] | None = None,
    order: int = 0,
    longest: int | None = None,
) -> Iterator[Table]:
    """Yield the rows that a kernel of a function is tried on: an array of the shape, then rows of `LENGTHS`.

    Three rows in four of the array are ordinary, if it has so many, the others of all kinds, shuffled. Of
    every other length there is a row of every kind.

    Args:
        function: the function.
        params: every parameter of it.
        dtype: the format of inputs.
        shape: that of the array; (256, 1000) if not given, times the least length for a function that splits.
        axis: where its rows lie.
        seed: of the entries.
        within: all entries lie in this range: ordinary ones evenly, and kinds beyond it are left out.
        order: 1 for products with the Jacobian, in which kernels have fourth powers of entries, not squares.
        longest: no other lengths than up to this are tried, if there is one.

    Raises:
        UsageError: the shape has no such axis, or the function takes no rows of that length.
    """
    step = least_length(function, params)
    whole = tuple(shape) if shape is not None else (SHAPE[0], SHAPE[1] * step)
    if not -len(whole) <= axis < len(whole):
        raise UsageError(f"a shape of {len(whole)} axes has no axis {axis}")
    axis %= len(whole)
    function.width(whole[axis], **params)
    rng = np.random.default_rng(seed)
    rows = math.prod(whole) // whole[axis]
    yield _table(function, params, dtype, whole, axis, _mixed(rows, rng), rng, within, order)
    for length in (step * n for n in LENGTHS if longest is None or n <= longest):
        if length == whole[axis]:
            continue
        few = range(len(KINDS)) if length < LONG else [KINDS.index(kind) for kind in _FEW]
        kinds = np.array(list(few), np.intp)
        some = tuple(length if i == axis else 1 for i in range(len(whole)))
        if len(whole) == 1:
            for kind in kinds:
                yield _table(function, params, dtype, some, axis, kinds[kinds == kind], rng, within, order)
            continue
        first = 0 if axis else 1
        some = (*some[:first], len(kinds), *some[first + 1 :])
        yield _table(function, params, dtype, some, axis, kinds, rng, within, order)


def least_length(function: VectorActivation, params: dict[str, float]) -> int:
    """Return the least length that a function takes: 2 for one that splits a vector into halves."""
    for n in range(1, 1 << 16):
        try:
            function.width(n, **params)
        except UsageError:
            continue
        return n
    raise UsageError(f"{function.name} takes no vector of up to {1 << 16} numbers")


def _mixed(rows: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return kinds for so many rows."""
    turn = np.arange(rows, dtype=np.intp) % len(KINDS)
    turn[max(rows // 4, len(KINDS)) :] = KINDS.index(RowKind.ORDINARY)
    rng.shuffle(turn)
    return turn


def _table(
    function: VectorActivation,
    params: dict[str, float],
    dtype: DType,
    shape: tuple[int, ...],
    axis: int,
    kinds: NDArray[np.intp],
    rng: np.random.Generator,
    within: tuple[float, float] | None,
    order: int,
) -> Table:
    n = shape[axis]
    masks = mask_of(function, params)
    power = (4 if order else 2) if masks is None else 1
    x = np.empty((kinds.size, n))
    kinds = kinds.copy()

    def ordinary(rng: np.random.Generator, size: tuple[int, int]) -> Array:
        if within is not None:
            return rng.uniform(*within, size)
        return rng.normal(0.0, rng.choice([0.5, 1.0, 3.0], (size[0], 1)), size)

    space = Space(dtype, n, masks, power, ordinary)
    for kind in np.unique(kinds).tolist():
        at = np.flatnonzero(kinds == kind)
        drawn = _drawn(KINDS[kind], space, rng, at.size)
        found = None if drawn is None else _rounded(drawn, dtype)
        if found is None or (within is not None and not ((found >= within[0]) & (found <= within[1])).all()):
            found, kinds[at] = _rounded(ordinary(rng, (at.size, n)), dtype), KINDS.index(RowKind.ORDINARY)
        x[at] = found
    return Table(x, kinds, shape, axis)


def _rounded(x: Array, dtype: DType) -> Array:
    """Return numbers of a format, what is finite kept so."""
    return dtype.round(np.where(np.isfinite(x), np.clip(x, -dtype.largest, dtype.largest), x))


def mask_of(function: VectorActivation, params: dict[str, float]) -> float | None:
    """Return the infinity that takes an entry out of a vector, if the function has one."""
    probes = np.array([[-np.inf, 0.0], [np.inf, 0.0]])
    if not (reasons := function.faults(probes, **params)):
        return None
    wrong = np.logical_or.reduce([mask for mask, _ in reasons])
    return -math.inf if not wrong[0] else math.inf


def _drawn(kind: RowKind, space: Space, rng: np.random.Generator, rows: int) -> Array | None:
    """Return rows of a kind; None where there are none of that length, for that format or function."""
    dtype, n = space.dtype, space.n
    size = (rows, n)
    x = space.ordinary(rng, size)
    steep = min(1.2 * math.log(max(dtype.largest, FLOAT32.largest)), dtype.largest / 2)  # e^x is no number
    every = np.arange(rows)
    match kind:
        case RowKind.DOMINANT:
            x[every, rng.integers(n, size=rows)] += min(30.0, dtype.largest / 4)
        case RowKind.EQUAL:
            x = np.repeat(x[:, :1], n, axis=1)
            x[1::4] = 0.0
        case RowKind.TIES:
            x = np.asarray(0.375 * rng.integers(-4, 5, size))
        case RowKind.SPREAD:
            x = rng.uniform(-steep, steep, size)
            x[every, rng.integers(n, size=rows)] = steep
        case RowKind.FAR:
            x = x / 3 + 2.0 ** (dtype.precision / 2) * np.where(every % 2, -1.0, 1.0)[:, None]
        case RowKind.BELOW:
            x = -(steep if space.power == 1 else steep / 4) - np.abs(x)  # gates must not underflow everywhere
        case RowKind.TINY:
            least = (dtype.lowest + dtype.precision) // space.power + space.power
            x = x * 2.0 ** min(least, -2.0)
        case RowKind.HUGE:
            most = (dtype.largest / n) ** (1 / space.power) / 8
            x = rng.uniform(-most, most, size)
        case RowKind.SUBNORMAL:
            steps = (1 << dtype.precision - 1) - 1
            x = np.asarray(rng.integers(-steps, steps, size, endpoint=True) * float(dtype.spacing(0.0)))
        case RowKind.MASKED | RowKind.ONE_LEFT | RowKind.ALL_MASKED:
            if space.masks is None or not dtype.infinite or (n == 1 and kind is not RowKind.ALL_MASKED):
                return None
            gone = rng.random(size) < 0.5
            gone[1::2] = np.arange(n) >= rng.integers(1, n + 1, (rows, 1))[1::2]  # padding
            if kind is not RowKind.MASKED:
                gone[:] = True
            if kind is not RowKind.ALL_MASKED:
                left = rng.integers(n, size=rows)
                gone[every, (left + 1) % n] = True
                gone[every, left] = False
            x[gone] = space.masks
        case RowKind.INFINITE:
            if not dtype.infinite:
                return None
            far = -space.masks if space.masks else math.inf
            x[every, rng.integers(n, size=rows)] = far
            x[1::4, rng.integers(n)] = far
            x[2::4, rng.integers(n)] = -far
            if space.masks is None:
                x[3::4] = np.where(x[3::4] == far, -far, x[3::4])
        case RowKind.NAN:
            x[every, rng.integers(n, size=rows)] = math.nan
        case RowKind.ORDINARY:
            pass
    return x


def kind_of(x: Array) -> NDArray[np.intp]:
    """Return the kind of rows that somebody else has made, as far as their entries tell."""
    found = np.zeros(len(x), np.intp)
    marks = (
        (RowKind.EQUAL, np.all(x == x[:, :1], axis=1) & (x.shape[1] > 1)),
        (RowKind.MASKED, np.any(x == -np.inf, axis=1)),
        (RowKind.INFINITE, np.any(x == np.inf, axis=1)),
        (RowKind.ALL_MASKED, np.all(x == -np.inf, axis=1)),
        (RowKind.NAN, np.any(np.isnan(x), axis=1)),
    )
    for kind, mask in marks:
        found[mask] = KINDS.index(kind)
    return found
