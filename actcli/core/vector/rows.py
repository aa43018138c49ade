"""How a vector function is taken over an array: which axis, which vectors have no value, NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.plain import Array, Plain
from actcli.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.spec import Params, VectorActivation


def as_vectors(x: ArrayLike, axis: int = -1) -> Array:
    """Return x as float64 with the vectors along the last axis.

    Raises:
        UsageError: x has no such axis, or its vectors have no entries.
    """
    array = np.asarray(x, np.float64)
    if not -array.ndim <= axis < array.ndim:
        raise UsageError(f"an array of {array.ndim} axes has no axis {axis}")
    array = np.moveaxis(array, axis, -1)
    if array.shape[-1] == 0:
        raise UsageError("a vector function needs at least one number")
    return array


def faulty(
    function: VectorActivation, x: Array, params: dict[str, float], *, strict: bool = True
) -> NDArray[np.bool_]:
    """Return which vectors have no value because an entry is NaN or the function has none there.

    Args:
        function: the function, which says where it has no value.
        x: vectors along the last axis.
        params: every parameter of the function.
        strict: raise if the function has no value somewhere; NaN entries never raise.

    Raises:
        DataError: with `strict`, naming the first such vector.
    """
    nan = np.asarray(np.isnan(x).any(axis=-1))
    bad = nan.copy()
    for mask, reason in function.faults(x, **params):
        at = mask & ~nan
        if strict and at.any():
            row = f" (row {int(np.flatnonzero(at)[0]) + 1})" if at.size > 1 else ""
            raise DataError(f"{function.name}: the vector{row} {reason}", "--on-error nan gives nan there")
        bad |= at
    return bad


def value(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    axis: int = -1,
    strict: bool = True,
) -> Array:
    """Return f of every vector along an axis of x; the result has its vectors along the same axis.

    Raises:
        DataError: a vector has no value and `strict` is set; without it, its result is NaN.
    """
    bound = function.bind(params or {})
    vectors = as_vectors(x, axis)
    function.width(vectors.shape[-1], **bound)
    bad = faulty(function, vectors, bound, strict=strict)
    with np.errstate(all="ignore"):
        out = np.array(function.value(Plain(), np.where(bad[..., None], 0.0, vectors), **bound), np.float64)
    out[bad] = np.nan
    return np.moveaxis(out, -1, axis)


def jacobian(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    axis: int = -1,
    strict: bool = True,
) -> Array:
    """Return the Jacobian of f at every vector along an axis of x.

    That axis goes; the last two axes of the result are the output i and the input j of ∂f_i/∂x_j.

    Raises:
        DataError: a vector has no value and `strict` is set; without it, its Jacobian is NaN.
    """
    bound = function.bind(params or {})
    vectors = as_vectors(x, axis)
    function.width(vectors.shape[-1], **bound)
    bad = faulty(function, vectors, bound, strict=strict)
    with np.errstate(all="ignore"):
        out = np.array(
            function.jacobian(Plain(), np.where(bad[..., None], 0.0, vectors), **bound), np.float64
        )
    out[bad] = np.nan
    return out


def vjp(
    function: VectorActivation,
    x: ArrayLike,
    v: ArrayLike,
    params: Params | None = None,
    *,
    axis: int = -1,
    strict: bool = True,
) -> Array:
    """Return vᵀJ at every vector along an axis of x: what back-propagation sends on when v arrives.

    Args:
        function: the function whose Jacobian J is meant.
        x: vectors along `axis`.
        v: the gradient with respect to the output; its shape is that of the output.
        params: parameters of the function.
        axis: the axis of the vectors, in x and v.
        strict: raise where the function has no value, rather than give NaN.

    Raises:
        UsageError: v has not the shape of the output.
        DataError: a vector has no value and `strict` is set.
    """
    bound = function.bind(params or {})
    vectors, gradient = as_vectors(x, axis), as_vectors(v, axis)
    shape = (*vectors.shape[:-1], function.width(vectors.shape[-1], **bound))
    if gradient.shape != shape:
        raise UsageError(
            f"{function.name}: the vector of the product has shape {gradient.shape}, not {shape}"
        )
    bad = faulty(function, vectors, bound, strict=strict)
    with np.errstate(all="ignore"):
        out = np.array(
            function.vjp(Plain(), np.where(bad[..., None], 0.0, vectors), gradient, **bound), np.float64
        )
    out[bad] = np.nan
    return np.moveaxis(out, -1, axis)
