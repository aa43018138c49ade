"""How an array of any size is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.plain import Array, Plain
from actcli.core.spec import Activation, Break, KinkRule, Side, VectorActivation
from actcli.core.vector import rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.dtypes import DType

    from actcli.core.spec import Params


def evaluate(
    function: Activation,
    x: ArrayLike,
    order: int = 0,
    params: Params | None = None,
    *,
    kink: KinkRule = KinkRule.MIN_NORM,
    dtype: DType | None = None,
    fast: bool = False,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return f (order 0), f′ (1) or f″ (2) at every element of x.

    Args:
        function: the function.
        x: numbers in an array of any shape.
        order: how often it is differentiated.
        params: its parameters, where they are not at their defaults.
        kink: what a derivative is where its one-sided values differ.
        dtype: the format that x is rounded to and the result correctly rounded to; that of x if not given.
        fast: accept an error of a few ULP for speed.
        out: an array of the shape and dtype of the result to write it into.

    Returns:
        An array of the shape of x; NaN stays NaN, and ±inf gives the limit.
    """
    bound = function.bind(params or {})
    points = np.asarray(x, np.float64)
    formula = function.formula_of(order)
    with np.errstate(all="ignore"):
        result: NDArray[Any] = np.array(
            np.broadcast_to(formula(Plain(), points, **bound), points.shape), np.float64
        )
        for k in function.kinks(**bound):
            at = points == k.at
            if not at.any():
                continue
            if order == 0:
                result[at] = formula(Plain(k.side), points[at], **bound)
                continue
            left = formula(Plain(Side.LEFT), points[at], **bound)
            right = formula(Plain(Side.RIGHT), points[at], **bound)
            result[at] = _at_kink(left, right, k.breaks, k.side, kink)
    for end, tail in ((-np.inf, function.left(**bound)), (np.inf, function.right(**bound))):
        result[points == end] = (tail.value, tail.slope, tail.curvature)[order]
    result[np.isnan(points)] = np.nan
    if dtype is not None:
        result = dtype.array(result)
    if out is None:
        return result
    np.copyto(out, result)
    return out


def _at_kink(left: Any, right: Any, breaks: Break, side: Side, rule: KinkRule) -> Any:
    if rule is KinkRule.NAN:
        return np.where(left == right, left, np.nan) if breaks is not Break.VALUE else np.nan
    if rule is KinkRule.MIN_NORM and breaks is not Break.VALUE:
        least = np.where(np.abs(left) < np.abs(right), left, right)
        return np.where(np.sign(left) * np.sign(right) < 0, 0.0, least)
    chosen = rule.value if rule is not KinkRule.MIN_NORM else side.value
    return left if chosen == "left" else right


def evaluate_wrt(
    function: Activation,
    x: ArrayLike,
    param: str,
    params: Params | None = None,
    *,
    dtype: DType | None = None,  # noqa: ARG001
) -> Array:
    """Return ∂f/∂param at every element of x."""
    bound = function.bind(params or {})
    points = np.asarray(x, np.float64)
    formula = function.wrt[function.param(param).name]
    with np.errstate(all="ignore"):
        return np.array(np.broadcast_to(formula(Plain(), points, **bound), points.shape), np.float64)


def evaluate_from_output(function: Activation, y: ArrayLike, params: Params | None = None) -> Array:
    """Return f′ at the points whose value is y, in float64."""
    bound = function.bind(params or {})
    points = np.asarray(y, np.float64)
    if function.slope_from_output is None:
        raise ValueError(f"{function.name} has no slope in terms of its output")
    with np.errstate(all="ignore"):
        return np.array(
            np.broadcast_to(function.slope_from_output(Plain(), points, **bound), points.shape), np.float64
        )


def evaluate_vector(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
) -> NDArray[Any]:
    """Return f of every vector along the given axis of x; see `vector.rows.value`."""
    return rows.value(function, x, params, dtype=dtype, axis=axis, strict=strict)


def evaluate_jacobian(
    function: VectorActivation,
    x: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
) -> NDArray[Any]:
    """Return the Jacobian of f at every vector along the given axis of x; see `vector.rows.jacobian`."""
    return rows.jacobian(function, x, params, dtype=dtype, axis=axis, strict=strict)


def evaluate_vjp(
    function: VectorActivation,
    x: ArrayLike,
    v: ArrayLike,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
) -> NDArray[Any]:
    """Return vᵀ times the Jacobian of f at every vector along the given axis of x; see `vector.rows.vjp`."""
    return rows.vjp(function, x, v, params, dtype=dtype, axis=axis, strict=strict)
