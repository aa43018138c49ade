"""One block of numbers through one formula, correctly rounded in stages, or in plain doubles.

Each stage takes what the one before could not decide (`rounding`): double-doubles with a bound of their error
(`bounded`), the same with unlimited exponents where digits may have been lost to over- or underflow, and in
the end the definition itself, enclosed as narrowly as it takes (`rest`).
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.bounded import LARGEST, TINY, Bounded, Enclosed
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.fast import Fast
from actcli.core.numerics.rest import Answers, settle
from actcli.core.numerics.rounding import rounded, ziv
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import KinkRule, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject

WITHIN = 2.0**-900, 2.0**900
"""Arguments that pairs take, and 0: their rests, 2⁻⁵³ of them, are normal doubles; see `bounded`."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A formula with its parameters bound, and how it is to be evaluated.

    Attributes:
        formula: `formula(m, x)`.
        plain: doubles give its results, rounded once, whatever the finite numbers.
        tested: what the formula loses in doubles is known, since it is of the catalogue: a few ULP.
        fast: doubles are enough, if they lose no more than that.
        side: the side that a kink itself belongs to.
        ties: whether a comparison of equal numbers is left to the definition: in derivatives of a formula
            whose kinks are not known.
        subject: what the formula is for, by its definition; None if that has none.
        answers: what the definition was asked before.
    """

    formula: Callable[[Any, Any], Any]
    plain: bool = False
    tested: bool = True
    fast: bool = False
    side: Side = Side.RIGHT
    ties: bool = False
    subject: Subject | None = None
    answers: Answers = field(default_factory=dict)

    def at(self, side: Side) -> Task:
        """Return the same task with kinks on another side."""
        rule = KinkRule.LEFT if side is Side.LEFT else KinkRule.RIGHT
        subject = self.subject and self.subject._replace(kink=rule)
        return replace(self, side=side, subject=subject, answers={})


def compute(task: Task, x: Array, out: Array, dtype: DType = FLOAT64) -> None:
    """Write doubles that, rounded to the format, are the formula at every x, finite and not 0, rounded once.

    Where python-flint is not installed what pairs make of it stands; see `_untold` where it cannot tell.
    """
    undecided = np.flatnonzero(~_in_pairs(task, x, out, dtype))
    if undecided.size:
        settle(task.subject, task.answers, dtype, x, out, undecided, partial(_untold, task))


def _untold(task: Task, point: float) -> float:
    """Return what scaled pairs make of a formula at a point that no precision tells, NaN if nothing."""
    m = Bounded(Deep(task.side), ties=task.ties)
    with np.errstate(all="ignore"):
        number = m.number(task.formula(m, m.argument(np.full(1, point))))
        known = np.all(np.less(number.r, LARGEST))
        return float(np.ravel(m.value(number))[0]) if known else math.nan


def _in_pairs(task: Task, x: Array, out: Array, dtype: DType) -> NDArray[np.bool_]:
    """Write what pairs make of a formula, with unlimited exponents where need be; return what is decided."""
    size = np.abs(x)
    odd = ~((size > WITHIN[0]) & (size < WITHIN[1]))
    number = bounded(task, np.where(odd, 0.5, x) if odd.any() else x)
    decided = rounded(number, out, dtype)
    unknown = odd | np.logical_not(number.r < LARGEST) | (np.abs(out) < TINY) & (out != 0)
    index = np.flatnonzero(unknown)
    if index.size:
        part = np.empty(index.shape)
        decided[index] = _in_scaled_pairs(task, x[index], part, dtype)
        out[index] = part
    return decided


def bounded(task: Task, x: Array) -> Enclosed:
    """Return a formula in pairs with their bounds, checked step by step only where that is needed."""
    try:
        with np.errstate(all="raise"):
            return _enclosed(task, x, checked=False)
    except FloatingPointError:
        with np.errstate(all="ignore"):
            return _enclosed(task, x, checked=True)


def _enclosed(task: Task, x: Array, *, checked: bool) -> Enclosed:
    m = Bounded(Exact(task.side, not checked), checked, task.ties)
    number = m.number(task.formula(m, m.argument(x)))
    number.v.terms()
    return number


def _in_scaled_pairs(task: Task, x: Array, out: Array, dtype: DType) -> NDArray[np.bool_]:
    m = Bounded(Deep(task.side), ties=task.ties)
    with np.errstate(all="ignore"):
        decided = rounded(m.number(task.formula(m, m.argument(x))), out, dtype)
        lost = np.isnan(out) & ~decided
        if lost.any():  # a pole, or outside the domain: what doubles make of it
            with suppress(FloatingPointError):
                in_doubles([task], x[lost], part := np.empty(np.count_nonzero(lost)))
                out[lost] = part
    return decided


def unchecked(tasks: Sequence[Task], x: Array, *outs: Array) -> None:
    """Write formulas of one function in pairs, to two arrays each: the results, and 0 where they are decided.

    Raises:
        FloatingPointError: an argument is too large for a function; or NumPy, told to raise, saw a step over-
            or underflow. The bounds may then be wrong.
    """
    inner = Exact(tasks[0].side, True)  # what the formulas share, as σ(x), is computed once
    for task, out, gap in zip(tasks, outs[::2], outs[1::2], strict=True):
        m = Bounded(inner, False, task.ties)
        ziv(m.number(task.formula(m, m.argument(x))), out, gap)


def in_doubles(tasks: Sequence[Task], x: Array, *outs: Array) -> None:
    """Write formulas of one function in plain doubles.

    Raises:
        FloatingPointError: as `unchecked`.
    """
    for task, out in zip(tasks, outs, strict=True):
        m = Fast(task.side)
        np.copyto(out, m.value(task.formula(m, m.argument(x))))


def value_at(task: Task, point: float, dtype: DType = FLOAT64) -> float:
    """Return the formula at one point."""
    x, out = np.full(1, point), np.empty(1)
    if task.plain and dtype is FLOAT64:
        in_doubles([task], x, out)
    else:
        compute(task, x, out, dtype)
    return float(out[0])


def signed_zero(task: Task, negative: bool, dtype: DType = FLOAT64) -> float:
    """Return a result of 0 at ±0 with its sign: that of what underflows, and none if it is 0 at 0 itself.

    For −0, the first double left of it tells; but one that is not tiny there is beside a kink, and tells
    nothing of the value that the rule for kinks gave.
    """
    if negative:
        beside = value_at(task, -5e-324, dtype)
        return math.copysign(0.0, beside) if abs(beside) < BESIDE_ZERO else 0.0
    if task.plain:
        return 0.0
    m = Deep(task.side)
    result = task.formula(m, m.argument(np.zeros(1)))
    return -0.0 if isinstance(result, Scaled) and np.ravel(result.p.h)[0] < 0 else 0.0


BESIDE_ZERO = 2.0**-500
"""What is 0 at 0 and greater than this at the least double jumps: f(x) ~ √x is 2⁻⁵³⁷ there."""
