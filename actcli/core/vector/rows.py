"""How a vector function is taken over an array: which axis, which vectors have no value, NaN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes, memory
from actcli.core.arguments import integer, real
from actcli.core.dtypes import FLOAT64
from actcli.core.vector.blocks import exactly
from actcli.core.vector.row_kernels import run
from actcli.errors import NoValueError, UsageError, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Formula, Params, VectorActivation
    from actcli.core.vector.row_kernels import RowKernel


def as_vectors(x: ArrayLike, axis: int = -1, name: str = "x") -> Array:
    """Return x as float64 with the vectors along the last axis.

    Raises:
        UsageError: x is no array of real numbers, the axis is no integer, x has none such, or its
            vectors have no entries.
    """
    array = real(x, name)
    with np.errstate(invalid="ignore"):  # a signalling NaN
        array = array.astype(np.float64, copy=False)
    axis = integer(axis, "axis")
    if not -array.ndim <= axis < array.ndim:
        raise UsageError(f"{name} has {array.ndim} axes, and no axis {shown(axis)}")
    array = np.moveaxis(array, axis, -1)
    if array.shape[-1] == 0:
        raise UsageError(f"a vector function needs at least one number, and a vector of {name} has none")
    return array


def faulty(
    function: VectorActivation,
    x: Array,
    params: dict[str, float],
    places: NDArray[np.intp] | None = None,
    *,
    strict: bool = True,
) -> NDArray[np.bool_]:
    """Return which vectors have no value because an entry is NaN or the function has none there.

    Args:
        function: the function, which says where it has no value.
        x: vectors along the last axis.
        params: every parameter of the function.
        places: the rows of a table that these are, for the message, where they are not all of it.
        strict: raise if the function has no value somewhere; NaN entries never raise.

    Raises:
        NoValueError: with `strict`, naming the first such vector.
    """
    nan = np.asarray(np.isnan(x).any(axis=-1))
    bad = nan.copy()
    for mask, reason in function.faults(x, **params):
        at = mask & ~nan
        if strict and at.any():
            number = (np.flatnonzero(at) if places is None else places[at])[0]
            row = f" (row {number + 1})" if at.size > 1 or places is not None else ""
            raise NoValueError(f"{function.name}: the vector{row} {reason}")
        bad |= at
    return bad


def value(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
    first: int = 0,
    fast: bool = False,
) -> NDArray[Any]:
    """Return f of every vector along an axis of x; the result has its vectors along the same axis.

    Args:
        function: the function.
        x: an array with the vectors along `axis`.
        params: its parameters, where they are not at their defaults.
        dtype: the format that x is rounded to and the result rounded to once; that of x if not given.
        axis: the axis of the vectors.
        strict: raise where the function has no value, rather than give NaN.
        first: how many vectors of the same table came before, for a function with random numbers.
        fast: accept an error of up to 4 ULP for speed (in float64; other formats are always exact).

    Raises:
        UsageError: a wrong parameter, no such axis, or a length that the function does not take.
        NoValueError: a vector has no value and `strict` is set.
    """
    out = _apply(
        function,
        function.value,
        x,
        (),
        params,
        dtype=dtype,
        axis=axis,
        strict=strict,
        first=first,
        fast=fast,
    )
    return np.moveaxis(out, -1, axis)


def jacobian(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
    first: int = 0,
) -> NDArray[Any]:
    """Return the Jacobian of f at every vector along an axis of x.

    That axis goes; the last two axes of the result are the output i and the input j of ∂f_i/∂x_j. For the
    arguments and errors see `value`.
    """
    return _apply(
        function, function.jacobian, x, (), params, dtype=dtype, axis=axis, strict=strict, first=first
    )


def vjp(
    function: VectorActivation,
    x: ArrayLike,
    v: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
    first: int = 0,
) -> NDArray[Any]:
    """Return vᵀJ at every vector along an axis of x: what back-propagation sends on when v arrives.

    `v` is the gradient with respect to the output, of the output's shape. For the other arguments and errors
    see `value`.
    """
    gradient = as_vectors(v, axis, "v")
    out = _apply(
        function, function.vjp, x, (gradient,), params, dtype=dtype, axis=axis, strict=strict, first=first
    )
    return np.moveaxis(out, -1, axis)


def wrt(
    function: VectorActivation,
    x: ArrayLike,
    param: str,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
    first: int = 0,
) -> NDArray[Any]:
    """Return ∂f/∂param for every vector along an axis of x; for the arguments and errors see `value`.

    Raises:
        UsageError: there is no such parameter, or it is a whole number.
    """
    name = function.param(param).name
    if name not in function.wrt:
        raise UsageError(f"{function.name} has no derivative with respect to {name}", "it is a whole number")
    formula = function.wrt[name]
    out = _apply(function, formula, x, (), params, dtype=dtype, axis=axis, strict=strict, first=first)
    return np.moveaxis(out, -1, axis)


def _apply(
    function: VectorActivation,
    formula: Formula,
    x: ArrayLike,
    more: tuple[Array, ...],
    params: Params | None,
    *,
    dtype: DType | None,
    axis: int,
    strict: bool,
    first: int,
    fast: bool = False,
) -> NDArray[Any]:
    """Return a formula of every vector, whose result has the vector's leading axes."""
    bound = function.bind(params or {})
    array = real(x)
    format_ = dtype or dtypes.of(array.dtype)
    narrow = format_ is not FLOAT64
    vectors = as_vectors(array, axis)
    if narrow:
        vectors = format_.round(vectors)
    width = function.width(vectors.shape[-1], **bound)
    for v in more:
        if v.shape != (due := (*vectors.shape[:-1], width)):
            raise UsageError(f"{function.name}: v has shape {v.shape}, the output {due}")
    table = vectors.reshape(-1, vectors.shape[-1])
    flat = tuple(v.reshape(-1, width) for v in more)
    out = evaluated(
        function, formula, table, flat, bound, narrow=narrow, strict=strict, first=first, fast=fast
    )
    out = out.reshape(*vectors.shape[:-1], *out.shape[1:])
    return format_.array(out) if narrow else out


def evaluated(
    function: VectorActivation,
    formula: Formula,
    table: Array,
    more: tuple[Array, ...],
    bound: dict[str, float],
    *,
    narrow: bool = False,
    rest: bool = False,
    strict: bool = True,
    first: int = 0,
    fast: bool = False,
) -> Array:
    """Return a formula of every row of a table of doubles, rounded to doubles once.

    Args:
        function: the function.
        formula: its value, product vᵀJ, Jacobian or derivative by a parameter.
        table: the rows.
        more: what else the formula takes, a row for each of these.
        bound: every parameter.
        narrow: round to odd, for results that are rounded to fewer bits afterwards.
        rest: return two numbers for each, along a new axis after the first: the doubles, and what the results
            have beyond these in units of their last place, as far as pairs tell.
        strict: raise where the function has no value, rather than give NaN.
        first: how many rows of the same table came before, for a function with random numbers.
        fast: accept an error of up to 4 ULP for speed.

    Raises:
        NoValueError: a row has no value and `strict` is set.
    """
    place = first if function.random else None
    out, left = None, np.arange(len(table))
    kernels = [] if rest else _kernels(function, bound, narrow=narrow, fast=fast)
    if formula is function.value and kernels:
        width = function.width(table.shape[-1], **bound)
        out = memory.empty((len(table), width), np.dtype(np.float64))
        left = run(kernels, table, out)
    if left.size or out is None:
        some = table if left.size == len(table) else table[left]
        bad = faulty(function, some, bound, left if len(table) > 1 else None, strict=strict)
        found = exactly(
            formula,
            (np.where(bad[:, None], 0.0, some) if bad.any() else some, *more),
            bound,
            function.precision,
            well_scaled=bound == function.defaults,
            narrow=narrow,
            rest=rest,
            first=place,
        )
        found[bad] = np.nan
        if out is None:
            out = found
        else:
            out[left] = found
    return out


def _kernels(
    function: VectorActivation, bound: dict[str, float], *, narrow: bool, fast: bool
) -> list[RowKernel]:
    """Return the kernels of a function's value, in the order in which they are tried."""
    kernels: list[RowKernel] = []
    if fast and function.fast and not narrow:
        kernels.append(partial(function.fast, **bound))
    if function.kernel:
        kernels.append(partial(function.kernel, narrow=narrow, **bound))
    return kernels
