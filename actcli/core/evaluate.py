"""How an array of any size is evaluated."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import arguments, dtypes, memory
from actcli.core.blocks import for_blocks
from actcli.core.derived import gradient_limits
from actcli.core.numerics.program import empty
from actcli.core.plan import Plan, bound_task, limits_of, plan_of, task_of, write
from actcli.core.spec import REALS, Activation, KinkRule, Subject
from actcli.core.vector import rows
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from actcli.core.arrays import Array
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
        fast: accept an error of a few ULP for speed (in float64; other formats are always exact).
        out: an array of the shape and dtype of the result to write it into.

    Returns:
        An array of the shape of x; NaN stays NaN, and ±inf gives the limit.
    """
    bound = tuple(function.bind(params or {}).items())
    (result,) = _evaluate([plan_of(function, order, bound, kink, fast)], x, dtype, out)
    return result


def evaluate_roughly(function: Activation, x: Array, order: int = 0, params: Params | None = None) -> Array:
    """Return f, f′ or f″ at every element of x, for pictures and measures: see `evaluate`.

    Nothing is asked of the definition: what pairs of doubles leave undecided may be wrong in its last digits,
    and at a kink it is that of either side.
    """
    bound = tuple(function.bind(params or {}).items())
    plan = plan_of(function, order, bound, KinkRule.MIN_NORM, True)
    plan = replace(plan, task=replace(plan.task, subject=None, answers={}))
    y = np.empty(x.shape)
    with np.errstate(all="ignore"):
        for start in range(0, x.size, _PART):
            part = slice(start, start + _PART)
            write([plan], np.ascontiguousarray(x[part], np.float64), [y[part]], many=False)
    return y


_PART = 1 << 13
"""Elements at once: their pairs fit into a cache."""


def evaluate_orders(
    function: Activation,
    x: ArrayLike,
    orders: Iterable[int],
    params: Params | None = None,
    *,
    kink: KinkRule = KinkRule.MIN_NORM,
    dtype: DType | None = None,
    fast: bool = False,
    total: int = 0,
) -> list[NDArray[Any]]:
    """Return f and derivatives of it at every element of x; what they have in common is computed once.

    See `evaluate`, whose results they are. `total` tells how many elements there will be in all, of which
    these are the first, where that is known.
    """
    bound = tuple(function.bind(params or {}).items())
    plans = [plan_of(function, order, bound, kink, fast) for order in orders]
    return _evaluate(plans, x, dtype, None, total)


def evaluate_wrt(
    function: Activation,
    x: ArrayLike,
    param: str,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return ∂f/∂param at every element of x; see `evaluate`."""
    plan = _gradient_plan(function, param, function.bind(params or {}))
    (result,) = _evaluate([plan], x, dtype, out)
    return result


def _gradient_plan(function: Activation, param: str, bound: Params) -> Plan:
    name = function.param(param).name
    return Plan(
        function.domain,
        task_of(Subject(function, bound, wrt=name)),
        lambda: gradient_limits(function, bound, name),
    )


def before_rounding(subject: Subject, x: Array, dtype: DType) -> Array:
    """Return doubles that are the results at x if they are rounded once to a narrow format.

    Unlike those of `evaluate` the points need not be numbers of that format. The doubles are within `MARGIN`
    ULP of the true values where they do not lie that close to the middle of two numbers of the format.
    """
    function, bound = subject.function, subject.function.bind(subject.params)
    if subject.wrt is None:
        plan = plan_of(function, subject.order, tuple(bound.items()), subject.kink, False)
    else:
        plan = _gradient_plan(function, subject.wrt, bound)
    y = memory.empty(x.shape, np.dtype(np.float64))
    many = plan.in_float64.is_tried(x.size)

    def work(part: slice) -> None:
        with np.errstate(all="ignore"):
            plan.narrow(x[part], y[part], dtype, many=many)

    for_blocks(x.size, work)
    return y


def evaluate_from_output(function: Activation, y: ArrayLike, params: Params | None = None) -> NDArray[Any]:
    """Return f′ at the points whose value is y; NaN where y is no value of f.

    Raises:
        UsageError: the slope is no function of the value.
    """
    bound = function.bind(params or {})
    if function.slope_from_output is None:
        raise UsageError(f"{function.name} has no slope in terms of its output")
    task = bound_task(function, function.slope_from_output, bound)
    (result,) = _evaluate([Plan(REALS, task, lambda: limits_of(task))], y, None, None)
    values = function.range(**bound)
    outside = (np.asarray(y) < values.low) | (np.asarray(y) > values.high)  # an end may be a rounded value
    return np.where(outside, np.nan, result).astype(result.dtype, copy=False)


# Vector functions, along any axis: the value, the Jacobian J, the product vᵀJ, the derivative by a parameter.
evaluate_vector = rows.value
evaluate_jacobian = rows.jacobian
evaluate_vjp = rows.vjp
evaluate_vector_wrt = rows.wrt


def _evaluate(
    plans: Sequence[Plan], x: ArrayLike, dtype: DType | None, out: NDArray[Any] | None, total: int = 0
) -> list[NDArray[Any]]:
    array = arguments.real(x)
    wanted = dtype or dtypes.of(array.dtype)
    if wanted is not dtypes.FLOAT64:
        array = array if dtypes.of(array.dtype) is wanted else wanted.round(array)
    if out is None:
        results = [memory.empty(array.shape, np.dtype(wanted.numpy)) for _ in plans]
    else:
        results = [arguments.output(out, array.shape, wanted)]
    points = np.ascontiguousarray(array).reshape(-1)
    flats = [r.reshape(-1) if r.flags.c_contiguous else np.empty(r.size, wanted.numpy) for r in results]
    shared = np.may_share_memory(points, flats[0])
    if shared and (points.ctypes.data, points.dtype) != (flats[0].ctypes.data, flats[0].dtype):
        points, shared = points.copy(), False  # a block written may be another's that is not read yet
    wide = wanted is dtypes.FLOAT64
    tried = [(plan if wide else plan.in_float64).is_tried(points.size, total) for plan in plans]

    def work(part: slice) -> None:
        with np.errstate(all="ignore"):
            x = points[part].astype(np.float64, copy=shared)
            if wide:
                write(plans, x, [flat[part] for flat in flats], many=all(tried))
                return
            for plan, flat in zip(plans, flats, strict=True):
                y = empty(x.shape)
                plan.narrow(x, y, wanted, many=all(tried))
                flat[part] = wanted.cast(y)

    for_blocks(points.size, work)
    for result, flat in zip(results, flats, strict=True):
        if not result.flags.c_contiguous:
            np.copyto(result, flat.reshape(result.shape))
    return results
