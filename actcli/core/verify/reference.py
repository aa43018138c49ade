"""The true values that a kernel is held against, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.definition import asking
from actcli.core.evaluate import before_rounding, evaluate, evaluate_wrt
from actcli.core.measure.ulp import is_power_of_two
from actcli.core.numerics.beyond import beyond
from actcli.core.plan import MARGIN, task_of
from actcli.core.questions import is_available, side_of, split
from actcli.core.verify.accuracy import HALF, Errors, TrueValues
from actcli.core.verify.tolerance import NO_LIMITS, checks
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject
    from actcli.core.verify.tolerance import Limits

WORST = 1000
"""Results that are settled whatever the kernel knows of them: those furthest off."""

LEAST = 5e-324

SETTLED = 50_000
"""How many results are settled at most, the worst first, where no limit hangs on them: two seconds."""


def kernel_bound(subject: Subject) -> float:
    """Return how wrong the project's own float64 kernel may be, in ULP."""
    usual = subject.function.bounds[subject.order]
    same = subject.function.bind(subject.params) == subject.function.defaults
    return usual if same and not subject.wrt else max(usual, (2.0, 2.0, 4.0)[subject.order])


def true_values(subject: Subject, x: Array, dtype: DType) -> TrueValues:
    """Return the true values at x as far as the float64 kernel knows them.

    It is sure to its bound: some 1e-8 ULP of float32; in float64 what its pairs have beyond a double tells
    most errors to 0.01 ULP.
    """
    if dtype.precision == 53:
        value = in_float64(subject, x)
        finite, rest = np.isfinite(x) & np.isfinite(value), np.zeros_like(x)
        doubt = np.where(finite, kernel_bound(subject), 0.0)
        task = task_of(subject._replace(params=subject.function.bind(subject.params)))
        more = beyond(task, np.where(finite, x, 0.5), value)
        known = finite & np.isfinite(more)
        rest[known], doubt[known] = more[known], np.maximum(doubt[known] - 0.5, 0.0)
        return TrueValues(value, rest, value, doubt)
    value = before_rounding(subject, x, dtype)
    with np.errstate(over="ignore"):
        expected = np.asarray(dtype.cast(value), np.float64)
    near = np.flatnonzero(dtype.close(value, MARGIN) | (np.abs(value) > dtype.largest))
    value[near] = in_float64(subject, x[near])
    doubt = np.where(np.isfinite(x) & np.isfinite(value), MARGIN * 2.0 ** (dtype.precision - 53), 0.0)
    return TrueValues(value, np.zeros_like(x), expected, doubt)


def in_float64(subject: Subject, x: Array) -> Array:
    """Return what the float64 kernel gives."""
    function, params, order, wrt, kink = subject
    if wrt is None:
        return np.asarray(evaluate(function, x, order, params, kink=kink), np.float64)
    return np.asarray(evaluate_wrt(function, x, wrt, params), np.float64)


def settled(
    subject: Subject,
    x: Array,
    got: Array,
    found: TrueValues,
    dtype: DType,
    limits: Limits = NO_LIMITS,
    broken: Collection[str] = (),
) -> tuple[TrueValues, Errors]:
    """Return the truth with the definition's answer where that may matter, and how far results are off.

    The definition, enclosed as narrowly as it takes, settles what a verdict hangs on, unless the limit is
    broken anyhow, the worst results, and of those that are known to the bound alone, or are a tie for all
    that pairs know, the worst `SETTLED`. Without python-flint nothing is settled.

    Args:
        subject: what was verified.
        x: the inputs.
        got: the results.
        found: what is known of the truth so far.
        dtype: the format of the results.
        limits: what must hold.
        broken: the names of the limits that are broken already.
    """
    errors = found.errors(got, dtype)
    if dtype.precision < 53:
        return _settled_narrow(subject, x, got, found, errors, dtype, limits, broken)
    if not is_available():
        return found, errors
    vital, useful = _hinging(got, found, errors, dtype, limits, broken)
    useful |= found.unsure(errors.ulp)
    useful |= is_power_of_two(found.value) & (np.abs(found.rest) <= found.doubt) & (got != found.value)
    useful |= (untold := found.untold(got, dtype))
    vital |= untold & (limits.max_misrounded is not None)
    useful[_largest(errors.ulp, WORST)] = True
    open_ = found.doubt > 0
    few = np.flatnonzero(useful & ~vital & open_)
    few = few[np.argsort(-errors.ulp[few], kind="stable")[:SETTLED]]
    rows = np.concatenate([np.flatnonzero(vital & open_), few])
    if not rows.size:
        return found, errors
    found = _asked(asking(subject), rows, x, got, found, dtype)
    beyond_half = np.abs(found.rest) >= 0.5  # of the largest number, from where on infinity is due
    outwards = np.sign(found.rest) == np.sign(found.value)
    overflows = (np.abs(found.value) == dtype.largest) & beyond_half & outwards
    found = replace(found, expected=np.where(overflows, np.copysign(np.inf, found.value), found.value))
    return found, _again(rows, got, found, errors, dtype)


def _again(rows: NDArray[np.intp], got: Array, found: TrueValues, errors: Errors, dtype: DType) -> Errors:
    """Return errors with those of some results told again."""
    for sizes, some in zip(errors, found.at(rows).errors(got[rows], dtype), strict=True):
        sizes[rows] = some
    return errors


def _largest(sizes: Array, count: int) -> NDArray[np.intp]:
    if sizes.size <= count:
        return np.arange(sizes.size)
    return np.argpartition(-sizes, count - 1)[:count]


def _hinging(
    got: Array, found: TrueValues, errors: Errors, dtype: DType, limits: Limits, broken: Collection[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return on which results a verdict hangs, and which of them may be more that break a limit."""
    vital, useful = np.zeros((2, *got.shape), np.bool_)
    if limits == NO_LIMITS:
        return vital, useful
    for check in checks(limits, dtype, got, errors, found):
        hinges = (check.low <= check.limit) & (check.high > check.limit)
        if check.name in broken or (check.low > check.limit).any():
            useful |= hinges  # the verdict is clear, and they are counted at most
        else:
            vital |= hinges
    return vital, useful


def _settled_narrow(
    subject: Subject,
    x: Array,
    got: Array,
    found: TrueValues,
    errors: Errors,
    dtype: DType,
    limits: Limits,
    broken: Collection[str],
) -> tuple[TrueValues, Errors]:
    """Return the truth, in a narrow format, where a verdict hangs on it: by our kernel, then for sure."""
    vital, _ = _hinging(got, found, errors, dtype, limits, broken)
    rows = np.flatnonzero(vital & (found.doubt > 0))
    if not rows.size:
        return found, errors
    value, doubt = found.value.copy(), found.doubt.copy()
    value[rows] = in_float64(subject, x[rows])
    doubt[rows] = kernel_bound(subject) * 2.0 ** (dtype.precision - 53)
    found = replace(found, value=value, doubt=doubt)
    few = found.at(rows)
    still, _ = _hinging(got[rows], few, few.errors(got[rows], dtype), dtype, limits, broken)
    if still.any() and is_available():
        found = _asked(asking(subject), rows[still], x, got, found, dtype)
    return found, _again(rows, got, found, errors, dtype)


def _asked(
    ask: Callable[..., Any],
    rows: NDArray[np.intp],
    x: Array,
    got: Array,
    found: TrueValues,
    dtype: DType,
) -> TrueValues:
    """Return the truth with what the definition answers for some of the results."""
    value, rest, doubt = found.value.copy(), found.rest.copy(), found.doubt.copy()
    units = dtype.spacing(value[rows])
    for i, unit in zip(rows.tolist(), units.tolist(), strict=True):
        try:
            value[i], rest[i], told = ask(float(x[i]), split)
            doubt[i] = told * math.ulp(value[i]) / unit if told else 0.0
            near = abs(rest[i]) <= told
            if near and dtype.precision < 53:
                if told > 0 and abs(got[i] - value[i]) / unit < HALF:
                    # Half-way between two numbers, or beside: on which side tells all.
                    rest[i] = ask(float(x[i]), side_of(float(value[i]))) * max(abs(rest[i]), LEAST)
                    doubt[i] = 0.0
            elif near and is_power_of_two(value[i]) and got[i] != value[i]:
                with np.errstate(over="ignore"):
                    told, doubt[i] = doubt[i], abs(got[i] - value[i]) / unit  # units may be half as large
                rest[i] = ask(float(x[i]), side_of(float(value[i]))) * max(abs(rest[i]), LEAST)
                doubt[i] = told
        except UnsettledError:
            continue
    return replace(found, value=value, rest=rest, doubt=doubt)
