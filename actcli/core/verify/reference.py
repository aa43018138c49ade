"""The true values that a kernel is held against, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.definition import asking
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.measure.ulp import is_power_of_two
from actcli.core.numerics.beyond import beyond
from actcli.core.plan import task_of
from actcli.core.questions import is_available, side_of, split
from actcli.core.verify.accuracy import TrueValues
from actcli.core.verify.tolerance import NO_LIMITS, checks
from actcli.errors import UnsettledError

if TYPE_CHECKING:
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


def truth(subject: Subject, x: Array, got: Array, dtype: DType, limits: Limits = NO_LIMITS) -> TrueValues:
    """Return what the results `got` at x ought to be.

    The float64 kernel is sure to its bound: some 1e-8 ULP of float32; in float64 what its pairs have beyond
    a double tells most errors to 0.01 ULP. The definition, enclosed as narrowly as it takes, settles what
    may matter: what a verdict hangs on, the worst results, and of those that are known to the bound alone,
    or are a tie for all that pairs know, the worst `SETTLED`. Without python-flint nothing is settled.
    """
    value = _kernel(subject, x, None)
    finite, rest = np.isfinite(x) & np.isfinite(value), np.zeros_like(x)
    doubt = np.where(finite, kernel_bound(subject), 0.0)
    if dtype.precision == 53:
        task = task_of(subject._replace(params=subject.function.bind(subject.params)))
        more = beyond(task, np.where(finite, x, 0.5), value)
        known = finite & np.isfinite(more)
        rest[known], doubt[known] = more[known], np.maximum(doubt[known] - 0.5, 0.0)
        found = TrueValues(value, rest, value, doubt)
    else:
        found = TrueValues(value, rest, _kernel(subject, x, dtype), doubt * 2.0 ** (dtype.precision - 53))
    return _settled(subject, x, got, found, dtype, limits) if is_available() else found


def _kernel(subject: Subject, x: Array, dtype: DType | None) -> Array:
    function, params, order, wrt, kink = subject
    if wrt is None:
        return np.asarray(evaluate(function, x, order, params, kink=kink, dtype=dtype), np.float64)
    return np.asarray(evaluate_wrt(function, x, wrt, params, dtype=dtype), np.float64)


def _settled(
    subject: Subject, x: Array, got: Array, found: TrueValues, dtype: DType, limits: Limits
) -> TrueValues:
    """Return the truth with the definition's answer where that may matter."""
    errors = found.errors(got, dtype)
    open_ = found.doubt > 0
    vital, useful = np.zeros(x.shape, np.bool_), found.unsure(errors.ulp)
    for check in checks(limits, dtype, errors, found):
        hinges = np.abs(check.sizes - check.limit) <= check.doubts
        if (check.sizes - check.doubts > check.limit).any():
            useful |= hinges  # the verdict is clear, and they are counted at most
        else:
            vital |= hinges
    useful |= is_power_of_two(found.value) & (np.abs(found.rest) <= found.doubt) & (got != found.value)
    if dtype.precision == 53:
        useful |= (untold := found.untold(got, dtype))
        vital |= untold & (limits.max_misrounded is not None)
        useful[np.argsort(-errors.ulp, kind="stable")[:WORST]] = True
    few = np.flatnonzero(useful & ~vital & open_)
    few = few[np.argsort(-errors.ulp[few], kind="stable")[:SETTLED]]
    value, rest, expected, doubt = found.value.copy(), found.rest.copy(), found.expected, found.doubt.copy()
    ask, units = asking(subject), dtype.spacing(value)
    for i in np.concatenate([np.flatnonzero(vital & open_), few]).tolist():
        try:
            value[i], rest[i], told = ask(float(x[i]), split)
            doubt[i] = told * math.ulp(value[i]) / units[i] if told else 0.0
            if is_power_of_two(value[i]) and abs(rest[i]) <= told and got[i] != value[i]:
                with np.errstate(over="ignore"):
                    told, doubt[i] = doubt[i], abs(got[i] - value[i]) / units[i]  # units may be half as large
                rest[i] = ask(float(x[i]), side_of(float(value[i]))) * max(abs(rest[i]), LEAST)
                doubt[i] = told
        except UnsettledError:
            continue
    if dtype.precision == 53:
        beyond_half = np.abs(rest) >= 0.5  # of the largest number, from where on infinity is due
        largest = np.abs(value) == dtype.largest
        outwards = np.sign(rest) == np.sign(value)
        expected = np.where(largest & beyond_half & outwards, np.copysign(np.inf, value), value)
    return replace(found, value=value, rest=rest, expected=expected, doubt=doubt)
