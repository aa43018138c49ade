"""How an array of any size is evaluated."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core import dtypes
from actcli.core.blocks import THREADED, for_blocks
from actcli.core.calm import Calm, calm
from actcli.core.numerics.engine import Task, compute, leans_down, settle, value_at
from actcli.core.numerics.pool import give, take
from actcli.core.spec import REALS, Activation, Break, KinkRule, Side
from actcli.core.vector import rows
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from actcli.core.dtypes import DType
    from actcli.core.numerics.plain import Array
    from actcli.core.spec import Formula, Interval, Kink, Params


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
    return _evaluate(_plan(function, order, bound, kink, fast), x, dtype, out)


def evaluate_wrt(
    function: Activation,
    x: ArrayLike,
    param: str,
    params: Params | None = None,
    *,
    dtype: DType | None = None,
) -> NDArray[Any]:
    """Return ∂f/∂param at every element of x; see `evaluate`."""
    bound = function.bind(params or {})
    task = _task(function, function.wrt[function.param(param).name], bound)
    return _evaluate(_Plan(function.domain, task, lambda: _limits(task)), x, dtype, None)


def evaluate_from_output(function: Activation, y: ArrayLike, params: Params | None = None) -> NDArray[Any]:
    """Return f′ at the points whose value is y.

    Raises:
        UsageError: the slope is no function of the value.
    """
    bound = function.bind(params or {})
    if function.slope_from_output is None:
        raise UsageError(f"{function.name} has no slope in terms of its output")
    task = _task(function, function.slope_from_output, bound)
    return _evaluate(_Plan(REALS, task, lambda: _limits(task)), y, None, None)


# Vector functions, along any axis: the value, the Jacobian J, the product vᵀJ, the derivative by a parameter.
evaluate_vector = rows.value
evaluate_jacobian = rows.jacobian
evaluate_vjp = rows.vjp
evaluate_vector_wrt = rows.wrt

_LAST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class _Plan:
    """How the elements of an array are evaluated.

    Attributes:
        domain: the arguments that have a result.
        task: the formula.
        limits: what the formula tends to at −∞ and +∞.
        kinks: the points where it is not its own value that counts.
        at_kink: the value there.
    """

    domain: Interval
    task: Task
    limits: Callable[[], tuple[float, float]]
    kinks: tuple[Kink, ...] = ()
    at_kink: Callable[[Kink], float] = lambda _kink: math.nan

    @functools.cached_property
    def calm(self) -> Calm | None:
        """The arguments that need no care."""
        points = tuple(kink.at for kink in self.kinks)
        return calm(self.task, self.careful, points) if self.domain == REALS else None

    @functools.cached_property
    def fast(self) -> _Plan:
        """The same in plain doubles."""
        return replace(self, task=replace(self.task, fast=True))

    def write(self, x: Array, y: Array, *, large: bool) -> None:
        """Write the results for a block of doubles to y; `large` if it is one of many."""
        if large and self.calm and self.calm.holds(x):
            self.calm.write(self.task, self.careful, x, y)
        else:
            self.careful(x, y)

    def careful(self, x: Array, y: Array, dtype: DType | None = None) -> None:
        """Write the results for any doubles, special points and all, ready to be rounded to the dtype."""
        least, most = x.min(initial=0.0), x.max(initial=0.0)
        outside = None
        inside = x
        if not (-np.inf < least and most < np.inf) or self.domain != REALS:
            outside = ~np.isfinite(x) | ~_contains(self.domain, x)
            inside = np.where(outside, _harmless(self.domain), x)
        task = replace(self.task, narrow=True) if dtype else self.task
        zeros = compute(task, inside, y)
        if dtype:
            settle(task, dtype, inside, y)
        for kink in self.kinks:
            at = x == kink.at
            if at.any():
                y[at] = self.at_kink(kink)
        if zeros and (zero := x == 0).any():
            zero &= y == 0
            y[zero] = 0.0
            left = zero & np.signbit(x)
            if left.any() and leans_down(task):
                y[left] = -0.0
        if outside is not None:
            y[outside] = np.nan
            for end, limit in zip((-np.inf, np.inf), self.limits(), strict=True):
                y[x == end] = limit

    def narrow(self, x: Array, y: Array, dtype: DType, *, large: bool) -> None:
        """Write doubles to y that rounded to the dtype are the results, rounded once.

        Plain doubles settle all but what lies so close to the middle between two numbers of the format that
        a few ULP decide.
        """
        self.fast.write(x, y, large=large)
        doubtful = dtype.close(y, MARGIN)
        if doubtful.any():
            few = np.empty(np.count_nonzero(doubtful))
            self.careful(x[doubtful], few, dtype)
            y[doubtful] = few


MARGIN = 64
"""Many times the error of plain doubles, in ULP."""


@functools.lru_cache(maxsize=256)
def _plan(
    function: Activation, order: int, params: tuple[tuple[str, float], ...], rule: KinkRule, fast: bool
) -> _Plan:
    bound = dict(params)
    left, right = (
        (tail.value, tail.slope, tail.curvature)[order]
        for tail in (function.left(**bound), function.right(**bound))
    )
    task = _task(function, function.formula_of(order), bound, fast=fast and order not in function.delicate)
    kinks = tuple(k for k in function.kinks(**bound) if order >= k.breaks)
    at_kink = functools.cache(lambda k: _at_kink(task, k, order, rule))
    return _Plan(function.domain, task, lambda: (left, right), kinks, at_kink)


def _task(function: Activation, formula: Formula, bound: dict[str, float], *, fast: bool = False) -> Task:
    ordinary = all(p == 0 or 1 / 2 <= abs(p) <= 2 for p in bound.values())
    tame = (2.0**-200, 16.0) if ordinary else (math.inf, 0.0)
    return Task(lambda m, x: formula(m, x, **bound), function.precision, fast, tame=tame)


def _evaluate(plan: _Plan, x: ArrayLike, dtype: DType | None, out: NDArray[Any] | None) -> NDArray[Any]:
    array = np.asarray(x)
    wanted = dtype or dtypes.of(array.dtype)
    if wanted is not dtypes.FLOAT64:
        array = array if dtypes.of(array.dtype) is wanted else wanted.round(array)
    result = np.empty(array.shape, wanted.numpy) if out is None else out
    if result.shape != array.shape or result.dtype != wanted.numpy:
        raise ValueError(f"out must have shape {array.shape} and dtype {wanted}")
    points = np.ascontiguousarray(array).reshape(-1)
    flat = result.reshape(-1) if result.flags.c_contiguous else np.empty(result.size, wanted.numpy)
    shared = np.may_share_memory(points, flat)
    large = points.size >= THREADED and (plan if wanted is dtypes.FLOAT64 else plan.fast).calm is not None

    def work(part: slice) -> None:
        x = points[part].astype(np.float64, copy=shared)
        with np.errstate(all="ignore"):
            if wanted is dtypes.FLOAT64:
                plan.write(x, flat[part], large=large)
            else:
                y = take(x.shape)
                plan.narrow(x, y, wanted, large=large)
                flat[part] = wanted.cast(y)
                give(y)

    for_blocks(points.size, work)
    if not result.flags.c_contiguous:
        np.copyto(result, flat.reshape(result.shape))
    return result


def _contains(interval: Interval, x: Array) -> NDArray[np.bool_]:
    above = x >= interval.low if interval.low_closed else x > interval.low
    below = x <= interval.high if interval.high_closed else x < interval.high
    return np.asarray(above & below)


def _harmless(domain: Interval) -> float:
    """Return a point inside the domain, away from 0 and from the ends."""
    if math.isfinite(domain.low):
        return domain.low + 0.5
    return domain.high - 0.5 if math.isfinite(domain.high) else 0.5


def _at_kink(task: Task, kink: Kink, order: int, rule: KinkRule) -> float:
    """Return the value at a kink by the rule, from those of the formula on both sides."""
    left, right = (value_at(task.at(side), kink.at) for side in (Side.LEFT, Side.RIGHT))
    own = left if kink.side is Side.LEFT else right
    if order == 0:
        return own
    if rule is KinkRule.NAN:
        return left if left == right and kink.breaks is not Break.VALUE else math.nan
    if rule is KinkRule.LEFT:
        return left
    if rule is KinkRule.RIGHT:
        return right
    if kink.breaks is Break.VALUE:
        return own
    if left * right < 0:  # 0 lies between them
        return 0.0
    return min(left, right, key=abs)


def _limits(task: Task) -> tuple[float, float]:
    """Return what a formula tends to at ±∞, told from its values at the ends of the doubles."""
    return _limit(value_at(task, -_LAST)), _limit(value_at(task, _LAST))


def _limit(far: float) -> float:
    if abs(far) > 1e100:
        return math.copysign(math.inf, far)
    return math.copysign(0.0, far) if abs(far) < 1e-100 else far
